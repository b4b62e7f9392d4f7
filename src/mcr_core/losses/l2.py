"""Euclidean norm."""

from __future__ import annotations

from typing import Any, ClassVar, final

import numpy as np

from mcr_core.losses.base import Array, Loss, Numbers, root, squares


@final
class L2(Loss):
    """Euclidean norm of the residuals, √Σ r²."""

    name: ClassVar[str] = "l2"
    reference: ClassVar[str] = "Seibert et al., Integr. Mater. Manuf. Innov. 11, 450 (2022), tab. 4"

    def compute(self, residual: Any) -> Any:
        """Return the Euclidean norm of each row; see `Loss.compute`."""
        import tensorflow as tf

        return root(tf.reduce_sum(tf.square(residual), -1))

    def values_and_slopes(self, residuals: Array) -> tuple[Numbers, Array]:
        """See `Loss.values_and_slopes`."""
        norms = np.sqrt(squares(residuals))
        slopes = residuals / np.where(norms > 0, norms, 1).astype(residuals.dtype)[:, None]
        return norms, slopes
