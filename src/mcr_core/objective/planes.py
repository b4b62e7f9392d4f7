"""Terms on the planes of a result: value and gradient, plane by plane in compiled chunks."""

from __future__ import annotations

import functools
import logging
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from mcr_core.characterization import Characterization
from mcr_core.losses import Loss
from mcr_core.objective.plane_sample import PlaneSample, every_plane, sample_size
from mcr_core.objective.term_loss import term_loss
from mcr_core.objective.wanted import shared_levels, target_tensors
from mcr_core.planes import (
    from_planes_order,
    plane_count,
    plane_names,
    plane_shape,
    to_planes_order,
)
from mcr_core.settings import Settings
from mcr_core.term import Term

log = logging.getLogger(__name__)

#: Most planes that one call of a compiled function takes.
CHUNK = 32


@dataclass(frozen=True)
class Axis:
    """The planes normal to one axis, with their targets as tensors."""

    plane: str
    planes: int
    targets: Any
    weights: npt.NDArray[np.float64]
    function: Any


class PlaneTerms:
    """Differentiable terms on the planes of all axes.

    Planes go through a function that is compiled once per shape of plane, a fixed number at a
    time, so that results do not depend on the machine's free memory. Where memory runs out all
    the same, half of that number go on, which may change the last bits of the result.

    Args:
        target: the statistics to meet.
        terms: what is prescribed.
        shape: extent of the result.
        settings: norm, precision, boundary and part of the planes.
        chunk: most planes that one call takes.

    Attributes:
        notes: what happened that the user should know.
    """

    def __init__(
        self,
        target: Characterization,
        terms: Sequence[Term],
        shape: Sequence[int],
        settings: Settings,
        chunk: int = CHUNK,
    ) -> None:
        self._shape = tuple(shape)
        self._terms = tuple(terms)
        self._dtype = settings.dtype
        self._fraction = settings.plane_fraction
        self._most = chunk
        self.notes: tuple[str, ...] = ()
        self._axes = []
        for plane in plane_names(len(shape)):
            levels = shared_levels(target, terms, shape, plane)
            self._axes.append(
                Axis(
                    plane,
                    plane_count(shape, plane),
                    [
                        target_tensors(target, term, len(shape), plane, settings, n)
                        for term, n in zip(terms, levels, strict=True)
                    ],
                    plane_weights(terms, shape, plane),
                    self._compile(
                        unweighted(terms),
                        settings.loss,
                        plane_shape(shape, plane),
                        levels,
                        settings.dtype,
                        settings.periodic,
                    ),
                )
            )

    def _compile(
        self,
        terms: tuple[Term, ...],
        loss: Loss,
        extent: tuple[int, int],
        levels: tuple[int, ...],
        dtype: str,
        periodic: bool,
    ) -> Any:
        """What evaluates planes of an extent."""
        return _compiled(terms, loss, extent, levels, dtype, periodic)

    def __call__(
        self, volume: Any, samples: Mapping[str, PlaneSample] | None = None
    ) -> tuple[npt.NDArray[np.float64], Any]:
        """Return the loss of every term and the gradient.

        Args:
            volume: fields [F, Z, Y, X].
            samples: the planes to take, by the name of their kind; all by default.

        Raises:
            MemoryError: there is too little memory for one plane; or TensorFlow's
                `ResourceExhaustedError`.
        """
        import tensorflow as tf

        gradient: Any = 0.0
        parts = np.zeros(len(self._terms))
        for axis in self._axes:
            order = to_planes_order(len(self._shape), axis.plane)
            sample = (samples or {}).get(axis.plane) or every_plane(axis.planes)
            some = sample.numbers.size < axis.planes
            chosen = tf.gather(volume, sample.numbers, axis=order[0]) if some else volume
            losses, slopes = self._in_memory(axis, tf.transpose(chosen, order), sample.factors)
            parts += losses
            if some:
                whole = [axis.planes, *slopes.shape[1:]]
                slopes = tf.scatter_nd(sample.numbers[:, None], slopes, whole)
            gradient += tf.transpose(slopes, from_planes_order(len(self._shape), axis.plane))
        return parts, gradient

    def _in_memory(self, axis: Axis, planes: Any, factors: npt.NDArray[Any]) -> tuple[Any, Any]:
        """Do what `_axis` does, with smaller chunks where there is too little memory for it."""
        import tensorflow as tf

        while True:
            chunk = self._chunk(axis)
            try:
                return self._axis(axis, planes, factors, chunk)
            except (MemoryError, tf.errors.ResourceExhaustedError):
                if chunk == 1:
                    raise
                self._most = chunk // 2
                note = (
                    f"out of memory: chunks of {self._most} planes go on; another run with this "
                    "seed may differ in its last bits"
                )
                log.warning(note)
                self.notes += (note,)

    def _chunk(self, axis: Axis) -> int:
        """Planes of a call: calls of an evaluation are as long as each other, nearly.

        Those of a part of the planes serve for all of them, too: another length is compiled again.
        """
        count = sample_size(axis.planes, self._fraction)
        return math.ceil(count / math.ceil(count / self._most))

    def _axis(
        self, axis: Axis, planes: Any, factors: npt.NDArray[Any], chunk: int
    ) -> tuple[Any, Any]:
        """Weighted loss of every term, summed over the planes, and the gradient of the planes."""
        import tensorflow as tf

        count = len(factors)
        missing = -count % chunk
        weights = np.append(factors, np.zeros(missing))[:, None] * axis.weights
        if missing:
            planes = tf.pad(planes, [[0, missing], [0, 0], [0, 0], [0, 0]])
        losses = np.zeros(len(self._terms))
        slopes = []
        for first in range(0, count, chunk):
            part = slice(first, first + chunk)
            loss, slope = axis.function(
                planes[part], axis.targets, tf.constant(weights[part], self._dtype)
            )
            # Sums over planes in float64: line searches compare totals that differ by little.
            losses += np.sum(loss.numpy() * weights[part], axis=0, dtype=np.float64)
            slopes.append(slope)
        gradient = tf.concat(slopes, 0) if len(slopes) > 1 else slopes[0]
        return losses, gradient[:count]


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
                        term, loss, term.descriptor.evaluate(fields[None], valid, count), *target
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
