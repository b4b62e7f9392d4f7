"""A moment of a run."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal

from mcr_core.errors import RunError
from mcr_core.microstructure import Microstructure

Phase = Literal["loading", "compiling", "running", "finishing"]


@dataclass(frozen=True, eq=False)
class RunState:
    """A moment of a run.

    Attributes:
        phase: `loading`, `compiling`, `running` or `finishing` (swaps after the last iteration,
            and the last state).
        level: of the schedule, 0 for the coarsest volume; the last one is at full resolution.
        iteration: iterations done.
        evaluations: evaluations of the objective done.
        max_iter: iterations that were asked for.
        loss: objective, NaN before the first evaluation; of the binary result when finishing. A
            coarser volume has a loss of its own: do not compare those of two levels.
        parts: what each term adds to the loss.
        seconds: since the start of the run.
        left: seconds that the iterations that are left may take, see `TimeLeft`; NaN while no pace
            is known.
    """

    phase: Phase
    level: int = 0
    iteration: int = 0
    evaluations: int = 0
    max_iter: int = 0
    loss: float = math.nan
    parts: Mapping[str, float] = field(default_factory=dict)
    seconds: float = 0.0
    _make: Callable[[], Microstructure] | None = field(default=None, repr=False)
    left: float = math.nan
    _grey: Callable[[], float] | None = field(default=None, repr=False)

    @cached_property
    def microstructure(self) -> Microstructure:
        """The microstructure at this moment, with exact phase fractions; made on first access.

        On a coarser volume its voxels are larger.

        Raises:
            RunError: there is none yet: before the start is made.
        """
        if self._make is None:
            raise RunError(f"there is no microstructure yet while the run is {self.phase}")
        return self._make()

    @property
    def has_microstructure(self) -> bool:
        """Whether `microstructure` can be asked for."""
        return self._make is not None

    @cached_property
    def grey(self) -> float:
        """Share of voxels that have no phase yet, see `grey_share`; counted on first access.

        0 of labels, which swaps move; NaN while there are no fields.
        """
        return math.nan if self._grey is None else self._grey()

    def record(self) -> dict[str, Any]:
        """Return the numbers of this state as JSON data."""
        return {
            "level": self.level,
            "iteration": self.iteration,
            "evaluations": self.evaluations,
            "loss": self.loss,
            "parts": dict(self.parts),
            "seconds": round(self.seconds, 3),
            "grey": self.grey,
        }
