"""Projected limited-memory BFGS that stays on the device."""

from __future__ import annotations

import math
from collections.abc import Generator
from typing import Any, ClassVar, final

import numpy as np
from pydantic import Field

from mcr_core.optimizers.base import (
    FIRST_STEP,
    Evaluation,
    Objective,
    Optimizer,
    Step,
    bounds_of,
)
from mcr_core.optimizers.limited_memory import LimitedMemory, dot
from mcr_core.optimizers.projected_search import Point, search


@final
class LBFGS(Optimizer):
    """Limited-memory BFGS on the device of the fields: `lbfgsb` for large volumes.

    A voxel at a bound stays there while its gradient points outwards; the others take the Newton
    step of the limited-memory model restricted to them, along an arc clipped to the bounds.
    Points, gradients and past steps keep the precision of the start and stay on the device;
    sums are in float64. SciPy's `lbfgsb` computes on the host, in float64, and finds the bounds
    that a step ends at by its quadratic model; so the two take other ways to other local minima.
    """

    name: ClassVar[str] = "lbfgs"
    reference: ClassVar[str] = (
        "Schmidt, Kim, Sra, Projected Newton-type methods in machine learning, in: Optimization "
        "for Machine Learning, MIT Press (2011)"
    )
    needs_tensorflow: ClassVar[bool] = True

    history: int = Field(
        10, ge=1, le=100, description="Number of past steps that approximate the curvature."
    )
    tolerance: float = Field(
        1e-9,
        ge=0,
        lt=1,
        description="Ends where an iteration lowers the loss by less than this part of the first.",
    )
    max_line_search: int = Field(
        20, ge=1, le=100, description="Most evaluations within one iteration."
    )

    def copies(self) -> int:
        """2 × history in float32, where two count one; points, gradients, steps and work space."""
        return self.history + 14

    def iterate(self, objective: Objective, start: Any, max_iter: int) -> Generator[Step]:
        """Yield the steps, with tensors as fields; see `Optimizer.iterate`."""
        import tensorflow as tf

        fields = tf.convert_to_tensor(start)
        if fields.dtype not in (tf.float32, tf.float64):
            fields = tf.cast(fields, tf.float32)
        evaluations, scale = 0, 1.0

        def evaluate(at: Any) -> Point:
            nonlocal evaluations
            found = objective(at)
            evaluations += 1
            gradient = tf.cast(tf.convert_to_tensor(found.gradient), at.dtype) * scale
            # A gradient that is no number leads nowhere: it ends the run as such a loss does.
            loss = found.loss if math.isfinite(_size(gradient)) else math.nan
            return Point(at, loss * scale, gradient, Evaluation(loss, found.parts, None))

        def step(iteration: int, at: Point) -> Step:
            known = at.evaluation
            return Step(iteration, evaluations, known.loss, known.parts, at.fields)

        point = evaluate(fields)
        yield step(0, point)
        size = _size(point.gradient)
        if size == 0 or max_iter < 1 or not math.isfinite(point.value):
            return
        # Gradients of a mean over many voxels are small, their squares might underflow. A power
        # of two changes no digit.
        scale = 2.0 ** -round(math.log2(size))
        point = Point(fields, point.value * scale, point.gradient * scale, point.evaluation)
        least = self.tolerance * abs(point.value)
        memory = LimitedMemory(self.history, math.prod(fields.shape), fields.dtype)
        for iteration in range(1, max_iter + 1):
            found = self._lower(evaluate, point, memory, bounds_of(objective))
            if found is None:
                return
            yield step(iteration, found)
            gain = point.value - found.value
            if not gain > least:  # also where it is no number
                return
            memory.learn(found.fields - point.fields, found.gradient - point.gradient)
            point = found

    def _lower(
        self, evaluate: Any, point: Point, memory: LimitedMemory, bounds: tuple[float, float]
    ) -> Point | None:
        """A lower point, or one that is not finite; where the model leads to none, without it."""
        while True:
            direction = _direction(point, memory, bounds)
            if direction is not None:
                found = search(evaluate, point, direction, self.max_line_search, bounds)
                if found is not None:
                    return found
            if not len(memory):
                return None
            memory.forget()


def _direction(point: Point, memory: LimitedMemory, bounds: tuple[float, float]) -> Any:
    """Where to go from a point: 0 where a bound holds; None where it does not lead down."""
    import tensorflow as tf

    fields, gradient = point.fields, point.gradient
    low, high = bounds
    held = ((fields <= low) & (gradient > 0.0)) | ((fields >= high) & (gradient < 0.0))
    free = tf.cast(~held, fields.dtype)
    if len(memory):
        try:
            direction = memory.newton(gradient, free)
        except np.linalg.LinAlgError:
            return None
    else:
        direction = -gradient * free
        size = _size(direction)
        if size == 0:
            return None
        direction *= FIRST_STEP / size
    return direction if float(dot(gradient, direction)) < 0 else None


def _size(gradient: Any) -> float:
    """Root mean square."""
    return math.sqrt(float(dot(gradient, gradient)) / math.prod(gradient.shape))
