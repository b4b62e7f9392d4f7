"""Euclidean norm."""

from __future__ import annotations

from typing import Any, ClassVar, final

import numpy as np
import numpy.typing as npt

from mcr_core.losses.base import Loss, root


@final
class L2(Loss):
    """Euclidean norm of the residuals, √Σ r²."""

    name: ClassVar[str] = "l2"
    reference: ClassVar[str] = "Seibert et al., Integr. Mater. Manuf. Innov. 11, 450 (2022), tab. 4"

    def compute(self, residual: Any) -> Any:
        """Return the Euclidean norm of each row; see `Loss.compute`."""
        import tensorflow as tf

        return root(tf.reduce_sum(tf.square(residual), -1))

    def value_and_slope(self, residual: npt.NDArray[Any]) -> tuple[float, npt.NDArray[Any]]:
        """See `Loss.value_and_slope`."""
        norm = float(np.linalg.norm(residual))
        return norm, residual / norm if norm else np.zeros_like(residual)
