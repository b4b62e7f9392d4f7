"""A descriptor, a loss and an optimizer as another package would offer them.

Unlike our own modules, it imports TensorFlow at the top.
"""

from typing import ClassVar, final

import tensorflow as tf
from pydantic import Field

from mcr_core.descriptors import Descriptor
from mcr_core.losses import Loss
from mcr_core.optimizers import Optimizer, Step


@final
class FakeContrast(Descriptor):
    """Mean product of each pixel with the one some pixels to the right."""

    name: ClassVar[str] = "fake_contrast"
    reference: ClassVar[str] = "A. Faker, Journal of Tests 1, 1 (2025)"

    distance: int = Field(2, ge=1, le=8, description="Pixels between the two.")

    def reach(self):
        return self.distance

    def compute(self, image, valid):
        product = image * tf.roll(image, -self.distance, 2)
        if valid is None:
            return {"contrast": tf.reduce_mean(product, [1, 2])}
        pairs = valid * tf.roll(valid, -self.distance, 2)
        total = tf.reduce_sum(product * pairs, [1, 2])
        return {"contrast": total / tf.reduce_sum(pairs, [1, 2])}


@final
class FakeFlat(Descriptor):
    """Mean of the pixels; for 2D results only."""

    name: ClassVar[str] = "fake_flat"
    reference: ClassVar[str] = "A. Faker, Journal of Tests 1, 2 (2025)"
    result_dimensions: ClassVar[tuple[int, ...]] = (2,)

    def compute(self, image, valid):
        weight = tf.ones_like(image) if valid is None else valid * tf.ones_like(image)
        total = tf.reduce_sum(image * weight, [1, 2])
        return {"mean": total / tf.reduce_sum(weight, [1, 2])}


@final
class FakeLoss(Loss):
    """Mean of the fourth power of the residuals."""

    name: ClassVar[str] = "fake_quartic"
    reference: ClassVar[str] = "A. Faker, Journal of Tests 1, 3 (2025)"

    def compute(self, residual):
        return tf.reduce_mean(residual**4, -1)


@final
class FakeDescent(Optimizer):
    """Plain gradient descent."""

    name: ClassVar[str] = "fake_descent"
    reference: ClassVar[str] = "A. Faker, Journal of Tests 1, 4 (2025)"

    rate: float = Field(1.0, gt=0, description="Factor of the gradient.")

    def copies(self):
        return 2

    def iterate(self, objective, start, max_iter):
        point = tf.convert_to_tensor(start)
        for iteration in range(max_iter + 1):
            found = objective(point)
            yield Step(iteration, iteration + 1, found.loss, found.parts, point.numpy())
            slope = tf.cast(found.gradient, point.dtype)
            point = tf.clip_by_value(point - self.rate * slope, 0.0, 1.0)
