"""The base of losses."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any

import numpy.typing as npt

from mcr_core.plugin import Plugin


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

    def value_and_slope(self, residual: npt.NDArray[Any]) -> tuple[float, npt.NDArray[Any]]:
        """Return the loss of residuals [n] and its derivative by each of them, in NumPy.

        Default: by TensorFlow; a loss that gives them itself needs none of it on a CPU.
        """
        import tensorflow as tf

        rows = tf.constant(residual[None])
        with tf.GradientTape() as tape:
            tape.watch(rows)
            loss = self.compute(rows)[0]
        slope = tape.gradient(loss, rows, unconnected_gradients="zero")
        return float(loss), slope[0].numpy()


def root(values: Any) -> Any:
    """Square root whose gradient at 0 is 0, not infinite."""
    import tensorflow as tf

    positive = values > 0
    return tf.where(positive, tf.sqrt(tf.where(positive, values, 1.0)), 0.0)
