"""Sum of absolute residuals."""

from __future__ import annotations

from typing import Any, ClassVar, final

import numpy as np

from mcr_core.losses.base import Array, Loss, Numbers


@final
class L1(Loss):
    """Sum of the absolute residuals, Σ|r|."""

    name: ClassVar[str] = "l1"
    reference: ClassVar[str] = "Seibert et al., Integr. Mater. Manuf. Innov. 11, 450 (2022), tab. 4"

    def compute(self, residual: Any) -> Any:
        """Return the sum of absolute values of each row; see `Loss.compute`."""
        import tensorflow as tf

        return tf.reduce_sum(tf.abs(residual), -1)

    def values_and_slopes(self, residuals: Array) -> tuple[Numbers, Array]:
        """See `Loss.values_and_slopes`."""
        return np.abs(residuals).sum(1, np.float64), np.sign(residuals)
