"""A term whose descriptor does not follow swaps: the touched planes are evaluated again."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from mcr_core.characterization import Characterization
from mcr_core.losses import Loss
from mcr_core.objective.arrays import array_losses
from mcr_core.objective.planes import unweighted
from mcr_core.objective.term_loss import term_loss
from mcr_core.objective.wanted import target_tensors
from mcr_core.planes import plane_names
from mcr_core.settings import Settings
from mcr_core.swaps.axis_planes import AxisPlanes
from mcr_core.swaps.moves import Move, SwapTerm, Voxel
from mcr_core.swaps.tracker import Array
from mcr_core.term import Term

#: What an evaluation costs in nanoseconds, roughly: the call (of a compiled function, of NumPy),
#: and every feature of a pixel.
PER_CALL, _PER_ARRAYS, PER_FEATURE = 1_000_000, 5_000_000, 10.0


class EvaluatedTerm(SwapTerm):
    """The loss of a term, plane by plane; of a volumetric one, the volume is its one plane.

    Args:
        target: the statistics to meet.
        term: descriptor and weights.
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
        names = (
            plane_names(len(shape))[:1] if term.descriptor.volumetric else plane_names(len(shape))
        )
        self._axes = [_Axis(target, term, fields, settings, shape, plane) for plane in names]
        self._missing = [(axis, plane) for axis in self._axes for plane in range(len(axis.losses))]
        self._proposed: list[tuple[_Axis, int, float]] = []

    def prepare(self) -> Iterator[None]:
        """Evaluate plane by plane; see `SwapTerm.prepare`."""
        while self._missing:
            axis, plane = self._missing.pop()
            axis.losses[plane] = axis.evaluate(plane)
            yield

    @property
    def parts(self) -> dict[str, float]:
        """The loss under the name of the term; planes that `prepare` has left are evaluated."""
        for _ in self.prepare():
            pass
        return {self._label: sum(axis.weight * float(axis.losses.sum()) for axis in self._axes)}

    def work(self) -> float:
        """See `SwapTerm.work`."""
        return sum(axis.work for axis in self._axes)

    def propose(self, first: Voxel, second: Voxel, moves: Sequence[Move]) -> float:
        """See `SwapTerm.propose`; the fields have the swap already."""
        self._proposed.clear()
        change = 0.0
        for axis in self._axes:
            for plane in sorted({axis.plane_of(first), axis.plane_of(second)}):
                loss = axis.evaluate(plane)
                change += axis.weight * (loss - float(axis.losses[plane]))
                self._proposed.append((axis, plane, loss))
        return change

    def accept(self) -> None:
        """See `SwapTerm.accept`."""
        for axis, plane, loss in self._proposed:
            axis.losses[plane] = loss

    def recount(self) -> None:
        """Nothing to do: losses of planes are kept, not their changes."""


class _Axis:
    """All planes of one kind, with their losses."""

    def __init__(
        self,
        target: Characterization,
        term: Term,
        fields: Array,
        settings: Settings,
        shape: tuple[int, ...],
        plane: str,
    ) -> None:
        if term.descriptor.volumetric:
            self._planes, self._normal = fields[None], None
            levels, self.weight = 1, term.weight
        else:
            axis = AxisPlanes(target, term, fields, settings, shape, plane)
            self._planes, self._normal = axis.planes, axis.order[0]
            levels, self.weight = len(axis.wanted), axis.weight
        dtype = settings.dtype if term.descriptor.differentiable else "float64"
        targets = target_tensors(target, term, len(shape), plane, settings, levels, dtype)
        self._loss = _loss_function(term, settings, levels, targets)
        self.losses = np.full(len(self._planes), np.nan)
        pixels = math.prod(self._planes.shape[1:])
        call = PER_CALL if term.descriptor.differentiable else _PER_ARRAYS
        each = call + PER_FEATURE * pixels * term.descriptor.features()
        self.work = each * min(2, len(self._planes))

    def plane_of(self, voxel: Voxel) -> int:
        return 0 if self._normal is None else voxel[self._normal]

    def evaluate(self, plane: int) -> float:
        return self._loss(self._planes[plane])


def _loss_function(
    term: Term, settings: Settings, levels: int, targets: tuple[Any, Any]
) -> Callable[[Array], float]:
    """Return the function from fields [F, ...] of a plane or volume to the loss of the term."""
    import tensorflow as tf

    if term.descriptor.differentiable:
        compiled = _compiled(unweighted([term])[0], settings.loss, levels, settings.periodic)
        return lambda fields: float(compiled(tf.constant(fields, settings.dtype), targets))

    def of_arrays(fields: Array) -> float:
        return float(array_losses(term, settings, fields[None].astype(float), levels, *targets)[0])

    return of_arrays


@functools.lru_cache(maxsize=16)
def _compiled(term: Term, loss: Loss, levels: int, periodic: bool) -> Any:
    """Return the compiled function (fields, targets) → loss."""
    import tensorflow as tf

    @tf.function(jit_compile=True, autograph=False)  # type: ignore[untyped-decorator]
    def evaluate(fields: Any, targets: Any) -> Any:
        valid = None if periodic else tf.ones((1, *fields.shape[1:]), fields.dtype)
        found = term.descriptor.evaluate(fields[None], valid, levels)
        return term_loss(term, loss, found, *targets)[0]

    return evaluate
