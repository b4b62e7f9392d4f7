"""Mean squared error."""

from __future__ import annotations

from typing import Any, ClassVar, final

from mcr_core.losses.base import Array, Loss, Numbers, squares


@final
class MSE(Loss):
    """Mean of the squared residuals, ⟨r²⟩."""

    name: ClassVar[str] = "mse"
    reference: ClassVar[str] = "Seibert et al., Integr. Mater. Manuf. Innov. 11, 450 (2022), eq. 4"

    def compute(self, residual: Any) -> Any:
        """Return the mean square of each row; see `Loss.compute`."""
        import tensorflow as tf

        return tf.reduce_mean(tf.square(residual), -1)

    def values_and_slopes(self, residuals: Array) -> tuple[Numbers, Array]:
        """See `Loss.values_and_slopes`."""
        entries = residuals.shape[1]
        return squares(residuals) / entries, 2 / entries * residuals
