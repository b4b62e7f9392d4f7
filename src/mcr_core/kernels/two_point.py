"""S₂ within a limit, and its gradient."""

from __future__ import annotations

from typing import Any, final

import numpy as np
import numpy.typing as npt

from mcr_core.descriptors.lag_map import lags
from mcr_core.kernels.lags import LagsKernel


@final
class TwoPointKernel(LagsKernel):
    """`TwoPoint` of fields [B, H, W]; one block `s2` [B, C]."""

    @staticmethod
    def lags(descriptor: Any, extent: tuple[int, int]) -> npt.NDArray[np.int64]:
        """The half plane within the limit, [C, 2]; see `LagsKernel.lags`."""
        return lags(descriptor.limit_to)
