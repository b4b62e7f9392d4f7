"""Root mean square."""

from __future__ import annotations

from typing import Any, ClassVar, final

from mcr_core.losses.base import Loss, root


@final
class RMS(Loss):
    """Root of the mean of the squared residuals, √⟨r²⟩."""

    name: ClassVar[str] = "rms"
    reference: ClassVar[str] = "Seibert et al., Integr. Mater. Manuf. Innov. 11, 450 (2022), tab. 4"

    def compute(self, residual: Any) -> Any:
        """Return the root mean square of each row; see `Loss.compute`."""
        import tensorflow as tf

        return root(tf.reduce_mean(tf.square(residual), -1))
