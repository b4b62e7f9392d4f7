"""A term on means over planes whose descriptor does not follow swaps."""

from __future__ import annotations

import functools
import math
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from mcr_core.characterization import Characterization
from mcr_core.objective.planes import unweighted
from mcr_core.objective.term_loss import term_loss
from mcr_core.objective.wanted import target_tensors
from mcr_core.planes import plane_names
from mcr_core.settings import Settings
from mcr_core.swaps.axis_planes import AxisPlanes
from mcr_core.swaps.evaluated import PER_CALL, PER_FEATURE
from mcr_core.swaps.moves import Move, SwapTerm, Voxel
from mcr_core.swaps.tracker import Array
from mcr_core.term import Term

#: Blocks of one plane or their mean: arrays in float64, level by level.
Blocks = list[Array]


class EvaluatedMean(SwapTerm):
    """The loss of the means over planes; the touched planes are evaluated again.

    Args:
        target: the statistics to meet.
        term: descriptor, which is differentiable, and weights.
        label: the name of the term.
        fields: indicator functions [F, Z, Y, X], Z = 1 for an image, in which the caller swaps.
        settings: norm, boundary and precision.
        shape: extent of the result, (Y, X) or (Z, Y, X).
    """

    looks_at_fields = True

    def __init__(
        self,
        target: Characterization,
        term: Term,
        label: str,
        fields: Array,
        settings: Settings,
        shape: tuple[int, ...],
    ) -> None:
        self._label = label
        self._axes = [
            _Axis(target, term, fields, settings, shape, plane) for plane in plane_names(len(shape))
        ]

    def prepare(self) -> Iterator[None]:
        """Evaluate plane by plane; see `SwapTerm.prepare`."""
        for axis in self._axes:
            for plane in range(len(axis.values), axis.count):
                axis.values.append(axis.evaluate(plane))
                yield

    @property
    def parts(self) -> dict[str, float]:
        """The loss under the name of the term."""
        return {self._label: sum(axis.loss for axis in self._axes)}

    def work(self) -> float:
        """See `SwapTerm.work`."""
        return sum(axis.work for axis in self._axes)

    def propose(self, first: Voxel, second: Voxel, moves: Sequence[Move]) -> float:
        """See `SwapTerm.propose`; the fields have the swap already."""
        return sum(
            axis.propose(sorted({first[axis.normal], second[axis.normal]})) for axis in self._axes
        )

    def accept(self) -> None:
        """See `SwapTerm.accept`."""
        for axis in self._axes:
            axis.accept()

    def recount(self) -> None:
        """Take the means anew; see `SwapTerm.recount`."""
        for axis in self._axes:
            axis.recount()


class _Axis:
    """All planes of one kind, with their values."""

    def __init__(
        self,
        target: Characterization,
        term: Term,
        fields: Array,
        settings: Settings,
        shape: tuple[int, ...],
        plane: str,
    ) -> None:
        axis = AxisPlanes(target, term, fields, settings, shape, plane)
        self.normal, self._planes = axis.order[0], axis.planes
        self.count, levels = len(axis.planes), len(axis.wanted)
        self.weight = axis.weight * self.count
        self._term, self._loss = unweighted([term])[0], settings.loss
        self._dtype = settings.dtype
        self._targets = target_tensors(target, term, len(shape), plane, settings, levels, "float64")
        self._evaluate = _compiled(self._term, levels, settings.periodic)
        self.values: list[Blocks] = []
        self.loss = math.nan
        self._means: Blocks = []
        self._new: list[tuple[int, Blocks]] = []
        self._proposed: tuple[float, Blocks] = (math.nan, [])
        pixels = math.prod(axis.planes.shape[1:])
        each = PER_CALL + PER_FEATURE * pixels * term.descriptor.features()
        self.work = each * min(2, self.count)

    def evaluate(self, plane: int) -> Blocks:
        import tensorflow as tf

        found = self._evaluate(tf.constant(self._planes[plane], self._dtype))
        self._layout = found
        return [block.numpy().astype(np.float64) for block in tf.nest.flatten(found)]

    def propose(self, planes: Sequence[int]) -> float:
        self._new = [(plane, self.evaluate(plane)) for plane in planes]
        means = [mean.copy() for mean in self._means]
        for plane, blocks in self._new:
            for mean, new, old in zip(means, blocks, self.values[plane], strict=True):
                mean += (new - old) / self.count
        self._proposed = self._loss_of(means), means
        return self._proposed[0] - self.loss

    def accept(self) -> None:
        self.loss, self._means = self._proposed
        for plane, blocks in self._new:
            self.values[plane] = blocks

    def recount(self) -> None:
        self._means = [np.mean(blocks, axis=0) for blocks in zip(*self.values, strict=True)]
        self.loss = self._loss_of(self._means)

    def _loss_of(self, means: Blocks) -> float:
        import tensorflow as tf

        found = tf.nest.pack_sequence_as(self._layout, [tf.constant(mean) for mean in means])
        return self.weight * float(term_loss(self._term, self._loss, found, *self._targets)[0])


@functools.lru_cache(maxsize=16)
def _compiled(term: Term, levels: int, periodic: bool) -> Any:
    """Return the compiled function fields [F, H, W] → blocks [1, F, ...] of every level."""
    import tensorflow as tf

    @tf.function(jit_compile=True, autograph=False)  # type: ignore[untyped-decorator]
    def evaluate(fields: Any) -> Any:
        valid = None if periodic else tf.ones((1, *fields.shape[1:]), fields.dtype)
        return term.descriptor.evaluate(fields[None], valid, levels)

    return evaluate
