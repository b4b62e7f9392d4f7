"""Root mean square."""

from __future__ import annotations

from typing import Any, ClassVar, final

import numpy as np

from mcr_core.losses.base import Array, Loss, Numbers, root, squares


@final
class RMS(Loss):
    """Root of the mean of the squared residuals, √⟨r²⟩."""

    name: ClassVar[str] = "rms"
    reference: ClassVar[str] = "Seibert et al., Integr. Mater. Manuf. Innov. 11, 450 (2022), tab. 4"

    def compute(self, residual: Any) -> Any:
        """Return the root mean square of each row; see `Loss.compute`."""
        import tensorflow as tf

        return root(tf.reduce_mean(tf.square(residual), -1))

    def values_and_slopes(self, residuals: Array) -> tuple[Numbers, Array]:
        """See `Loss.values_and_slopes`."""
        entries = residuals.shape[1]
        means = np.sqrt(squares(residuals) / entries)
        scales = entries * np.where(means > 0, means, 1)
        return means, residuals / scales.astype(residuals.dtype)[:, None]
