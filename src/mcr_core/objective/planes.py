"""Terms on the planes of a result: value and gradient, plane by plane in compiled chunks."""

from __future__ import annotations

import functools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from mcr_core.characterization import Characterization
from mcr_core.losses import Loss
from mcr_core.objective.term_loss import term_loss
from mcr_core.objective.wanted import as_tensors, shared_levels, wanted_levels
from mcr_core.planes import (
    from_planes_order,
    plane_count,
    plane_names,
    plane_shape,
    to_planes_order,
)
from mcr_core.settings import Settings
from mcr_core.term import Term

#: Planes that one call of a compiled function takes. It bounds the time until a stop is noticed.
CHUNK = 32


@dataclass(frozen=True)
class _Axis:
    """The planes normal to one axis, with their targets as tensors."""

    plane: str
    planes: int
    targets: Any
    weights: npt.NDArray[np.float64]
    function: Any


class PlaneTerms:
    """Differentiable terms on all planes of all axes.

    Planes go through a function that is compiled once per shape of plane, a fixed number at a
    time, so that results do not depend on the machine's free memory.
    """

    def __init__(
        self,
        target: Characterization,
        terms: Sequence[Term],
        shape: Sequence[int],
        settings: Settings,
    ) -> None:
        self._shape = tuple(shape)
        self._terms = tuple(terms)
        self._dtype = settings.dtype
        self._axes = []
        for plane in plane_names(len(shape)):
            levels = shared_levels(target, terms, shape, plane)
            self._axes.append(
                _Axis(
                    plane,
                    plane_count(shape, plane),
                    [
                        as_tensors(wanted_levels(target, term, len(shape), plane)[:n], self._dtype)
                        for term, n in zip(terms, levels, strict=True)
                    ],
                    plane_weights(terms, shape, plane),
                    _compiled(
                        unweighted(terms),
                        settings.loss,
                        plane_shape(shape, plane),
                        levels,
                        settings.dtype,
                        settings.periodic,
                    ),
                )
            )

    def __call__(self, volume: Any) -> tuple[npt.NDArray[np.float64], Any]:
        """Return the loss of every term and the gradient, at a volume [F, Z, Y, X]."""
        import tensorflow as tf

        gradient: Any = 0.0
        parts = np.zeros(len(self._terms))
        for axis in self._axes:
            planes = tf.transpose(volume, to_planes_order(len(self._shape), axis.plane))
            losses, slopes = self._axis(axis, planes)
            parts += losses
            gradient += tf.transpose(slopes, from_planes_order(len(self._shape), axis.plane))
        return parts, gradient

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


def plane_weights(
    terms: Sequence[Term], shape: Sequence[int], plane: str
) -> npt.NDArray[np.float64]:
    """Factor of the loss of a single plane of that kind, per term: see `Term`."""
    axes = plane_names(len(shape))
    position = axes.index(plane)
    count = len(axes) * plane_count(shape, plane)
    return np.array([t.weight * (t.axis_weights or (1, 1, 1))[position] / count for t in terms])


def unweighted(terms: Sequence[Term]) -> tuple[Term, ...]:
    """Terms whose weights go in as numbers: another weight is no reason to compile again."""
    return tuple(term.model_copy(update={"weight": 1.0, "axis_weights": None}) for term in terms)


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
                    term_loss(
                        term, loss, term.descriptor.evaluate(fields[None], valid, count), target
                    )[0]
                    for term, target, count in zip(terms, targets, levels, strict=True)
                ]
            )
            total = tf.reduce_sum(weights * losses)
        return losses, tape.gradient(total, fields, unconnected_gradients="zero")

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
