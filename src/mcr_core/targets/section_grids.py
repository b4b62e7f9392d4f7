"""Spectral densities of a volume, and the three coordinate sections of their correlation.

A density p(k) ≥ 0 on the frequencies of a periodic grid (Z, Y, X) has the correlation c(r) =
Σ_k p(k) cos(2π k r / n). Its section by a coordinate plane, say c(0, y, x), is the 2D transform of
p summed over the frequencies of the third axis. So a section costs a sum and a small transform, and
no transform of the volume is needed in either direction.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any, final

import numpy as np
import numpy.typing as npt

from mcr_core.planes import PLANES

Array = npt.NDArray[np.float64]
#: A map for each kind of plane, lag 0 in the corner.
Maps = dict[str, Array]


class SectionGrid(ABC):
    """A periodic grid, in the part of it that symmetry leaves free.

    Attributes:
        shape: extent (Z, Y, X) of the whole grid.
    """

    shape: tuple[int, int, int]

    @abstractmethod
    def spread(self, maps: Mapping[str, Array]) -> Array:
        """Return Σ over planes and lags of maps(r) cos(2π k r / n), for the free frequencies k."""

    @abstractmethod
    def sections(self, density: Array) -> Maps:
        """Return the sections of the correlation of a density: the transpose of `spread`."""

    @abstractmethod
    def dot(self, first: Mapping[str, Array], second: Mapping[str, Array]) -> float:
        """Sum of products over all lags of all three planes."""

    @abstractmethod
    def square(self, density: Array) -> float:
        """Sum of squares over all frequencies."""

    @abstractmethod
    def cut(self, whole: npt.NDArray[Any]) -> npt.NDArray[Any]:
        """Return what is kept of a map with all lags [rows, columns], lag 0 in the corner."""

    @abstractmethod
    def whole(self, part: Array, plane: str) -> Array:
        """Return a map with all lags from what is kept of it."""


@final
class InversionGrid(SectionGrid):
    """The grid of maps with c(−r) = c(r), which every correlation has: half of the Z axis."""

    def __init__(self, shape: Sequence[int]) -> None:
        depth, height, width = shape
        self.shape = (depth, height, width)
        self._counts = _counts(depth)

    def spread(self, maps: Mapping[str, Array]) -> Array:
        """See `SectionGrid.spread`; [Z // 2 + 1, Y, X]."""
        from scipy import fft

        # The last of the axes is the halved one: Z.
        xy = fft.fft2(maps["xy"]).real
        xz = fft.rfft2(maps["xz"], axes=(1, 0)).real
        yz = fft.rfft2(maps["yz"], axes=(1, 0)).real
        total: Array = xz[:, None, :] + yz[:, :, None]
        total += xy
        return total

    def sections(self, density: Array) -> Maps:
        """See `SectionGrid.sections`."""
        from scipy import fft

        depth, height, width = self.shape
        across = np.tensordot(self._counts, density, 1)
        found = {"xy": fft.fft2((across + _inverted(across)) / 2).real}
        for plane, axis, columns in (("xz", 1, width), ("yz", 2, height)):
            sums = density.sum(axis)
            found[plane] = fft.irfft2(sums, (columns, depth), axes=(1, 0)) * (columns * depth)
        return found

    def dot(self, first: Mapping[str, Array], second: Mapping[str, Array]) -> float:
        """See `SectionGrid.dot`."""
        return float(sum(np.vdot(first[plane], second[plane]) for plane in PLANES))

    def square(self, density: Array) -> float:
        """See `SectionGrid.square`."""
        return float(self._counts @ np.einsum("kyx,kyx->k", density, density))

    def cut(self, whole: npt.NDArray[Any]) -> npt.NDArray[Any]:
        """See `SectionGrid.cut`: all of it."""
        return whole

    def whole(self, part: Array, plane: str) -> Array:
        """See `SectionGrid.whole`."""
        return part


@final
class MirrorGrid(SectionGrid):
    """The grid of maps that mirrorings of each axis leave alone: an octant."""

    def __init__(self, shape: Sequence[int]) -> None:
        depth, height, width = shape
        self.shape = (depth, height, width)
        self._counts = [_counts(extent) for extent in shape]
        self._cosines = [_cosines(extent) for extent in shape]
        self._axes = {"xy": (1, 2), "xz": (0, 2), "yz": (0, 1)}

    def spread(self, maps: Mapping[str, Array]) -> Array:
        """See `SectionGrid.spread`; [Z // 2 + 1, Y // 2 + 1, X // 2 + 1]."""
        xy, xz, yz = (self._transform(maps[plane], plane) for plane in PLANES)
        total: Array = xz[:, None, :] + yz[:, :, None]
        total += xy
        return total

    def sections(self, density: Array) -> Maps:
        """See `SectionGrid.sections`."""
        depth, height, width = self._counts
        sums = {
            "xy": np.tensordot(depth, density, 1),
            "xz": np.einsum("kyx,y->kx", density, height),
            "yz": density @ width,
        }
        return {plane: self._transform(part, plane) for plane, part in sums.items()}

    def _transform(self, part: Array, plane: str) -> Array:
        row, column = self._axes[plane]
        found: Array = self._cosines[row] @ part @ self._cosines[column].T
        return found

    def dot(self, first: Mapping[str, Array], second: Mapping[str, Array]) -> float:
        """See `SectionGrid.dot`."""
        total = 0.0
        for plane, (row, column) in self._axes.items():
            products = first[plane] * second[plane]
            total += float(self._counts[row] @ products @ self._counts[column])
        return total

    def square(self, density: Array) -> float:
        """See `SectionGrid.square`."""
        depth, height, width = self._counts
        return float(np.einsum("kyx,kyx,k,y,x->", density, density, depth, height, width))

    def cut(self, whole: npt.NDArray[Any]) -> npt.NDArray[Any]:
        """See `SectionGrid.cut`: a quadrant."""
        rows, columns = (extent // 2 + 1 for extent in whole.shape)
        return whole[:rows, :columns]

    def whole(self, part: Array, plane: str) -> Array:
        """See `SectionGrid.whole`."""
        rows, columns = (
            np.minimum(np.arange(n), n - np.arange(n))
            for n in (self.shape[axis] for axis in self._axes[plane])
        )
        found: Array = part[np.ix_(rows, columns)]
        return found


def _counts(extent: int) -> Array:
    """How many frequencies 0 … n − 1 fold onto 0 … n // 2."""
    folded = np.minimum(np.arange(extent), extent - np.arange(extent))
    return np.bincount(folded).astype(np.float64)


def _cosines(extent: int) -> Array:
    """cos(2π k r / n) for k, r = 0 … n // 2, times how often each r occurs."""
    counts = _counts(extent)
    numbers = np.arange(len(counts))
    found: Array = np.cos(2 * np.pi / extent * np.outer(numbers, numbers)) * counts
    return found


def _inverted(square: Array) -> Array:
    """f(−k), index 0 in the corner."""
    return np.roll(square[::-1, ::-1], (1, 1), (0, 1))
