"""The compiled products of correlations: which of them this processor runs, and how to call them.

`hatch_build.py` compiles `correlation_tiles.c` where there is a C compiler for x86-64.
"""

from __future__ import annotations

import contextlib
import ctypes
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from mcr_core.descriptors.lag_map import lags

Array = npt.NDArray[Any]

#: Instruction sets that there are libraries for, the widest first.
INSTRUCTIONS = ("avx512", "avx2")
#: Pixels from which on a part of a plane is worth a thread of its own.
_PART = 1024
#: What the functions take and mean: an editable installation may have an older library.
_INTERFACE = 2


@cache
def libraries() -> dict[str, ctypes.CDLL]:
    """Return what this processor runs, by instruction set, the widest first.

    Nothing where the package was built without a C compiler.
    """
    found = {}
    for name in INSTRUCTIONS:
        path = Path(__file__).with_name(f"_correlation_tiles_{name}.so")
        # One of another system cannot be loaded, one of another source lacks functions.
        with contextlib.suppress(OSError, AttributeError):
            library = ctypes.CDLL(str(path))
            if library.interface() == _INTERFACE and library.supported():
                found[name] = library
    return found


class CorrelationTiles:
    """Sums over the pixels of T_a T_b and of T_a, and their gradient, by a compiled library.

    The interpreter is free meanwhile. All arrays are contiguous and of one precision.

    Args:
        library: one of `libraries`.
        extent: (H, W) of the planes.
        limit_to: lags are shorter than this along each axis: C of a half plane.
        periodic: whether they lead to the other side of a plane, or to zeros.
        dtype: float32 or float64.

    Raises:
        ValueError: periodic planes smaller than the longest lag; by the methods, an array that is
            not what they expect.
    """

    def __init__(
        self,
        library: ctypes.CDLL,
        extent: tuple[int, int],
        limit_to: int,
        periodic: bool,
        dtype: npt.DTypeLike,
    ) -> None:
        if periodic and min(extent) < limit_to - 1:
            raise ValueError(f"expected planes of {limit_to - 1} pixels or more, got {extent}")
        self._extent = extent
        self._dtype = np.dtype(dtype)
        self._count = len(lags(limit_to))
        self._numbers = (*extent, limit_to, periodic)
        suffix = {4: "float", 8: "double"}[self._dtype.itemsize]
        self._sums, self._gradient, memory = (
            getattr(library, f"{name}_{suffix}") for name in ("sums", "gradient", "memory")
        )
        memory.restype = ctypes.c_long
        size = memory(*_longs(*self._numbers[:3]))
        #: How many parts planes can be taken in, rows each, to share them among threads.
        self.most_parts = max(1, min(extent[0], extent[0] * extent[1] // _PART))
        #: Numbers that a call works in.
        self.memory_size: int = -(-size // self._dtype.itemsize)

    def sums(self, fields: Array, memory: Array, part: int = 0, parts: int = 1) -> Array:
        """Return the sums of T_a T_b, and in the last row and column those of T_a.

        Args:
            fields: [B, H, W].
            memory: `memory_size` numbers, for this call alone.
            part: the part of the rows to sum over,
            parts: of how many.

        Returns:
            [B, C + 1, C + 1].
        """
        planes = len(fields)
        totals = np.empty((planes, self._count + 1, self._count + 1), self._dtype)
        places = self._places(
            (fields, (planes, *self._extent)), (totals, None), (memory, (self.memory_size,))
        )
        numbers = _longs(planes, *self._numbers, *self._ends(part, parts))
        self._sums(*numbers, *places)
        return totals

    def gradient(
        self, fields: Array, weights: Array, memory: Array, part: int = 0, parts: int = 1
    ) -> Array:
        """Return the gradient of the sum of weights times sums, [B, H, W].

        Args:
            fields: [B, H, W].
            weights: [B, C, C + 1], or [1, C, C + 1] for all planes: G + Gᵀ for the weights G of
                T_a T_b, and in the last column those of T_a.
            memory: `memory_size` numbers, for this call alone.
            part: as in `sums`.
            parts: as in `sums`.
        """
        planes, shared = len(fields), len(weights) == 1
        gradient = np.empty((planes, *self._extent), self._dtype)
        places = self._places(
            (fields, gradient.shape),
            (weights, (1 if shared else planes, self._count, self._count + 1)),
            (gradient, None),
            (memory, (self.memory_size,)),
        )
        numbers = _longs(planes, *self._numbers, *self._ends(part, parts), shared)
        self._gradient(*numbers, *places)
        return gradient

    def _ends(self, part: int, parts: int) -> tuple[int, int]:
        """The first row of a part, and that behind its last one."""
        height = self._extent[0]
        return height * part // parts, height * (part + 1) // parts

    def _places(self, *arrays: tuple[Array, tuple[int, ...] | None]) -> list[ctypes.c_void_p]:
        for array, shape in arrays:
            right = array.dtype == self._dtype and array.flags.c_contiguous
            if not right or shape not in (None, array.shape):
                raise ValueError(
                    f"expected a contiguous array of {self._dtype}, {shape}; "
                    f"got one of {array.dtype}, {array.shape}"
                )
        return [ctypes.c_void_p(array.ctypes.data) for array, _ in arrays]


def _longs(*numbers: int) -> list[ctypes.c_long]:
    return [ctypes.c_long(number) for number in numbers]
