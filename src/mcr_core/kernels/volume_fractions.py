"""The mean of a field, and its gradient."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, final

import numpy as np

from mcr_core.kernels.kernel import Array, Blocks, Kernel, Pullback


@final
class VolumeFractionsKernel(Kernel):
    """`VolumeFractions` of fields [H, W]; one block `volume_fractions` []."""

    def prepare(self, descriptor: Any) -> None:
        """See `Kernel.prepare`."""
        pixels = np.ones(self.extent, self.dtype) if self.valid is None else self.valid
        count = pixels.sum()
        #: 1 / number of valid pixels for each of them; NaN if there is none.
        self._shares = pixels / count if count else np.full(self.extent, np.nan, self.dtype)

    def evaluate(self, field: Array) -> tuple[Blocks, Pullback]:
        """Return `volume_fractions` []; see `Kernel.evaluate`."""

        def pullback(upstream: Mapping[str, Array]) -> Array:
            result: Array = np.nan_to_num(self._shares) * upstream["volume_fractions"]
            return result

        share = np.vdot(field, self._shares)
        return {"volume_fractions": np.asarray(share, self.dtype)}, pullback
