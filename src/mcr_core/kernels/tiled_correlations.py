"""S₂ and S₃ by compiled tiles."""

from __future__ import annotations

import functools
from typing import Any

import numpy as np

from mcr_core.kernels.correlation_tiles import CorrelationTiles, libraries
from mcr_core.kernels.correlations import CorrelationsKernel
from mcr_core.kernels.kernel import Array, Blocks
from mcr_core.kernels.workers import share, spare_cores


class TiledCorrelationsKernel(CorrelationsKernel):
    """What `CorrelationsKernel` computes, without features and slopes in memory.

    Its products are made of tiles that stay in the registers of the processor, and what surrounds
    an image is laid around it there (`correlation_tiles.c`).
    """

    def prepare(self, descriptor: Any) -> None:
        """See `Kernel.prepare`."""
        library = next(iter(libraries().values()))
        periodic = self.valid is None
        self._tiles = CorrelationTiles(
            library, self.extent, descriptor.limit_to, periodic, self.dtype
        )
        super().prepare(descriptor)

    def _surrounded(self, fields: Array) -> Array:
        return np.ascontiguousarray(fields, self.dtype)

    def _sums(self, fields: Array, around: Array) -> tuple[Blocks, None]:
        """See `CorrelationsKernel._sums`."""
        parts = self._parts(around)

        def sums(part: int) -> Array:
            return self._tiles.sums(around, self._memory(), part, parts)

        total = functools.reduce(np.add, share(sums, parts))
        return {"s2": total[:, -1, :-1], "s3": total[:, :-1, :-1]}, None

    def _gradient(self, fields: Array, around: Array, held: Any, weights: Array) -> Array:
        """See `CorrelationsKernel._gradient`; of the fields alone."""
        parts = self._parts(around)

        def gradient(part: int) -> Array:
            return self._tiles.gradient(around, weights, self._memory(), part, parts)

        found: Array = functools.reduce(np.add, share(gradient, parts))
        return found

    def _parts(self, fields: Array) -> int:
        """How many threads share a plane: a single one has all cores for itself."""
        return min(spare_cores(), self._tiles.most_parts) if len(fields) == 1 else 1

    def _folded(self, around: Array) -> Array:
        return around if self.valid is None else around * self.valid

    def _memory(self) -> Array:
        return self._scratch("tiles", (self._tiles.memory_size,))
