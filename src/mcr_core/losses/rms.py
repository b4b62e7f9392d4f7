"""Root mean square."""

from __future__ import annotations

import math
from typing import Any, ClassVar, final

import numpy as np
import numpy.typing as npt

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

    def value_and_slope(self, residual: npt.NDArray[Any]) -> tuple[float, npt.NDArray[Any]]:
        """See `Loss.value_and_slope`."""
        mean = float(np.linalg.norm(residual)) / math.sqrt(residual.size)
        slope = residual / (residual.size * mean) if mean else np.zeros_like(residual)
        return mean, slope
