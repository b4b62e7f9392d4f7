"""Value and gradient of the loss of a volume, plane by plane in compiled chunks."""

from __future__ import annotations

import functools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from mcr_core.characterization import Characterization, Levels
from mcr_core.errors import InputError
from mcr_core.losses import Loss
from mcr_core.optimizers.base import Evaluation
from mcr_core.planes import (
    from_planes_order,
    plane_count,
    plane_names,
    plane_shape,
    to_planes_order,
)
from mcr_core.settings import Settings
from mcr_core.term import Term, names

#: Planes that one call of a compiled function takes. It bounds the time until a stop is noticed.
CHUNK = 32


@dataclass(frozen=True)
class _Axis:
    """The planes normal to one axis, with their targets as tensors."""

    plane: str
    planes: int
    levels: tuple[int, ...]
    targets: Any
    weights: Any
    function: Any


class PlaneObjective:
    """The loss of fields against a target: an `Objective`.

    Every term is taken on all planes of all axes; see `Term` for how they add up. The gradient is
    exact. Planes go through a function that is compiled once per shape of plane, a fixed number
    at a time, so that results do not depend on the machine's free memory.
    """

    def __init__(
        self,
        target: Characterization,
        terms: Sequence[Term],
        shape: Sequence[int],
        settings: Settings,
    ) -> None:
        import tensorflow as tf

        self._shape = tuple(shape)
        self._terms = tuple(terms)
        self._settings = settings
        self._labels = names(terms)
        self._dtype = tf.as_dtype(settings.dtype)
        # Weights go in as numbers: another weight is no reason to compile again.
        unweighted = tuple(
            term.model_copy(update={"weight": 1.0, "axis_weights": None}) for term in terms
        )
        self._axes = []
        axes = len(plane_names(len(shape)))
        for position, plane in enumerate(plane_names(len(shape))):
            extent = plane_shape(shape, plane)
            levels = shared_levels(target, terms, shape, plane)
            statistics = target.for_plane(plane, len(shape))
            count = plane_count(shape, plane)
            self._axes.append(
                _Axis(
                    plane,
                    count,
                    levels,
                    [
                        self._target(statistics.values[target.index(t.descriptor)][:n])
                        for t, n in zip(terms, levels, strict=True)
                    ],
                    np.array(
                        [
                            t.weight * (t.axis_weights or (1, 1, 1))[position] / (axes * count)
                            for t in terms
                        ]
                    ),
                    _compiled(
                        unweighted,
                        settings.loss,
                        extent,
                        levels,
                        settings.dtype,
                        settings.periodic,
                    ),
                )
            )

    def __call__(self, fields: Any) -> Evaluation:
        """Evaluate at fields [F, (Z,) Y, X]."""
        import tensorflow as tf

        volume = tf.cast(tf.convert_to_tensor(fields), self._dtype)
        flat = len(self._shape) == 2
        if flat:
            volume = volume[:, None]
        gradient = tf.zeros_like(volume)
        parts = np.zeros(len(self._terms))
        for axis in self._axes:
            planes = tf.transpose(volume, to_planes_order(len(self._shape), axis.plane))
            losses, slopes = self._axis(axis, planes)
            parts += losses
            gradient += tf.transpose(slopes, from_planes_order(len(self._shape), axis.plane))
        named = dict(zip(self._labels, parts.tolist(), strict=True))
        if volume.shape[0] > 1 and self._settings.phase_sum_weight > 0:
            excess = tf.reduce_sum(volume, 0) - 1.0
            weight = self._settings.phase_sum_weight
            named["phase sum"] = weight * float(tf.reduce_mean(tf.square(excess)))
            gradient += 2.0 * weight * excess / math.prod(self._shape)
        return Evaluation(sum(named.values()), named, gradient[:, 0] if flat else gradient)

    def _axis(self, axis: _Axis, planes: Any) -> tuple[Any, Any]:
        """Weighted loss of every term, summed over the planes, and the gradient of the planes."""
        import tensorflow as tf

        chunk = math.ceil(axis.planes / math.ceil(axis.planes / CHUNK))
        missing = -axis.planes % chunk
        weights = np.tile(axis.weights, (axis.planes + missing, 1))
        weights[axis.planes :] = 0.0
        if missing:
            planes = tf.pad(planes, [[0, missing], [0, 0], [0, 0], [0, 0]])
        losses = np.zeros(len(self._terms))
        slopes = []
        for first in range(0, axis.planes, chunk):
            part = slice(first, first + chunk)
            loss, slope = axis.function(
                planes[part], axis.targets, tf.constant(weights[part], self._dtype)
            )
            # Sums over planes in float64: line searches compare totals that differ by little.
            losses += np.sum(loss.numpy() * weights[part], axis=0, dtype=np.float64)
            slopes.append(slope)
        gradient = tf.concat(slopes, 0) if len(slopes) > 1 else slopes[0]
        return losses, gradient[: axis.planes]

    def _target(self, levels: Levels) -> Any:
        import tensorflow as tf

        return [
            {name: tf.constant(value, self._dtype) for name, value in blocks.items()}
            for blocks in levels
        ]


@functools.lru_cache(maxsize=16)
def _compiled(
    terms: tuple[Term, ...],
    loss: Loss,
    extent: tuple[int, int],
    levels: tuple[int, ...],
    dtype: str,
    periodic: bool,
) -> Any:
    """Return the compiled function (planes, targets, weights) → (losses, gradients of planes).

    Kept for the life of the process, so that a second run of the same kind does not compile.
    """
    import tensorflow as tf

    number = tf.as_dtype(dtype)

    def one_plane(arguments: Any, targets: Any) -> Any:
        fields, weights = arguments
        valid = None if periodic else tf.ones((1, *extent), number)
        with tf.GradientTape() as tape:
            tape.watch(fields)
            losses = tf.stack(
                [
                    _term_loss(
                        term, loss, term.descriptor.evaluate(fields[None], valid, count), target
                    )
                    for term, target, count in zip(terms, targets, levels, strict=True)
                ]
            )
            total = tf.reduce_sum(weights * losses)
        return losses, tape.gradient(total, fields)

    @tf.function(jit_compile=True, autograph=False)  # type: ignore[untyped-decorator]
    def chunk(planes: Any, targets: Any, weights: Any) -> Any:
        # One plane after the other: the matrix products of a single plane are large enough to
        # use every core, and its features fit the cache.
        return tf.map_fn(
            lambda arguments: one_plane(arguments, targets),
            (planes, weights),
            fn_output_signature=(
                tf.TensorSpec([len(terms)], number),
                tf.TensorSpec(planes.shape[1:], number),
            ),
        )

    return chunk


def _term_loss(term: Term, loss: Loss, found: Any, target: Any) -> Any:
    """Mean over the levels of one term."""
    import tensorflow as tf

    factors = term.level_weights or ()
    if factors and len(factors) < len(found):
        raise InputError(
            f"{term.descriptor.name} has {len(found)} levels here: expected as many "
            f"level_weights, got {len(factors)}"
        )
    per_level = [_level_loss(term, loss, *pair) for pair in zip(found, target, strict=True)]
    if factors:
        per_level = [factor * value for factor, value in zip(factors, per_level, strict=False)]
    return tf.add_n(per_level) / len(found)


def _level_loss(term: Term, loss: Loss, blocks: Any, target: Any) -> Any:
    """Mean over the fields of one level, of blocks [1, F, ...] and targets [F, ...]."""
    import tensorflow as tf

    rows = []
    if {name: block.shape[1:] for name, block in blocks.items()} != {
        name: wanted.shape for name, wanted in target.items()
    }:
        raise InputError(
            f"the values of {term.descriptor.name} in the characterization are not what "
            f"{term.descriptor.name} computes here: characterize again"
        )
    for name, wanted in target.items():
        residual = blocks[name][0] - wanted
        rows.append(tf.reshape(residual, [residual.shape[0], -1]))
    weights = term.block_weights
    if weights is None:
        return tf.reduce_mean(loss.compute(tf.concat(rows, 1)))
    if len(weights) != len(rows):
        raise InputError(
            f"{term.descriptor.name} has the blocks {', '.join(target)}: expected "
            f"{len(rows)} block_weights, got {len(weights)}"
        )
    return tf.add_n(
        [w * tf.reduce_mean(loss.compute(row)) for w, row in zip(weights, rows, strict=True)]
    )


def shared_levels(
    target: Characterization, terms: Sequence[Term], shape: Sequence[int], plane: str
) -> tuple[int, ...]:
    """Number of pyramid levels, per term, that target and result both have.

    Raises:
        InputError: the target lacks the descriptor of a term.
    """
    height, width = plane_shape(shape, plane)
    statistics = target.for_plane(plane, len(shape))
    levels = []
    for term in terms:
        fitting = term.descriptor.levels(height, width)
        levels.append(min(fitting, len(statistics.values[target.index(term.descriptor)])))
    return tuple(levels)
