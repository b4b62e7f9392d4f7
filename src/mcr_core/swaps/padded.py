"""An image with a margin, so that the surroundings of every pixel are one slice."""

from __future__ import annotations

import functools
from typing import Any

import numpy as np
import numpy.typing as npt


class Padded:
    """A plane that continues beyond its edges: periodically, or with zeros if it is open.

    Args:
        image: [H, W].
        rows: rows that are added at the top and at the bottom.
        columns: columns that are added on the left and on the right.
        periodic: whether opposite edges continue each other.
        dtype: of the copy.
    """

    def __init__(
        self,
        image: npt.NDArray[Any],
        rows: int,
        columns: int,
        periodic: bool,
        dtype: npt.DTypeLike,
    ) -> None:
        self.shape = image.shape
        self.margin = (rows, columns)
        self.periodic = periodic
        self.array = np.ascontiguousarray(
            np.pad(
                image.astype(dtype),
                ((rows, rows), (columns, columns)),
                mode="wrap" if periodic else "constant",
            )
        )
        self._rows = _copies(image.shape[0], rows, periodic)
        self._columns = _copies(image.shape[1], columns, periodic)

    def window(self, row: int, column: int) -> npt.NDArray[Any]:
        """Return the view of the surroundings of a pixel, the pixel in the centre."""
        rows, columns = self.margin
        return self.array[row : row + 2 * rows + 1, column : column + 2 * columns + 1]

    def value(self, row: int, column: int) -> Any:
        """Return the value of a pixel, a number of Python."""
        return self.array.item(row + self.margin[0], column + self.margin[1])

    def put(self, row: int, column: int, value: float) -> None:
        """Set a pixel, with its copies in the margin."""
        for y in self._rows[row]:
            for x in self._columns[column]:
                self.array[y, x] = value

    def lag(self, first: tuple[int, ...], second: tuple[int, ...]) -> tuple[int, int]:
        """Return second − first (rows, columns), modulo the extent if periodic.

        The lag is the one within the margin, where there is one.
        """
        dy, dx = second[0] - first[0], second[1] - first[1]
        if self.periodic:
            (height, width), (rows, columns) = self.shape, self.margin
            dy = (dy + rows) % height - rows
            dx = (dx + columns) % width - columns
        return dy, dx


# Shared by all planes of a run.
@functools.lru_cache(maxsize=16)
def _copies(extent: int, margin: int, periodic: bool) -> tuple[tuple[int, ...], ...]:
    """For every index, where it is found with the margin added."""
    if not periodic:
        return tuple((index + margin,) for index in range(extent))
    places: list[list[int]] = [[] for _ in range(extent)]
    for place in range(extent + 2 * margin):
        places[(place - margin) % extent].append(place)
    return tuple(map(tuple, places))
