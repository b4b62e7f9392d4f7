"""The loss of fields against a target: the sum over terms of every kind."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from mcr_core.characterization import Characterization
from mcr_core.objective.arrays import ArrayTerms
from mcr_core.objective.kernel_axes import KernelGroup
from mcr_core.objective.kernel_means import KernelMeans
from mcr_core.objective.kernel_terms import KernelTerms
from mcr_core.objective.plane_means import PlaneMeans
from mcr_core.objective.plane_sample import PlaneSample, draw_planes
from mcr_core.objective.planes import CHUNK, PlaneTerms
from mcr_core.objective.volume import VolumeTerms
from mcr_core.optimizers.base import Evaluation
from mcr_core.planes import plane_count, plane_names
from mcr_core.settings import Settings
from mcr_core.term import Term, names

if TYPE_CHECKING:
    from mcr_core.swaps.state import SwapState

#: Beside the seed of a run, what its draws of planes are seeded with.
_STREAM = 2


class TargetObjective:
    """The loss of fields against a target: an `Objective`.

    A term is taken on the planes of all axes, or once on the whole volume; see `Term` for how
    they add up. The gradient is exact; terms that are not differentiable add nothing to it.

    Where `settings.planes` is a fraction, every call draws that part of the planes of each axis
    and weights them so that the expected loss and gradient are those of all planes. Losses are
    then estimates; `in_full` takes all planes. The draws follow from the seed and the number of
    calls before.

    Args:
        target: the statistics to meet.
        terms: what is prescribed.
        shape: extent of the result.
        settings: norm, precision and boundary.
        gpu: whether a GPU computes. Gradients are then tensors that stay there; else they are
            arrays, and terms that have a kernel (see `Descriptor.kernel`) need no TensorFlow.
        chunk: most planes that one call of a compiled function takes.
    """

    def __init__(
        self,
        target: Characterization,
        terms: Sequence[Term],
        shape: Sequence[int],
        settings: Settings,
        *,
        gpu: bool = False,
        chunk: int = CHUNK,
    ) -> None:
        self._target = target
        self._shape = tuple(shape)
        self._terms = tuple(terms)
        self._settings = settings
        self._gpu = gpu
        self._labels = names(terms)
        groups: dict[Any, list[int]] = {}
        for index, term in enumerate(terms):
            groups.setdefault(term_kind(term, gpu=gpu), []).append(index)
        self._groups: list[tuple[list[int], Any]] = []
        for kind, indices in groups.items():
            more = {"chunk": chunk} if issubclass(kind, PlaneTerms) else {}
            chosen = [self._terms[index] for index in indices]
            self._groups.append((indices, kind(target, chosen, self._shape, settings, **more)))
        # A stream of its own: the start draws from the seed, too.
        self._lots = np.random.default_rng([_STREAM, settings.seed])

    @property
    def estimated(self) -> bool:
        """Whether calls return estimates, from a part of the planes."""
        return self._settings.plane_fraction < 1

    @property
    def notes(self) -> tuple[str, ...]:
        """What happened in evaluations that the user should know."""
        return tuple(note for _, group in self._groups for note in getattr(group, "notes", ()))

    def __call__(self, fields: Any) -> Evaluation:
        """Evaluate at fields [F, (Z,) Y, X]; an estimate where `settings.planes` is a fraction."""
        return self._evaluate(fields, self._draw() if self.estimated else {})

    def in_full(self, fields: Any) -> Evaluation:
        """Evaluate with all planes, whatever `settings.planes` is."""
        return self._evaluate(fields, {})

    def _draw(self) -> dict[str, PlaneSample]:
        """Return the planes of the next evaluation, by the names of their kinds."""
        shape, fraction = self._shape, self._settings.plane_fraction
        return {
            plane: draw_planes(plane_count(shape, plane), fraction, self._lots)
            for plane in plane_names(len(shape))
        }

    def _evaluate(self, fields: Any, samples: Mapping[str, PlaneSample]) -> Evaluation:
        volume = self._tensor(fields) if self._gpu else np.asarray(fields, self._settings.dtype)
        flat = len(self._shape) == 2
        if flat:
            volume = volume[:, None]
        gradient: Any = 0.0
        parts = np.zeros(len(self._terms))
        for indices, group in self._groups:
            by_plane = isinstance(group, (KernelGroup, PlaneTerms))
            losses, slope = group(volume, samples) if by_plane else group(volume)
            parts[indices] = losses
            if slope is not None:
                gradient += slope if self._gpu else np.asarray(slope)
        named = dict(zip(self._labels, parts.tolist(), strict=True))
        if volume.shape[0] > 1 and self._settings.phase_sum_weight > 0:
            excess = sum(volume[phase] for phase in range(volume.shape[0])) - 1.0
            weight = self._settings.phase_sum_weight
            named["phase sum"] = weight * self._mean(excess * excess)
            gradient += 2.0 * weight * excess / math.prod(self._shape)
        elif np.ndim(gradient) == 0:  # of descriptors that are not differentiable alone
            gradient = np.zeros(volume.shape, self._settings.dtype)
        return Evaluation(sum(named.values()), named, gradient[:, 0] if flat else gradient)

    def _mean(self, values: Any) -> float:
        if not self._gpu:
            return float(np.mean(values))
        import tensorflow as tf

        return float(tf.reduce_mean(values))

    def _tensor(self, fields: Any) -> Any:
        import tensorflow as tf

        return tf.cast(tf.convert_to_tensor(fields), self._settings.dtype)

    def swaps(self, start: Any) -> SwapState:
        """Return the loss as a function of labels that move by swaps; see `SwapObjective`."""
        from mcr_core.swaps.state import swap_state

        return swap_state(self._target, self._terms, self._shape, self._settings, start)


def term_kind(term: Term, *, gpu: bool) -> Any:
    """Return the class that computes a term.

    Args:
        term: what is prescribed.
        gpu: whether a GPU computes.
    """
    if not term.descriptor.differentiable:
        return ArrayTerms
    if term.descriptor.volumetric:
        return VolumeTerms
    if gpu or term.descriptor.kernel() is None:
        return PlaneTerms if term.over == "planes" else PlaneMeans
    return KernelTerms if term.over == "planes" else KernelMeans
