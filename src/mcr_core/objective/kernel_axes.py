"""What kernels evaluate on the planes of each axis, and how threads share them out."""

from __future__ import annotations

import logging
from abc import ABC, abstractmethod
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
from mcr_core.objective.plane_sample import PlaneSample
from mcr_core.objective.planes import plane_weights
from mcr_core.objective.term_loss import level_factors
from mcr_core.objective.wanted import residual_scales, shared_levels, wanted_levels
from mcr_core.planes import plane_count, plane_names, plane_shape, to_planes_order
from mcr_core.pyramid import coarsen, coarsen_gradient
from mcr_core.settings import Settings
from mcr_core.term import Term

log = logging.getLogger(__name__)

Array = npt.NDArray[Any]
Numbers = npt.NDArray[np.float64]

#: Pixels of the planes that one call takes. Calls of NumPy that take less than some ten
#: microseconds make threads wait for the interpreter.
_BATCH_PIXELS = 2**14
_LEAST_CALLS = 4


@dataclass(frozen=True)
class Level:
    """One level of one term on the planes of one axis.

    Attributes:
        term: its number.
        kernel: for planes of the extent of this level.
        loss: against what is wanted.
        factor: of the level within the term.
    """

    term: int
    kernel: Kernel
    loss: LevelLoss
    factor: float


@dataclass(frozen=True)
class Axis:
    """The planes normal to one axis.

    Attributes:
        plane: their name.
        order: of the axes of a volume that makes them planes.
        planes: how many.
        batch: how many one call takes.
        levels: what is evaluated on each level of their pyramid.
        weights: of the loss of one plane, for every term.
    """

    plane: str
    order: tuple[int, ...]
    planes: int
    batch: int
    levels: list[list[Level]]
    weights: Numbers


class KernelGroup(ABC):
    """Terms on the planes of all axes that have kernels: value and gradient without TensorFlow.

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
        names = plane_names(len(shape))

        def axis(number: int) -> Axis:
            plane = names[number]
            return Axis(
                plane,
                to_planes_order(len(shape), plane),
                plane_count(shape, plane),
                _batch(shape, plane),
                _levels(target, terms, shape, plane, settings),
                plane_weights(terms, shape, plane),
            )

        self._axes = self._workers.map(axis, len(names))

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

    @abstractmethod
    def _evaluate(self, fields: Array, samples: Mapping[str, PlaneSample]) -> tuple[Numbers, Array]:
        """Do what a call does, with the threads that there are."""


def pyramid(fields: Array, levels: int) -> list[Array]:
    """Planes [B, H, W] and their coarser levels."""
    images = [fields]
    for _ in range(1, levels):
        images.append(coarsen(images[-1][None], None)[0][0])
    return images


def gather(slopes: list[Array]) -> Array:
    """Gradient by planes [B, H, W] from those by all their levels, which may change."""
    for fine, coarse in zip(slopes[-2::-1], slopes[:0:-1], strict=True):
        fine += coarsen_gradient(coarse, fine.shape)
    return slopes[0]


def _batch(shape: Sequence[int], plane: str) -> int:
    """How many planes one call takes: small ones together, but several calls."""
    height, width = plane_shape(shape, plane)
    most = -(-plane_count(shape, plane) // _LEAST_CALLS)
    return max(1, min(_BATCH_PIXELS // (height * width), most))


def _levels(
    target: Characterization,
    terms: Sequence[Term],
    shape: Sequence[int],
    plane: str,
    settings: Settings,
) -> list[list[Level]]:
    """What is evaluated on each level of the planes of one kind."""
    counts = shared_levels(target, terms, shape, plane)
    height, width = plane_shape(shape, plane)
    levels: list[list[Level]] = [[] for _ in range(max(counts))]
    for index, (term, count) in enumerate(zip(terms, counts, strict=True)):
        wanted = wanted_levels(target, term, len(shape), plane)
        scales = residual_scales(target, term, len(shape), plane, settings)
        for level, factor in enumerate(level_factors(term, count)):
            extent = (height >> level, width >> level)
            valid = None if settings.periodic else np.ones(extent, bool)
            kernel = plane_kernel(term.descriptor, extent, valid, settings.dtype)
            found, _ = kernel.evaluate(np.zeros((1, *extent), settings.dtype))
            scale = None if scales is None else scales[level]
            loss = LevelLoss(term, settings.loss, found, wanted[level], scale)
            levels[level].append(Level(index, kernel, loss, factor / count))
    return levels
