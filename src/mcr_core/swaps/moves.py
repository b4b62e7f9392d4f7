"""What a swap is to the terms of a loss."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from typing import Protocol, runtime_checkable

#: A voxel (z, y, x); z = 0 for an image.
Voxel = tuple[int, int, int]

#: A field that a swap changes, and by how much at the first voxel: 1 or −1. The second voxel
#: changes by the opposite.
Move = tuple[int, int]


@runtime_checkable
class Preparing(Protocol):
    """Something that is set up bit by bit, so that whoever asks for it can give up in between."""

    def prepare(self) -> Iterator[None]:
        """Set it up; to be exhausted before anything else is asked of it."""
        ...


class SwapTerm(ABC):
    """A part of the loss that follows swaps of two voxels."""

    #: Whether the swap must be in the fields already when it is proposed.
    looks_at_fields: bool = False

    def prepare(self) -> Iterator[None]:
        """Set up what takes long; see `Preparing`. Here there is nothing of that kind."""
        return iter(())

    @property
    @abstractmethod
    def parts(self) -> dict[str, float]:
        """The loss as it is, by name."""

    @abstractmethod
    def work(self) -> float:
        """Return the time of a proposal in nanoseconds, roughly; by extent and options only."""

    @abstractmethod
    def propose(self, first: Voxel, second: Voxel, moves: Sequence[Move]) -> float:
        """Return by how much a swap would change the loss; nothing is changed yet."""

    @abstractmethod
    def accept(self) -> None:
        """Make the last proposal real."""

    @abstractmethod
    def recount(self) -> None:
        """Compute the loss anew, without the rounding errors of changes."""
