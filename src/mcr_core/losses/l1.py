"""Sum of absolute residuals."""

from __future__ import annotations

from typing import Any, ClassVar, final

import numpy as np
import numpy.typing as npt

from mcr_core.losses.base import Loss


@final
class L1(Loss):
    """Sum of the absolute residuals, Σ|r|."""

    name: ClassVar[str] = "l1"
    reference: ClassVar[str] = "Seibert et al., Integr. Mater. Manuf. Innov. 11, 450 (2022), tab. 4"

    def compute(self, residual: Any) -> Any:
        """Return the sum of absolute values of each row; see `Loss.compute`."""
        import tensorflow as tf

        return tf.reduce_sum(tf.abs(residual), -1)

    def value_and_slope(self, residual: npt.NDArray[Any]) -> tuple[float, npt.NDArray[Any]]:
        """See `Loss.value_and_slope`."""
        return float(np.sum(np.abs(residual))), np.sign(residual)
