"""The loss of fields against a target: the sum over terms of every kind."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from mcr_core.characterization import Characterization
from mcr_core.objective.arrays import ArrayTerms
from mcr_core.objective.planes import PlaneTerms
from mcr_core.objective.volume import VolumeTerms
from mcr_core.optimizers.base import Evaluation
from mcr_core.settings import Settings
from mcr_core.term import Term, names

if TYPE_CHECKING:
    from mcr_core.swaps.state import SwapState


class TargetObjective:
    """The loss of fields against a target: an `Objective`.

    A term is taken on all planes of all axes, or once on the whole volume; see `Term` for how
    they add up. The gradient is exact; terms that are not differentiable add nothing to it.
    """

    def __init__(
        self,
        target: Characterization,
        terms: Sequence[Term],
        shape: Sequence[int],
        settings: Settings,
    ) -> None:
        import tensorflow as tf

        self._target = target
        self._shape = tuple(shape)
        self._terms = tuple(terms)
        self._settings = settings
        self._labels = names(terms)
        self._dtype = tf.as_dtype(settings.dtype)
        of_planes, of_volume, of_arrays = [], [], []
        for index, term in enumerate(terms):
            if not term.descriptor.differentiable:
                of_arrays.append(index)
            elif term.descriptor.volumetric:
                of_volume.append(index)
            else:
                of_planes.append(index)
        self._groups: list[tuple[list[int], Any]] = [
            (indices, kind(target, [self._terms[i] for i in indices], self._shape, settings))
            for indices, kind in (
                (of_planes, PlaneTerms),
                (of_volume, VolumeTerms),
                (of_arrays, ArrayTerms),
            )
            if indices
        ]

    def __call__(self, fields: Any) -> Evaluation:
        """Evaluate at fields [F, (Z,) Y, X]."""
        import tensorflow as tf

        volume = tf.cast(tf.convert_to_tensor(fields), self._dtype)
        flat = len(self._shape) == 2
        if flat:
            volume = volume[:, None]
        gradient = tf.zeros_like(volume)
        parts = np.zeros(len(self._terms))
        for indices, group in self._groups:
            losses, slope = group(volume)
            parts[indices] = losses
            if slope is not None:
                gradient += slope
        named = dict(zip(self._labels, parts.tolist(), strict=True))
        if volume.shape[0] > 1 and self._settings.phase_sum_weight > 0:
            excess = tf.reduce_sum(volume, 0) - 1.0
            weight = self._settings.phase_sum_weight
            named["phase sum"] = weight * float(tf.reduce_mean(tf.square(excess)))
            gradient += 2.0 * weight * excess / math.prod(self._shape)
        return Evaluation(sum(named.values()), named, gradient[:, 0] if flat else gradient)

    def swaps(self, start: Any) -> SwapState:
        """Return the loss as a function of labels that move by swaps; see `SwapObjective`."""
        from mcr_core.swaps.state import swap_state

        return swap_state(self._target, self._terms, self._shape, self._settings, start)
