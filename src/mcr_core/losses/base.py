"""The base of losses."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any

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


def root(values: Any) -> Any:
    """Square root whose gradient at 0 is 0, not infinite."""
    import tensorflow as tf

    positive = values > 0
    return tf.where(positive, tf.sqrt(tf.where(positive, values, 1.0)), 0.0)
