"""The base of optimizers."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Generator, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from typing import Any, ClassVar, Protocol, runtime_checkable

import numpy as np
import numpy.typing as npt

from mcr_core.plugin import Plugin

#: Root mean square of the first step, in field values; the line search makes it longer or shorter.
FIRST_STEP = 0.1


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
    """What an optimizer asks: fields [F, (Z,) Y, X] in, value and gradient out.

    One whose arguments have other bounds than 0 and 1 says so by `bounds`; see `bounds_of`.
    """

    def __call__(self, fields: Any) -> Evaluation:
        """Evaluate at `fields`."""
        ...


def bounds_of(objective: Objective) -> tuple[float, float]:
    """Least and largest value that the arguments of an objective may have: 0 and 1 of fields."""
    low, high = getattr(objective, "bounds", (0.0, 1.0))
    return float(low), float(high)


@runtime_checkable
class EstimatedObjective(Objective, Protocol):
    """An objective whose calls may return estimates, and which tells what happened to it."""

    @property
    def estimated(self) -> bool:
        """Whether calls return estimates."""
        ...

    @property
    def notes(self) -> tuple[str, ...]:
        """What happened in evaluations that the user should know."""
        ...

    def in_full(self, fields: Any) -> Evaluation:
        """Evaluate at `fields`; no estimate."""
        ...


class Swaps(Protocol):
    """What an optimizer asks of labels that move by swaps of two voxels.

    A voxel is named by its position in flat order. Propose a swap, then accept or reject it.
    """

    @property
    def labels(self) -> npt.NDArray[np.uint8]:
        """Phase of every voxel, (Y, X) or (Z, Y, X)."""
        ...

    @property
    def periodic(self) -> bool:
        """Whether opposite faces continue each other."""
        ...

    @property
    def seed(self) -> int:
        """For whoever draws swaps."""
        ...

    @property
    def work(self) -> float:
        """Time of a proposal in nanoseconds, roughly; it depends on shape and terms only."""
        ...

    @property
    def loss(self) -> float:
        """The loss of the labels."""
        ...

    @property
    def parts(self) -> Mapping[str, float]:
        """What each term adds to the loss."""
        ...

    def fields(self) -> npt.NDArray[np.float32]:
        """Return the indicator functions [F, (Z,) Y, X] of the labels, in an array of its own."""
        ...

    def propose(self, first: int, second: int) -> float:
        """Return by how much the swap of two voxels of unlike phase would change the loss."""
        ...

    def accept(self) -> None:
        """Swap what was proposed last."""
        ...

    def reject(self) -> None:
        """Forget what was proposed last."""
        ...

    def recount(self) -> None:
        """Compute the loss anew, without the rounding errors of changes."""
        ...


@runtime_checkable
class SwapObjective(Objective, Protocol):
    """An objective that knows what swaps of two voxels change, without a whole evaluation."""

    def swaps(self, start: Any) -> Swaps:
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
        fields: array-like [F, (Z,) Y, X] with values in [0, 1]. None: the optimizer still
            prepares its first step; the loss is NaN.
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
    #: Whether no step has a higher loss than the one before; else a result is the lowest step.
    descends: ClassVar[bool] = True
    #: Whether it takes a loss and gradient that are estimates, right in the mean over many steps
    #: only (see `Settings.planes`): nothing in it compares the losses of two evaluations.
    stochastic: ClassVar[bool] = False
    #: Whether it computes with TensorFlow: for memory plans.
    needs_tensorflow: ClassVar[bool] = False

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


def until_flat(steps: Generator[Step], tolerance: float) -> Generator[Step]:
    """Yield steps until one lowers the loss by no more than this part of the first loss."""
    with closing(steps):
        least = last = 0.0
        for step in steps:
            yield step
            if step.iteration and not last - step.loss > least:
                return
            if not step.iteration:
                least = tolerance * abs(step.loss)
            last = step.loss
