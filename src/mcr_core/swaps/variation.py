"""The variation of a plane, kept up to date under changes of single pixels."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, final

import numpy as np

from mcr_core.swaps.padded import Padded
from mcr_core.swaps.tracker import Array, Change, Sums, Tracker


@final
class VariationTracker(Tracker):
    """Σ |g(x) − g(x + e)| over the pairs of neighbours along rows and columns.

    An open plane has fewer pairs along one axis than along the other, and each axis has a mean
    of its own: the sum of either axis is then multiplied by the number of pairs of the other.
    """

    def __init__(self, descriptor: Any, image: Array, top: int, periodic: bool) -> None:
        height, width = image.shape
        self._image = Padded(image, 1, 1, periodic, np.int64)
        self._shape = height, width
        if periodic:
            self._down, self._right, pairs = 1, 1, height * width
        else:
            self._down, self._right = height * (width - 1), (height - 1) * width
            pairs = self._down * self._right
        far = 1 if periodic else 0  # the copy of the first row and column behind the last
        tall = self._image.array[1 : height + 1 + far, 1:-1]
        wide = self._image.array[1:-1, 1 : width + 1 + far]
        total = self._down * np.abs(np.diff(tall, axis=0)).sum()
        total += self._right * np.abs(np.diff(wide, axis=1)).sum()
        self.blocks = {"variation": Sums(np.array([float(total)]), 1.0 / (pairs * top), ())}

    @staticmethod
    def cells(descriptor: Any, height: int, width: int) -> int:
        """One; see `Tracker.cells`."""
        return 1

    @staticmethod
    def workspace(descriptor: Any, height: int, width: int, top: int) -> None:
        """None is needed; see `Tracker.workspace`."""

    def propose(self, changes: Sequence[Change], workspace: Any) -> tuple[Array, ...]:
        """Return the change of the variation; see `Tracker.propose`."""
        total = self._rise(changes[0])
        if len(changes) == 2:
            row, column, _ = changes[0]
            before = self._image.value(row, column)
            self.put(changes[:1])
            total += self._rise(changes[1])
            self._image.put(row, column, before)
        return (np.array([float(total)]),)

    def put(self, changes: Sequence[Change]) -> None:
        """Change the pixels."""
        for row, column, sign in changes:
            self._image.put(row, column, self._image.value(row, column) + sign)

    def _rise(self, change: Change) -> int:
        """Change of the sum for one changed pixel."""
        row, column, sign = change
        value = self._image.value
        old = value(row, column)
        new = old + sign
        (height, width), everywhere = self._shape, self._image.periodic
        total = 0
        for dy, dx, weight in (
            (-1, 0, self._down),
            (1, 0, self._down),
            (0, -1, self._right),
            (0, 1, self._right),
        ):
            y, x = row + dy, column + dx
            if everywhere or (0 <= y < height and 0 <= x < width):
                near = value(y, x)
                total += weight * (abs(new - near) - abs(old - near))
        return total
