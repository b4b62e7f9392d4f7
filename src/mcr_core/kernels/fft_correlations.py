"""S₂ of all lags up to half the extent, and its gradient."""

from __future__ import annotations

from typing import Any, final

import numpy as np
import numpy.typing as npt

from mcr_core.descriptors.lag_map import window_lags
from mcr_core.kernels.lags import LagsKernel


@final
class FFTCorrelationsKernel(LagsKernel):
    """`FFTCorrelations(domain="planes")` of fields [B, H, W].

    One block `s2` [B, H // 2 + 1, 2 (W // 2) + 1]. On periodic planes of even width the first and
    the last column are one lag, whose slopes add up.
    """

    @staticmethod
    def lags(descriptor: Any, extent: tuple[int, int]) -> npt.NDArray[np.int64]:
        """The window of `FFTCorrelations`; see `LagsKernel.lags`."""
        shape = (extent[0] // 2 + 1, 2 * (extent[1] // 2) + 1)
        return window_lags(shape, half=True).reshape(*shape, 2)
