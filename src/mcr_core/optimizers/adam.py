"""Adam of Keras, as an iterator."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any, ClassVar, final

from pydantic import Field

from mcr_core.optimizers.base import Objective, Optimizer, Step


@final
class Adam(Optimizer):
    """Stochastic gradient descent with adaptive moments; needs less memory than L-BFGS-B.

    After every step the fields are clipped to [0, 1].
    """

    name: ClassVar[str] = "adam"
    reference: ClassVar[str] = "Kingma, Ba, Adam: a method for stochastic optimization, ICLR 2015"

    learning_rate: float = Field(0.02, gt=0, le=1, description="Size of a step, in field values.")
    beta_1: float = Field(0.9, ge=0, lt=1, description="Decay of the mean of the gradient.")
    beta_2: float = Field(0.999, ge=0, lt=1, description="Decay of the mean of its square.")

    def copies(self) -> int:
        """Fields, gradient and two moments, in float32."""
        return 3

    def iterate(self, objective: Objective, start: Any, max_iter: int) -> Generator[Step]:
        """Yield the steps; see `Optimizer.iterate`."""
        import keras
        import tensorflow as tf

        variable = tf.Variable(start)
        method = keras.optimizers.Adam(
            learning_rate=self.learning_rate, beta_1=self.beta_1, beta_2=self.beta_2, epsilon=1e-12
        )
        for iteration in range(max_iter + 1):
            evaluation = objective(variable.value())
            yield Step(
                iteration, iteration + 1, evaluation.loss, evaluation.parts, variable.numpy()
            )
            if iteration < max_iter:
                gradient = tf.cast(evaluation.gradient, variable.dtype)
                method.apply_gradients([(gradient, variable)])
                variable.assign(tf.clip_by_value(variable, 0.0, 1.0))
