"""Labels, and their loss under swaps."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from mcr_core.microstructure import field_phases
from mcr_core.swaps.moves import Move, SwapTerm, Voxel


class SwapState:
    """A microstructure that moves by swaps of two voxels, and its loss.

    A voxel is named by its position in flat order. Exhaust `prepare` first: the loss is NaN before.
    Propose a swap, then accept or reject it.

    Args:
        labels: phase of every voxel, (Y, X) or (Z, Y, X).
        fields: its indicator functions [F, Z, Y, X], Z = 1 for an image; the terms look at them.
        phase_count: number of phases.
        terms: the parts of the loss.
        periodic: whether opposite faces of the microstructure continue each other.
        seed: for whoever draws swaps.
    """

    def __init__(
        self,
        labels: npt.NDArray[np.uint8],
        fields: npt.NDArray[Any],
        phase_count: int,
        terms: Sequence[SwapTerm],
        *,
        periodic: bool,
        seed: int,
    ) -> None:
        self.labels = labels
        self.periodic = periodic
        self.seed = seed
        # Ten times as fast as the array, for single voxels.
        self._flat = labels.reshape(-1).data
        self._fields = fields
        self._row, self._plane = labels.shape[-1], labels.shape[-1] * labels.shape[-2]
        self._terms = terms
        self._looked_at = any(term.looks_at_fields for term in terms)
        self._moves = _moves(phase_count)
        self._proposed: tuple[int, int] = (0, 0)
        self._change = 0.0
        self.loss = math.nan

    def prepare(self) -> Iterator[None]:
        """Set up the terms, and then the loss; what comes in between lets the caller give up."""
        for term in self._terms:
            yield from term.prepare()
        self.recount()

    @property
    def parts(self) -> dict[str, float]:
        """What each term adds to the loss."""
        return {name: loss for term in self._terms for name, loss in term.parts.items()}

    @property
    def work(self) -> float:
        """Time of a proposal in nanoseconds, roughly; it depends on shape and terms only."""
        return 10_000 + sum(term.work() for term in self._terms)

    def fields(self) -> npt.NDArray[np.float32]:
        """Return the indicator functions [F, (Z,) Y, X] of the labels."""
        phases = field_phases(len(self._moves))
        return np.stack([self.labels == phase for phase in phases]).astype(np.float32)

    def voxel(self, index: int) -> Voxel:
        """Return (z, y, x) of a voxel."""
        z, rest = divmod(index, self._plane)
        y, x = divmod(rest, self._row)
        return z, y, x

    def propose(self, first: int, second: int) -> float:
        """Return by how much the swap of two voxels of unlike phase would change the loss."""
        moves = self._moves[self._flat[first]][self._flat[second]]
        one, two = self.voxel(first), self.voxel(second)
        self._proposed = first, second
        if self._looked_at:
            self._swap_fields(one, two, moves, 1)
        change = 0.0
        for term in self._terms:
            change += term.propose(one, two, moves)
        self._change = change
        return change

    def accept(self) -> None:
        """Swap what was proposed last."""
        first, second = self._proposed
        flat = self._flat
        for term in self._terms:
            term.accept()
        self.loss += self._change
        flat[first], flat[second] = flat[second], flat[first]

    def reject(self) -> None:
        """Forget what was proposed last."""
        if self._looked_at:
            first, second = self._proposed
            moves = self._moves[self._flat[first]][self._flat[second]]
            self._swap_fields(self.voxel(first), self.voxel(second), moves, -1)

    def recount(self) -> None:
        """Compute the loss anew, without the rounding errors of changes."""
        for term in self._terms:
            term.recount()
        self.loss = sum(self.parts.values())

    def _swap_fields(
        self, first: Voxel, second: Voxel, moves: Sequence[Move], direction: int
    ) -> None:
        for field, sign in moves:
            self._fields[(field, *first)] += direction * sign
            self._fields[(field, *second)] -= direction * sign


def _moves(phase_count: int) -> list[list[list[Move]]]:
    """Changes of the fields where a voxel goes from the first phase to the second."""
    fields = {phase: number for number, phase in enumerate(field_phases(phase_count))}
    return [
        [
            [(fields[p], sign) for p, sign in ((old, -1), (new, 1)) if p in fields and old != new]
            for new in range(phase_count)
        ]
        for old in range(phase_count)
    ]


def indicators(
    labels: npt.NDArray[np.uint8], phase_count: int, dtype: npt.DTypeLike
) -> npt.NDArray[Any]:
    """Return the indicator functions [F, Z, Y, X] of labels, Z = 1 for an image."""
    volume = labels if labels.ndim == 3 else labels[None]
    return np.stack([volume == phase for phase in field_phases(phase_count)]).astype(dtype)
