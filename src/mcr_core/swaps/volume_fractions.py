"""The volume fraction of a plane, kept up to date under changes of single pixels."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, final

import numpy as np

from mcr_core.swaps.tracker import Array, Change, Sums, Tracker


@final
class VolumeFractionsTracker(Tracker):
    """Σ g(x): a swap within a plane leaves it, a swap between two planes moves 1."""

    def __init__(self, descriptor: Any, image: Array, top: int, periodic: bool) -> None:
        scale = 1.0 / (image.size * top)
        self.blocks = {"volume_fractions": Sums(np.array([float(image.sum())]), scale, ())}

    @staticmethod
    def cells(descriptor: Any, height: int, width: int) -> int:
        """One; see `Tracker.cells`."""
        return 1

    @staticmethod
    def workspace(descriptor: Any, height: int, width: int, top: int) -> None:
        """None is needed; see `Tracker.workspace`."""

    def propose(self, changes: Sequence[Change], workspace: Any) -> tuple[Array, ...]:
        """Return the change of the sum; see `Tracker.propose`."""
        return (np.array([float(sum(sign for *_, sign in changes))]),)

    def put(self, changes: Sequence[Change]) -> None:
        """Nothing to do: the sum needs no pixels."""
