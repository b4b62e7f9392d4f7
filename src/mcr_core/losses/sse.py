"""Sum of squared errors."""

from __future__ import annotations

from typing import Any, ClassVar, final

from mcr_core.losses.base import Array, Loss, Numbers, squares


@final
class SSE(Loss):
    """Sum of the squared residuals, Σ r²."""

    name: ClassVar[str] = "sse"
    reference: ClassVar[str] = "Seibert et al., Integr. Mater. Manuf. Innov. 11, 450 (2022), tab. 4"

    def compute(self, residual: Any) -> Any:
        """Return the sum of squares of each row; see `Loss.compute`."""
        import tensorflow as tf

        return tf.reduce_sum(tf.square(residual), -1)

    def values_and_slopes(self, residuals: Array) -> tuple[Numbers, Array]:
        """See `Loss.values_and_slopes`."""
        return squares(residuals), 2 * residuals
