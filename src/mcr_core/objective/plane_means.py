"""Terms on the mean over the planes of an axis, compiled: value and gradient."""

from __future__ import annotations

import functools
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from mcr_core.losses import Loss
from mcr_core.objective.planes import Axis, PlaneTerms
from mcr_core.objective.term_loss import term_loss
from mcr_core.term import Term


class _Functions(NamedTuple):
    """What evaluates planes of an extent.

    Attributes:
        sums: (planes, factors) → sums of the blocks of every level of every term, [1, F, ...].
        losses: (means, targets, weights) → loss of every term, and the derivatives by the means.
        slopes: (planes, derivatives, factors) → gradient by the planes.
    """

    sums: Any
    losses: Any
    slopes: Any


class PlaneMeans(PlaneTerms):
    """Terms with `over="mean"`: the loss of the mean over the planes of each axis.

    The values of all planes are needed before the gradient of any: planes are evaluated twice.
    """

    def _compile(self, *arguments: Any) -> Any:
        return _compiled(*arguments)

    def _axis(
        self, axis: Axis, planes: Any, factors: npt.NDArray[Any], chunk: int
    ) -> tuple[Any, Any]:
        """See `PlaneTerms._axis`."""
        import tensorflow as tf

        count = len(factors)
        missing = -count % chunk
        if missing:
            planes = tf.pad(planes, [[0, missing], [0, 0], [0, 0], [0, 0]])
        shares = np.append(factors, np.zeros(missing)) / count
        parts = [slice(first, first + chunk) for first in range(0, count, chunk)]
        weighted = [(planes[part], tf.constant(shares[part], self._dtype)) for part in parts]
        means: Any = None
        for some, share in weighted:
            found = axis.function.sums(some, share)
            means = found if means is None else tf.nest.map_structure(tf.add, means, found)
        # A weight of the axis is that of a plane times their number.
        weights = axis.weights * axis.planes
        losses, upstream = axis.function.losses(
            means, axis.targets, tf.constant(weights, self._dtype)
        )
        slopes = [axis.function.slopes(some, upstream, share) for some, share in weighted]
        gradient = tf.concat(slopes, 0) if len(slopes) > 1 else slopes[0]
        return losses.numpy() * weights, gradient[:count]


@functools.lru_cache(maxsize=16)
def _compiled(
    terms: tuple[Term, ...],
    loss: Loss,
    extent: tuple[int, int],
    levels: tuple[int, ...],
    dtype: str,
    periodic: bool,
) -> _Functions:
    """Return the functions, compiled; kept for the life of the process."""
    import tensorflow as tf

    number = tf.as_dtype(dtype)

    def blocks_of(fields: Any) -> Any:
        valid = None if periodic else tf.ones((1, *extent), number)
        return [
            term.descriptor.evaluate(fields[None], valid, count)
            for term, count in zip(terms, levels, strict=True)
        ]

    @tf.function(jit_compile=True, autograph=False)  # type: ignore[untyped-decorator]
    def sums(planes: Any, shares: Any) -> Any:
        start = tf.nest.map_structure(tf.zeros_like, blocks_of(planes[0]))

        def add(total: Any, arguments: Any) -> Any:
            fields, share = arguments
            return tf.nest.map_structure(lambda a, b: a + share * b, total, blocks_of(fields))

        return tf.foldl(add, (planes, shares), start)

    def losses(means: Any, targets: Any, weights: Any) -> Any:
        with tf.GradientTape() as tape:
            tape.watch(means)
            found = tf.stack(
                [
                    term_loss(term, loss, levels_of, *target)[0]
                    for term, levels_of, target in zip(terms, means, targets, strict=True)
                ]
            )
            total = tf.reduce_sum(weights * found)
        return found, tape.gradient(total, means, unconnected_gradients="zero")

    @tf.function(jit_compile=True, autograph=False)  # type: ignore[untyped-decorator]
    def slopes(planes: Any, upstream: Any, shares: Any) -> Any:
        def one_plane(arguments: Any) -> Any:
            fields, share = arguments
            with tf.GradientTape() as tape:
                tape.watch(fields)
                products = tf.nest.map_structure(
                    lambda block, slope: tf.reduce_sum(block * slope), blocks_of(fields), upstream
                )
                total = share * tf.add_n(tf.nest.flatten(products))
            return tape.gradient(total, fields, unconnected_gradients="zero")

        return tf.map_fn(
            one_plane,
            (planes, shares),
            fn_output_signature=tf.TensorSpec(planes.shape[1:], number),
        )

    return _Functions(sums, losses, slopes)
