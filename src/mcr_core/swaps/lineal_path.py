"""The lineal-path function, kept up to date under changes of single pixels."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Any, final

import numpy as np

from mcr_core.descriptors.bresenham import line, line_ends
from mcr_core.swaps.padded import Padded
from mcr_core.swaps.tracker import Array, Change, Sums, Tracker


@final
class LinealPathTracker(Tracker):
    """Σ Π_c g(x + c) along the lines of `lineal_path` in its exact form.

    The sum of a line is linear in every pixel: where g changes by δ at p, it changes by δ times
    the products of the other pixels, over all places of the line that contain p. A swap is one
    change after the other.

    On coarse levels g has fractions, whose products are no whole numbers; `recount` counts those
    anew.
    """

    def __init__(self, descriptor: Any, image: Array, top: int, periodic: bool) -> None:
        self._descriptor = descriptor
        self._top = top
        reach = descriptor.limit_to - 1
        self._image = Padded(image, reach, reach, periodic, np.uint8 if top == 1 else np.float64)
        if top > 1:
            self._image.array /= top
        ends = line_ends(descriptor.limit_to, descriptor.directions)
        height, width = image.shape
        scale: float | Array = 1.0 / image.size
        if not periodic:
            scale = 1.0 / ((height - ends[:, 0]) * (width - np.abs(ends[:, 1])))
        sums = self._counted()
        self.blocks = {"lineal_path": Sums(sums, scale, sums.shape)}

    @staticmethod
    def cells(descriptor: Any, height: int, width: int) -> int:
        """The lines; see `Tracker.cells`."""
        return len(line_ends(descriptor.limit_to, descriptor.directions))

    @classmethod
    def work(cls, descriptor: Any, height: int, width: int) -> float:
        """Every pixel of every line is looked at; see `Tracker.work`."""
        others, _ = _lines_through(descriptor.limit_to, descriptor.directions)
        return 20_000 + 2.0 * others.size

    @staticmethod
    def workspace(descriptor: Any, height: int, width: int, top: int) -> tuple[Array, ...]:
        """The surroundings of a pixel with a 1 behind them, and the pixels of the lines."""
        others, _ = _lines_through(descriptor.limit_to, descriptor.directions)
        kind = np.uint8 if top == 1 else np.float64
        near = np.ones((2 * descriptor.limit_to - 1) ** 2 + 1, kind)
        return near, np.empty(others.shape, kind)

    def propose(self, changes: Sequence[Change], workspace: Any) -> tuple[Array, ...]:
        """Return the change of L; see `Tracker.propose`."""
        delta = self._products(changes[0], workspace)
        if len(changes) == 2:
            row, column, _ = changes[0]
            before = self._image.value(row, column)
            self.put(changes[:1])
            delta += self._products(changes[1], workspace)
            self._image.put(row, column, before)
        return (delta,)

    def put(self, changes: Sequence[Change]) -> None:
        """Change the pixels."""
        for row, column, sign in changes:
            # Whole multiples of 1 / top, a power of 4, are exact.
            value = self._image.value(row, column) + sign / self._top
            self._image.put(row, column, value)

    def recount(self) -> None:
        """Count the sums of a coarse level anew; see `Tracker.recount`."""
        if self._top > 1:
            self.blocks["lineal_path"].sums[:] = self._counted()

    def _products(self, change: Change, workspace: Any) -> Array:
        """Change of every line for one changed pixel."""
        row, column, sign = change
        others, starts = _lines_through(self._descriptor.limit_to, self._descriptor.directions)
        near, pixels = workspace
        window = self._image.window(row, column)
        near[:-1].reshape(window.shape)[...] = window
        near.take(others, out=pixels, mode="clip")
        if self._top == 1:
            whole = np.bitwise_and.reduce(pixels, axis=0)
        else:
            whole = np.multiply.reduce(pixels, axis=0)
        total = np.add.reduceat(whole, starts, dtype=np.float64)
        total *= sign / self._top
        return total

    def _counted(self) -> Array:
        """All sums, line by line."""
        reach = self._descriptor.limit_to - 1
        height, width = self._image.shape
        sums = []
        for dy, dx in line_ends(self._descriptor.limit_to, self._descriptor.directions).tolist():
            views = [
                self._image.array[reach + y : reach + y + height, reach + x : reach + x + width]
                for y, x, _ in line(dy, dx)
            ]
            product = views[0].copy()
            for view in views[1:]:
                product *= view
            sums.append(product.sum(dtype=np.float64))
        return np.array(sums)


@functools.lru_cache(maxsize=8)
def _lines_through(limit_to: int, directions: Any) -> tuple[Array, Array]:
    """Return the other pixels of all lines that contain a pixel, and where each line starts.

    Returns:
        others: positions in the surroundings of the pixel, [most pixels, places of all lines];
            the position behind the surroundings where a line has fewer.
        starts: the first place of every line.
    """
    span = 2 * limit_to - 1
    middle = span**2 // 2
    rows: list[list[int]] = []
    starts = []
    for dy, dx in line_ends(limit_to, directions).tolist():
        pixels = [(y, x) for y, x, _ in line(dy, dx)]
        starts.append(len(rows))
        rows += [
            [(y - v) * span + x - u + middle for y, x in pixels if (y, x) != (v, u)]
            for v, u in pixels
        ]
    longest = max(1, max(len(row) for row in rows))
    filled = [row + [span**2] * (longest - len(row)) for row in rows]
    return np.ascontiguousarray(np.array(filled, np.intp).T), np.array(starts)
