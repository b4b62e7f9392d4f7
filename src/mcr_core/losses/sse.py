"""Sum of squared errors."""

from __future__ import annotations

from typing import Any, ClassVar, final

import numpy as np
import numpy.typing as npt

from mcr_core.losses.base import Loss


@final
class SSE(Loss):
    """Sum of the squared residuals, Σ r²."""

    name: ClassVar[str] = "sse"
    reference: ClassVar[str] = "Seibert et al., Integr. Mater. Manuf. Innov. 11, 450 (2022), tab. 4"

    def compute(self, residual: Any) -> Any:
        """Return the sum of squares of each row; see `Loss.compute`."""
        import tensorflow as tf

        return tf.reduce_sum(tf.square(residual), -1)

    def value_and_slope(self, residual: npt.NDArray[Any]) -> tuple[float, npt.NDArray[Any]]:
        """See `Loss.value_and_slope`."""
        return float(np.vdot(residual, residual)), 2 * residual
