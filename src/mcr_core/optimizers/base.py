"""The base of optimizers."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Generator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, Protocol, runtime_checkable

from mcr_core.plugin import Plugin

if TYPE_CHECKING:
    from mcr_core.swaps.state import SwapState


@dataclass(frozen=True)
class Evaluation:
    """Value and gradient of an objective at one point.

    Attributes:
        loss: the total.
        parts: what each term adds to it.
        gradient: tensor or array with the shape of the fields.
    """

    loss: float
    parts: Mapping[str, float]
    gradient: Any


class Objective(Protocol):
    """What an optimizer asks: fields [F, (Z,) Y, X] in, value and gradient out."""

    def __call__(self, fields: Any) -> Evaluation:
        """Evaluate at `fields`."""
        ...


@runtime_checkable
class SwapObjective(Objective, Protocol):
    """An objective that knows what swaps of two voxels change, without a whole evaluation."""

    def swaps(self, start: Any) -> SwapState:
        """Return `start` as labels with exact phase fractions, and their loss under swaps.

        The state also carries the seed of the run and whether the result is periodic.
        """
        ...


@dataclass(frozen=True)
class Step:
    """One accepted iterate.

    Attributes:
        iteration: 0 for the start, then 1, 2, …
        evaluations: objective calls so far, or swaps proposed.
        loss: objective at `fields`.
        parts: what each term adds to it.
        fields: array-like [F, (Z,) Y, X] with values in [0, 1].
    """

    iteration: int
    evaluations: int
    loss: float
    parts: Mapping[str, float] = field(default_factory=dict)
    fields: Any = None


class Optimizer(Plugin, ABC):
    """Lowers an objective over fields with values in [0, 1], step by step."""

    #: Whether `iterate` uses gradients, so that every descriptor must be differentiable.
    needs_gradient: ClassVar[bool] = True

    @abstractmethod
    def iterate(self, objective: Objective, start: Any, max_iter: int) -> Generator[Step]:
        """Yield the start as step 0, then one step for every iteration.

        The iterator ends after `max_iter` iterations or where it finds no lower value; closing it
        early leaves nothing behind.

        Args:
            objective: value and gradient; called in the thread that asks for the next step.
            start: array [F, (Z,) Y, X] with values in [0, 1]; not changed.
            max_iter: most iterations, step 0 not counted.
        """

    @abstractmethod
    def copies(self) -> int:
        """How many arrays of the size of the fields a run keeps, in float64: for memory plans."""
