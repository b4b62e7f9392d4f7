"""S₂ along axes and diagonals, kept up to date under changes of single pixels."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, final

import numpy as np
import numpy.typing as npt

from mcr_core.swaps.padded import Padded
from mcr_core.swaps.tracker import Array, Change, Sums, Tracker
from mcr_core.two_point import two_point_counts


@final
class LineCorrelationsTracker(Tracker):
    """Σ g(x) g(x + r) for the lags r of `line_correlations`; see `TwoPointTracker`.

    Where a periodic plane has half of its extent as a lag, r and −r are one, and a swap of two
    pixels that far apart leaves out two pairs.
    """

    def __init__(self, descriptor: Any, image: Array, top: int, periodic: bool) -> None:
        height, width = image.shape
        lags, lengths = _lags(descriptor, height, width)
        reach = lengths - 1
        self._image = Padded(image, reach, reach, periodic, np.float64)
        pitch = self._image.array.shape[1]
        self._pitch, self._reach = pitch, reach
        self._ahead = lags[:, 0] * pitch + lags[:, 1]
        self._same = np.flatnonzero((lags == 0).all(axis=1))
        self._between = _positions(lags, (height, width) if periodic else None)
        hits, _ = two_point_counts(image[None].astype(float), None, periodic=periodic)
        places = (lags + np.array(hits.shape[1:]) // 2) % hits.shape[1:]
        sums = hits[0][tuple(places.T)].astype(np.float64)
        scale: float | Array = 1.0 / (image.size * top**2)
        if not periodic:
            inside = np.array([height, width]) - np.abs(lags)
            scale = 1.0 / (inside.prod(axis=1) * float(top**2))
        self.blocks = {"s2": Sums(sums, scale, (len(lags) // lengths, lengths))}

    @staticmethod
    def cells(descriptor: Any, height: int, width: int) -> int:
        """The lags; see `Tracker.cells`."""
        return len(_lags(descriptor, height, width)[0])

    @staticmethod
    def workspace(descriptor: Any, height: int, width: int, top: int) -> None:
        """None is needed; see `Tracker.workspace`."""

    def propose(self, changes: Sequence[Change], workspace: Any) -> tuple[Array, ...]:
        """Return the change of S₂; see `Tracker.propose`."""
        flat = self._image.array.reshape(-1)
        delta = np.zeros(self._ahead.size)
        for row, column, sign in changes:
            place = (row + self._reach) * self._pitch + column + self._reach
            near = flat[place + self._ahead]
            near += flat[place - self._ahead]
            if sign > 0:
                delta += near
            else:
                delta -= near
        delta[self._same] += len(changes)
        if len(changes) == 2:
            cells = self._between.get(self._image.lag(changes[0], changes[1]))
            if cells is not None:
                np.subtract.at(delta, cells, 1.0)
        return (delta,)

    def put(self, changes: Sequence[Change]) -> None:
        """Change the pixels."""
        for row, column, sign in changes:
            self._image.put(row, column, self._image.value(row, column) + sign)


def _lags(descriptor: Any, height: int, width: int) -> tuple[npt.NDArray[np.int64], int]:
    """Return the lags (dy, dx) of the block, in flat order, and the number of lengths."""
    lengths = descriptor.limit_to or min(height, width) // 2 + 1
    rows = descriptor.entries("s2", (4, lengths))
    return rows[:, :2] * rows[:, 2:], lengths


def _positions(
    lags: npt.NDArray[np.int64], extent: tuple[int, int] | None
) -> dict[tuple[int, int], list[int]]:
    """For every difference of two pixels, the cells that count the two as a pair.

    A cell is there once for r and once for −r; differences are those of `Padded.lag`.
    """
    reach = int(np.abs(lags).max())
    places: dict[tuple[int, int], list[int]] = {}
    for cell, (dy, dx) in enumerate(lags.tolist()):
        if dy == dx == 0:
            continue
        for sign in (1, -1):
            key = (sign * dy, sign * dx)
            if extent is not None:
                key = (
                    (key[0] + reach) % extent[0] - reach,
                    (key[1] + reach) % extent[1] - reach,
                )
            places.setdefault(key, []).append(cell)
    return places
