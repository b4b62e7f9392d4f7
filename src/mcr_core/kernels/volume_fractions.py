"""The mean of a field, and its gradient."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, final

import numpy as np

from mcr_core.kernels.kernel import Array, Blocks, Kernel, Pullback


@final
class VolumeFractionsKernel(Kernel):
    """`VolumeFractions` of fields [B, H, W]; one block `volume_fractions` [B]."""

    def prepare(self, descriptor: Any) -> None:
        """See `Kernel.prepare`."""
        pixels = np.ones(self.extent, self.dtype) if self.valid is None else self.valid
        count = pixels.sum()
        #: 1 / number of valid pixels for each of them; NaN if there is none.
        self._shares = pixels / count if count else np.full(self.extent, np.nan, self.dtype)

    def evaluate(self, fields: Array) -> tuple[Blocks, Pullback]:
        """Return `volume_fractions` [B]; see `Kernel.evaluate`."""

        def pullback(upstream: Mapping[str, Array]) -> Array:
            upper = upstream["volume_fractions"]
            result: Array = np.nan_to_num(self._shares) * upper[:, None, None]
            return result

        shares = fields.reshape(len(fields), -1) @ self._shares.ravel()
        return {"volume_fractions": shares}, pullback
