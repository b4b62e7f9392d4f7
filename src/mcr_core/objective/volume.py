"""Differentiable terms on a whole volume, with their gradient."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from mcr_core.characterization import Characterization
from mcr_core.losses import Loss
from mcr_core.objective.planes import unweighted
from mcr_core.objective.term_loss import term_loss
from mcr_core.objective.wanted import target_tensors
from mcr_core.settings import Settings
from mcr_core.term import Term


class VolumeTerms:
    """Differentiable terms that are taken once on the whole volume."""

    def __init__(
        self,
        target: Characterization,
        terms: Sequence[Term],
        shape: Sequence[int],
        settings: Settings,
    ) -> None:
        self._dtype = settings.dtype
        self._targets = [target_tensors(target, term, len(shape), "xy", settings) for term in terms]
        self._weights = np.array([term.weight for term in terms])
        self._function = _compiled(unweighted(terms), settings.loss, settings.periodic)

    def __call__(self, volume: Any) -> tuple[npt.NDArray[np.float64], Any]:
        """Return the loss of every term and the gradient, at a volume [F, Z, Y, X]."""
        import tensorflow as tf

        weights = tf.constant(self._weights, self._dtype)
        losses, gradient = self._function(tf.convert_to_tensor(volume), self._targets, weights)
        return losses.numpy() * self._weights, gradient


@functools.lru_cache(maxsize=16)
def _compiled(terms: tuple[Term, ...], loss: Loss, periodic: bool) -> Any:
    """Return the compiled function (volume, targets, weights) → (losses, gradient)."""
    import tensorflow as tf

    @tf.function(jit_compile=True, autograph=False)  # type: ignore[untyped-decorator]
    def evaluate(volume: Any, targets: Any, weights: Any) -> Any:
        valid = None if periodic else tf.ones((1, *volume.shape[1:]), volume.dtype)
        with tf.GradientTape() as tape:
            tape.watch(volume)
            losses = tf.stack(
                [
                    term_loss(
                        term, loss, term.descriptor.evaluate(volume[None], valid, 1), *target
                    )[0]
                    for term, target in zip(terms, targets, strict=True)
                ]
            )
            total = tf.reduce_sum(weights * losses)
        return losses, tape.gradient(total, volume, unconnected_gradients="zero")

    return evaluate
