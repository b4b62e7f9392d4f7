"""A line search along the arc that a line becomes when it is projected onto the box."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from mcr_core.optimizers.base import Evaluation
from mcr_core.optimizers.limited_memory import dot

#: Part of the decrease that the slope promises which a step must reach (Armijo).
SUFFICIENT = 1e-4
#: A step is too short while the slope at its end is above this part of the first (Wolfe).
STEEP = 0.9
#: Where losses differ by rounding, the slope must have gone down to this part, or changed sign
#: (the approximate Wolfe condition of Hager and Zhang).
ROUNDED = 0.8


@dataclass(frozen=True)
class Point:
    """Fields with what the objective says there, scaled.

    Attributes:
        fields: tensor [F, (Z,) Y, X] in the box.
        value: the loss, scaled.
        gradient: tensor, scaled alike.
        evaluation: as the objective gave it, without the gradient.
    """

    fields: Any
    value: float
    gradient: Any
    evaluation: Evaluation


def search(
    evaluate: Callable[[Any], Point],
    origin: Point,
    direction: Any,
    most: int,
    bounds: tuple[float, float],
) -> Point | None:
    """Return a lower point on the arc P(x + t d), t > 0; P clips to the bounds.

    t = 1 comes first. While a step lowers too little, a parabola shortens it; while the slope at
    its end stays steep, it is made longer.

    Args:
        evaluate: the objective; called `most` times at most.
        origin: x.
        direction: d, a tensor.
        most: number of evaluations.
        bounds: least and largest value.

    Returns:
        The point, or the first one whose value is not finite, or None where none is lower.
    """
    import tensorflow as tf

    best: Point | None = None
    best_slope, length = 0.0, 1.0
    for _ in range(most):
        fields = tf.clip_by_value(
            origin.fields + tf.cast(length, direction.dtype) * direction, *bounds
        )
        step = fields - origin.fields
        # Of the way actually gone: the parts that leave the box do not count.
        slope = float(dot(origin.gradient, step))
        if slope == 0 or (best and slope >= best_slope):
            break  # nothing moves, or nothing moves further
        trial = evaluate(fields)
        if not math.isfinite(trial.value):
            return trial
        end = float(dot(trial.gradient, step))
        gain = trial.value - origin.value
        enough = gain <= SUFFICIENT * slope or end <= -ROUNDED * slope
        if best:
            if not (enough and trial.value < best.value):
                break
        elif not (gain < 0 and slope < 0 and enough):
            bend = gain - slope
            ideal = -slope / (2 * bend) if bend > 0 else 0.5
            length *= min(max(ideal, 0.1), 0.5)
            continue
        best, best_slope = trial, slope
        if end >= STEEP * slope:
            break
        length *= min(max(slope / (slope - end), 2.0), 10.0) if end > slope else 10.0
    return best
