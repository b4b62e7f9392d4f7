"""The base of trackers: what a descriptor sums over a plane, kept up to date under changes."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]

#: A pixel (row, column) whose whole number changes by 1 or −1. There are one or two in a plane,
#: and two have opposite signs.
Change = tuple[int, int, int]


@dataclass
class Sums:
    """A block of a descriptor as sums over pixels.

    The values of the block are `(sums * scale)[cells]`, in flat order.

    Attributes:
        sums: whole numbers, as floats that are exact, [n]; 0 in cells that are no entry.
        scale: 1 / norm, for all cells or for each of them, [n].
        shape: shape of the block.
        cells: the cell of every entry; None: entries are cells, in the same order.
    """

    sums: Array
    scale: float | Array
    shape: tuple[int, ...]
    cells: npt.NDArray[np.int64] | None = None

    def values(self) -> npt.NDArray[np.float64]:
        """Return the block."""
        values: npt.NDArray[np.float64] = self.sums.astype(np.float64) * self.scale
        return (values if self.cells is None else values[self.cells]).reshape(self.shape)


class Tracker(ABC):
    """Sums of a descriptor over one field of one plane, on one level of its pyramid.

    On level k the pixels are whole numbers 0 … 4^k, the number of voxels of the phase in a
    coarse pixel; a swap changes them by 1. Sums are whole numbers, so that nothing drifts, or
    else `recount` counts them.
    A subclass sets `blocks` and implements the rest.

    Args:
        descriptor: whose sums they are.
        image: whole numbers 0 … `top`, [H, W].
        top: the number that stands for the value 1 of the field, 4^level.
        periodic: whether the plane wraps.
    """

    #: The blocks of the descriptor, in its order.
    blocks: Mapping[str, Sums]

    @abstractmethod
    def __init__(self, descriptor: Any, image: Array, top: int, periodic: bool) -> None: ...

    @staticmethod
    @abstractmethod
    def cells(descriptor: Any, height: int, width: int) -> int:
        """Return the number of sums for planes of that extent: for plans of memory and time."""

    @classmethod
    def work(cls, descriptor: Any, height: int, width: int) -> float:
        """Return the time of a proposal in nanoseconds, roughly, for plans of iterations."""
        return 10_000 + 1.5 * cls.cells(descriptor, height, width)

    @staticmethod
    @abstractmethod
    def workspace(descriptor: Any, height: int, width: int, top: int) -> Any:
        """Return scratch arrays for a proposal.

        Trackers of one descriptor, extent and level may share them, where their proposals are
        not open at the same time.
        """

    @abstractmethod
    def propose(self, changes: Sequence[Change], workspace: Any) -> tuple[Array, ...]:
        """Return how much the sums of every block would change; nothing is changed yet.

        The arrays may lie in the workspace.
        """

    @abstractmethod
    def put(self, changes: Sequence[Change]) -> None:
        """Change the pixels."""

    def accept(self, changes: Sequence[Change], deltas: Sequence[Array]) -> None:
        """Make a proposal real; `deltas` is what `propose` has returned for it."""
        for block, delta in zip(self.blocks.values(), deltas, strict=True):
            block.sums += delta
        self.put(changes)

    def recount(self) -> None:  # noqa: B027 - most trackers have whole numbers only
        """Count the sums anew that are no whole numbers; called once an iteration."""
