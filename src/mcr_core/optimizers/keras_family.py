"""The first-order methods of Keras: one loop, and a table of what each is asked for."""

from __future__ import annotations

from abc import ABC
from collections.abc import Generator
from typing import Annotated, Any, ClassVar, NamedTuple, final

from pydantic import Field

from mcr_core.optimizers.base import Objective, Optimizer, Step, bounds_of

Rate = Annotated[float, Field(gt=0, le=1, description="Size of a step, in field values.")]
First = Annotated[float, Field(ge=0, lt=1, description="Decay of the mean of the gradient.")]
Second = Annotated[float, Field(ge=0, lt=1, description="Decay of the mean of its square.")]
Largest = Annotated[float, Field(ge=0, lt=1, description="Decay of the largest gradient.")]
Square = Annotated[
    float, Field(ge=0, lt=1, description="Decay of the mean of the squared gradient.")
]
Momentum = Annotated[float, Field(ge=0, lt=1, description="Part of the last step that is added.")]


class Method(NamedTuple):
    """A row of the table: how Keras is asked for a method.

    Attributes:
        keras: name of the class in `keras.optimizers`; its arguments are the plugin's options.
        moments: most arrays of the size of the fields that it keeps between steps.
        epsilon: its constant against a division by zero, where that is no option; None: it has
            none or it is one. Where the gradient is not scaled it lies far below the gradient of
            a mean over many voxels.
        scaled: whether the gradient is divided by its root mean square at the start.
    """

    keras: str
    moments: int
    epsilon: float | None = None
    scaled: bool = False


class KerasOptimizer(Optimizer, ABC):
    """A method of Keras, with the fields clipped to [0, 1] after every step.

    Losses are means over all voxels, so the gradient of one voxel shrinks with their number. The
    `scaled` methods, which do not divide by the size of the gradient themselves, get it divided
    by its root mean square at the start. That makes `learning_rate` a step in field values for
    them, too, whatever the size of the problem and the weights of its terms. The divisor stays
    the same during a run, so that steps shrink with the gradient. Because of it a start nearer
    to the optimum means larger steps: lower the learning rate where the loss rises.
    """

    stochastic: ClassVar[bool] = True
    needs_tensorflow: ClassVar[bool] = True
    descends: ClassVar[bool] = False
    method: ClassVar[Method]

    def copies(self) -> int:
        """Moments, fields, gradients, steps, the lowest one; in float32 two count one."""
        return -(-(self.method.moments + 7) // 2)

    def iterate(self, objective: Objective, start: Any, max_iter: int) -> Generator[Step]:
        """Yield the steps; see `Optimizer.iterate`."""
        import keras
        import tensorflow as tf

        options = self.model_dump()
        if self.method.epsilon is not None:
            options["epsilon"] = self.method.epsilon
        variable = tf.Variable(start)
        method = getattr(keras.optimizers, self.method.keras)(**options)
        divisor = 0.0
        low, high = bounds_of(objective)
        for iteration in range(max_iter + 1):
            evaluation = objective(variable.value())
            yield Step(
                iteration, iteration + 1, evaluation.loss, evaluation.parts, variable.numpy()
            )
            if iteration < max_iter:
                gradient = tf.cast(evaluation.gradient, variable.dtype)
                if self.method.scaled:
                    # A gradient of zeros stays one, and sets no scale.
                    divisor = divisor or float(tf.sqrt(tf.reduce_mean(tf.square(gradient)))) or 1.0
                    gradient /= divisor
                method.apply_gradients([(gradient, variable)])
                variable.assign(tf.clip_by_value(variable, low, high))


@final
class Adam(KerasOptimizer):
    """Stochastic gradient descent with adaptive moments; needs less memory than L-BFGS-B.

    After every step the fields are clipped to [0, 1].
    """

    name: ClassVar[str] = "adam"
    reference: ClassVar[str] = "Kingma, Ba, Adam: a method for stochastic optimization, ICLR 2015"
    method: ClassVar[Method] = Method("Adam", 2, epsilon=1e-12)

    learning_rate: Rate = 0.02
    beta_1: First = 0.9
    beta_2: Second = 0.999


@final
class Nadam(KerasOptimizer):
    """Adam with Nesterov's momentum: the gradient of now counts more."""

    name: ClassVar[str] = "nadam"
    reference: ClassVar[str] = "Dozat, Incorporating Nesterov momentum into Adam, ICLR 2016"
    method: ClassVar[Method] = Method("Nadam", 2, epsilon=1e-12)

    learning_rate: Rate = 0.02
    beta_1: First = 0.9
    beta_2: Second = 0.999


@final
class Adamax(KerasOptimizer):
    """Adam with the largest past gradient in place of the mean of its square."""

    name: ClassVar[str] = "adamax"
    reference: ClassVar[str] = (
        "Kingma, Ba, Adam: a method for stochastic optimization, ICLR 2015, section 7.1"
    )
    method: ClassVar[Method] = Method("Adamax", 2, epsilon=1e-12)

    learning_rate: Rate = 0.05
    beta_1: First = 0.9
    beta_2: Largest = 0.999


@final
class RMSprop(KerasOptimizer):
    """Gradient descent, each voxel divided by the running root mean square of its gradient."""

    name: ClassVar[str] = "rmsprop"
    reference: ClassVar[str] = "Tieleman, Hinton, Lecture 6.5: rmsprop, Coursera 2012"
    # Keras adds epsilon under the root.
    method: ClassVar[Method] = Method("RMSprop", 2, epsilon=1e-24)

    learning_rate: Rate = 0.01
    rho: Square = 0.9
    momentum: Momentum = 0.0


@final
class Adagrad(KerasOptimizer):
    """Gradient descent, each voxel divided by the root of the sum of its squared gradients.

    The gradient is divided by its root mean square at the start.
    """

    name: ClassVar[str] = "adagrad"
    reference: ClassVar[str] = (
        "Duchi, Hazan, Singer, Adaptive subgradient methods for online learning and stochastic "
        "optimization, J. Mach. Learn. Res. 12, 2121 (2011)"
    )
    method: ClassVar[Method] = Method("Adagrad", 1, epsilon=1e-7, scaled=True)

    learning_rate: Rate = 0.1
    initial_accumulator_value: float = Field(
        0.1, ge=0, le=1e6, description="What the sum starts with, first mean square = 1."
    )


@final
class Adadelta(KerasOptimizer):
    """Gradient descent whose steps are as large as the running root mean square of the past ones.

    The gradient is divided by its root mean square at the start.
    """

    name: ClassVar[str] = "adadelta"
    reference: ClassVar[str] = (
        "Zeiler, ADADELTA: an adaptive learning rate method, arXiv:1212.5701 (2012)"
    )
    method: ClassVar[Method] = Method("Adadelta", 2, scaled=True)

    learning_rate: float = Field(1.0, gt=0, le=1, description="Factor on every step.")
    rho: Annotated[
        float, Field(ge=0, lt=1, description="Decay of the mean squares of gradient and step.")
    ] = 0.95
    epsilon: float = Field(
        1e-5, gt=0, le=1, description="Square of the size of the first steps, in field values."
    )


@final
class SGD(KerasOptimizer):
    """Gradient descent with momentum.

    The gradient is divided by its root mean square at the start.
    """

    name: ClassVar[str] = "sgd"
    reference: ClassVar[str] = (
        "Polyak, Some methods of speeding up the convergence of iteration methods, "
        "USSR Comput. Math. Math. Phys. 4(5), 1 (1964)"
    )
    method: ClassVar[Method] = Method("SGD", 1, scaled=True)

    learning_rate: Rate = 0.01
    momentum: Momentum = 0.9
    nesterov: bool = Field(False, description="Whether the momentum is Nesterov's.")
