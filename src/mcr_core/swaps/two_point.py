"""S₂ within a limit, kept up to date under changes of single pixels."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, final

import numpy as np

from mcr_core.swaps.padded import Padded
from mcr_core.swaps.tracker import Array, Change, Sums, Tracker
from mcr_core.two_point import near_lags, two_point_counts


@final
class TwoPointTracker(Tracker):
    """Σ g(x) g(x + r) for all lags r of the half plane within `limit_to`.

    Where g changes by δ at p, the sum of lag r ≠ 0 changes by δ (g(p + r) + g(p − r)): the window
    around p plus its mirror image. At r = 0 it changes by δ (2 g(p) + δ). For a swap from p to q,
    the pair (p, q) itself is left out.
    """

    def __init__(self, descriptor: Any, image: Array, top: int, periodic: bool) -> None:
        reach = descriptor.limit_to - 1
        self._reach, self._span = reach, 2 * reach + 1
        self._middle = self._span**2 // 2
        self._image = Padded(image, reach, reach, periodic, np.float64)
        hits, pairs = two_point_counts(image[None].astype(float), None, periodic=periodic)
        sums = near_lags(hits[0], descriptor.limit_to).ravel()[self._middle :].copy()
        scale: float | Array = 1.0 / (image.size * top**2)
        if not periodic:
            counts = near_lags(pairs, descriptor.limit_to).ravel()[self._middle :]
            scale = 1.0 / (counts * float(top**2))
        self.blocks = {"s2": Sums(sums, scale, sums.shape)}

    @staticmethod
    def cells(descriptor: Any, height: int, width: int) -> int:
        """The lags; see `Tracker.cells`."""
        return int((2 * descriptor.limit_to - 1) ** 2 + 1) // 2

    @staticmethod
    def workspace(descriptor: Any, height: int, width: int, top: int) -> tuple[Array, ...]:
        """The difference of two windows, its two halves, and the change."""
        span = 2 * descriptor.limit_to - 1
        middle = span**2 // 2
        window = np.empty((span, span))
        flat = window.ravel()
        return window, flat[middle:], flat[middle::-1], np.empty(middle + 1)

    def propose(self, changes: Sequence[Change], workspace: Any) -> tuple[Array, ...]:
        """Return the change of S₂; see `Tracker.propose`."""
        window, ahead, behind, delta = workspace
        if len(changes) == 1:
            ((row, column, sign),) = changes
            np.multiply(self._image.window(row, column), sign, out=window)
            np.add(ahead, behind, out=delta)
            delta[0] += 1
            return (delta,)
        less, more = changes if changes[0][2] < 0 else (changes[1], changes[0])
        image = self._image
        np.subtract(image.window(more[0], more[1]), image.window(less[0], less[1]), out=window)
        np.add(ahead, behind, out=delta)
        delta[0] += 2
        dy, dx = image.lag(less, more)
        if abs(dy) <= self._reach and abs(dx) <= self._reach:
            delta[abs(dy * self._span + dx)] -= 1
        return (delta,)

    def put(self, changes: Sequence[Change]) -> None:
        """Change the pixels."""
        for row, column, sign in changes:
            self._image.put(row, column, self._image.value(row, column) + sign)
