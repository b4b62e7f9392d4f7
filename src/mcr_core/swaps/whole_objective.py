"""Swaps for any objective: it is evaluated again for every one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from mcr_core.optimizers.base import Objective
from mcr_core.phases import to_labels
from mcr_core.swaps.moves import Move, SwapTerm, Voxel
from mcr_core.swaps.swap_state import SwapState, indicators

#: What an evaluation costs in nanoseconds, roughly: the call, and every value of the fields.
_PER_CALL, _PER_VALUE = 1_000_000, 10.0


def any_state(objective: Objective, start: Any) -> SwapState:
    """Return the state for any objective of fields, whose phases have the fractions of `start`.

    Its `prepare` is still to be called.
    """
    fields = np.asarray(start)
    count = 2 if len(fields) == 1 else len(fields)
    means = fields.reshape(len(fields), -1).mean(axis=1)
    labels = to_labels(fields, [1 - means[0], means[0]] if count == 2 else means)
    volume = indicators(labels, count, np.float64)
    term = WholeObjective(objective, volume, labels.ndim)
    return SwapState(labels, volume, count, [term], periodic=False, seed=0)


class WholeObjective(SwapTerm):
    """Any objective: it is evaluated again for every swap."""

    looks_at_fields = True

    def __init__(self, objective: Objective, fields: npt.NDArray[Any], ndim: int) -> None:
        self._objective = objective
        self._fields = fields if ndim == 3 else fields[:, 0]
        self._current = self._proposed = objective(self._fields.copy())

    @property
    def parts(self) -> dict[str, float]:
        """The parts of the objective."""
        return dict(self._current.parts)

    def work(self) -> float:
        """See `SwapTerm.work`."""
        return _PER_CALL + _PER_VALUE * self._fields.size

    def propose(self, first: Voxel, second: Voxel, moves: Sequence[Move]) -> float:
        """See `SwapTerm.propose`; the fields have the swap already."""
        self._proposed = self._objective(self._fields.copy())
        return self._proposed.loss - self._current.loss

    def accept(self) -> None:
        """See `SwapTerm.accept`."""
        self._current = self._proposed

    def recount(self) -> None:
        """Nothing to do: the loss is kept, not its changes."""
