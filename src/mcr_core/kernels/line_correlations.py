"""S₂ along the axes and diagonals of a plane, and its gradient."""

from __future__ import annotations

from typing import Any, final

import numpy as np
import numpy.typing as npt

from mcr_core.kernels.lags import LagsKernel


@final
class LineCorrelationsKernel(LagsKernel):
    """`LineCorrelations` of fields [B, H, W]; one block `s2` [B, 4, n].

    All four lines start at lag 0, whose slopes add up.
    """

    @staticmethod
    def lags(descriptor: Any, extent: tuple[int, int]) -> npt.NDArray[np.int64]:
        """Multiples of the four steps; see `LagsKernel.lags`."""
        reach = descriptor.reach() or min(extent) // 2
        meaning = descriptor.entries("s2", (4, reach + 1))
        lags: npt.NDArray[np.int64] = (meaning[:, :2] * meaning[:, 2:]).reshape(4, -1, 2)
        return lags
