"""Mean squared error."""

from __future__ import annotations

from typing import Any, ClassVar, final

import numpy as np
import numpy.typing as npt

from mcr_core.losses.base import Loss


@final
class MSE(Loss):
    """Mean of the squared residuals, ⟨r²⟩."""

    name: ClassVar[str] = "mse"
    reference: ClassVar[str] = "Seibert et al., Integr. Mater. Manuf. Innov. 11, 450 (2022), eq. 4"

    def compute(self, residual: Any) -> Any:
        """Return the mean square of each row; see `Loss.compute`."""
        import tensorflow as tf

        return tf.reduce_mean(tf.square(residual), -1)

    def value_and_slope(self, residual: npt.NDArray[Any]) -> tuple[float, npt.NDArray[Any]]:
        """See `Loss.value_and_slope`."""
        return float(np.vdot(residual, residual)) / residual.size, 2 / residual.size * residual
