"""The base of losses."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any

import numpy as np
import numpy.typing as npt

from mcr_core.plugin import Plugin

Array = npt.NDArray[Any]
Numbers = npt.NDArray[np.float64]


class Loss(Plugin, ABC):
    """A norm of the difference between the value of a descriptor and its target."""

    @abstractmethod
    def compute(self, residual: Any) -> Any:
        """Return the loss of every plane.

        Args:
            residual: tensor [B, n], value − target of the n entries of a descriptor.

        Returns:
            Tensor [B]; the gradient is 0 where the residual is 0.
        """

    def values_and_slopes(self, residuals: Array) -> tuple[Numbers, Array]:
        """Return the losses [B] of rows of residuals [B, n] and their slopes [B, n], in NumPy.

        Default: by TensorFlow; a loss that gives them itself needs none of it on a CPU.
        """
        import tensorflow as tf

        rows = tf.constant(residuals)
        with tf.GradientTape() as tape:
            tape.watch(rows)
            losses = self.compute(rows)
        slopes = tape.gradient(losses, rows, unconnected_gradients="zero")
        return losses.numpy().astype(np.float64), slopes.numpy()


def root(values: Any) -> Any:
    """Square root whose gradient at 0 is 0, not infinite."""
    import tensorflow as tf

    positive = values > 0
    return tf.where(positive, tf.sqrt(tf.where(positive, values, 1.0)), 0.0)


def squares(residuals: Array) -> Numbers:
    """Sum of the squares of each row."""
    # BLAS adds up in many parts: einsum loses four digits of a million float32 numbers.
    products = np.matmul(residuals[:, None], residuals[:, :, None])
    found: Numbers = products[:, 0, 0].astype(np.float64)
    return found
