"""Terms on the planes of a result that have a kernel: value and gradient on a CPU."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from mcr_core.characterization import Characterization
from mcr_core.kernels.kernel import Kernel
from mcr_core.kernels.plane_levels import plane_kernel
from mcr_core.kernels.workers import Workers
from mcr_core.objective.kernel_loss import LevelLoss
from mcr_core.objective.plane_sample import PlaneSample, every_plane
from mcr_core.objective.planes import plane_weights
from mcr_core.objective.term_loss import level_factors
from mcr_core.objective.wanted import shared_levels, wanted_levels
from mcr_core.planes import plane_count, plane_names, plane_shape, to_planes_order
from mcr_core.pyramid import coarsen, coarsen_gradient
from mcr_core.settings import Settings
from mcr_core.term import Term

log = logging.getLogger(__name__)

Array = npt.NDArray[Any]


@dataclass(frozen=True)
class _Level:
    """One level of one term on the planes of one axis."""

    term: int
    kernel: Kernel
    loss: LevelLoss
    factor: float


@dataclass(frozen=True)
class _Axis:
    """The planes normal to one axis: what is evaluated on each level of their pyramid."""

    plane: str
    order: tuple[int, ...]
    planes: int
    levels: list[list[_Level]]
    weights: npt.NDArray[np.float64]


class KernelTerms:
    """Differentiable terms on the planes of all axes, without TensorFlow.

    Where memory runs out, half of the threads go on; the result is the same.

    Attributes:
        notes: what happened that the user should know.
    """

    def __init__(
        self,
        target: Characterization,
        terms: Sequence[Term],
        shape: Sequence[int],
        settings: Settings,
    ) -> None:
        self._terms = len(terms)
        self._dtype = np.dtype(settings.dtype)
        self._workers = Workers()
        self.notes: tuple[str, ...] = ()
        self._axes = [
            _Axis(
                plane,
                to_planes_order(len(shape), plane),
                plane_count(shape, plane),
                _levels(target, terms, shape, plane, settings),
                plane_weights(terms, shape, plane),
            )
            for plane in plane_names(len(shape))
        ]

    def __call__(
        self, volume: Any, samples: Mapping[str, PlaneSample] | None = None
    ) -> tuple[npt.NDArray[np.float64], Array]:
        """Return the loss of every term and the gradient.

        Args:
            volume: fields [F, Z, Y, X].
            samples: the planes to take, by the name of their kind; all by default.

        Raises:
            MemoryError: there is too little memory for one thread.
        """
        fields = np.asarray(volume, self._dtype)
        while True:
            try:
                return self._evaluate(fields, samples or {})
            except MemoryError:
                threads = self._workers.cores // 2
                if not threads:
                    raise
                self._workers = Workers(threads)
                note = f"out of memory: {threads} threads go on (the result is the same)"
                log.warning(note)
                self.notes += (note,)

    def _evaluate(
        self, fields: Array, samples: Mapping[str, PlaneSample]
    ) -> tuple[npt.NDArray[np.float64], Array]:
        gradient = np.zeros_like(fields)
        parts = np.zeros(self._terms)
        for axis in self._axes:
            planes, slopes = fields.transpose(axis.order), gradient.transpose(axis.order)
            sample = samples.get(axis.plane) or every_plane(axis.planes)
            weights = sample.factors[:, None] * axis.weights

            def evaluate(
                position: int,
                axis: _Axis = axis,
                planes: Array = planes,
                slopes: Array = slopes,
                numbers: Array = sample.numbers,
                weights: Array = weights,
            ) -> npt.NDArray[np.float64]:
                # No other plane of this axis has its voxels: threads do not meet.
                losses = np.zeros(self._terms)
                number = numbers[position]
                for field in range(planes.shape[1]):
                    image = np.ascontiguousarray(planes[number, field])
                    found, slope = _plane(axis, weights[position], image, field)
                    losses += found / planes.shape[1]
                    slopes[number, field] += slope / planes.shape[1]
                return losses

            found = self._workers.map(evaluate, sample.numbers.size)
            for losses, weight in zip(found, weights, strict=True):
                parts += losses * weight
        return parts, gradient


def _plane(
    axis: _Axis, weights: npt.NDArray[np.float64], image: Array, field: int
) -> tuple[npt.NDArray[np.float64], Array]:
    """Losses of one field of one plane, and the gradient of their weighted sum."""
    losses = np.zeros(weights.size)
    images = [image]
    for _ in axis.levels[1:]:
        images.append(coarsen(images[-1][None, None], None)[0][0, 0])
    slopes = [np.zeros_like(level) for level in images]
    for level, slope, entries in zip(images, slopes, axis.levels, strict=True):
        for entry in entries:
            blocks, pullback = entry.kernel.evaluate(level)
            loss, upstream = entry.loss(blocks, field, entry.factor * weights[entry.term])
            losses[entry.term] += entry.factor * loss
            slope += pullback(upstream)
    for fine, coarse in zip(slopes[-2::-1], slopes[:0:-1], strict=True):
        fine += coarsen_gradient(coarse, fine.shape)
    return losses, slopes[0]


def _levels(
    target: Characterization,
    terms: Sequence[Term],
    shape: Sequence[int],
    plane: str,
    settings: Settings,
) -> list[list[_Level]]:
    """What is evaluated on each level of the planes of one kind."""
    counts = shared_levels(target, terms, shape, plane)
    height, width = plane_shape(shape, plane)
    levels: list[list[_Level]] = [[] for _ in range(max(counts))]
    for index, (term, count) in enumerate(zip(terms, counts, strict=True)):
        wanted = wanted_levels(target, term, len(shape), plane)
        for level, factor in enumerate(level_factors(term, count)):
            extent = (height >> level, width >> level)
            valid = None if settings.periodic else np.ones(extent, bool)
            kernel = plane_kernel(term.descriptor, extent, valid, settings.dtype)
            found, _ = kernel.evaluate(np.zeros(extent, settings.dtype))
            loss = LevelLoss(term, settings.loss, found, wanted[level])
            levels[level].append(_Level(index, kernel, loss, factor / count))
    return levels
