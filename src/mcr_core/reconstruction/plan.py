"""What a run needs, put together by a verb."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from mcr_core.characterization import Characterization
from mcr_core.microstructure import Microstructure
from mcr_core.optimizers.base import Objective, Optimizer
from mcr_core.parametrization import SimplexSteps
from mcr_core.phases import to_labels
from mcr_core.reconstruction.noise_floor import NoiseFloor


@dataclass(frozen=True)
class CoarseLevel:
    """A coarser volume that comes before the next one.

    Attributes:
        objective: what is lowered there.
        finish: gives the phase-exact microstructure of fields there.
        refine: gives the fields that the next level starts from.
    """

    objective: Objective
    finish: Callable[[Any], Microstructure]
    refine: Callable[[Any], Any]


@dataclass(frozen=True)
class Plan:
    """What a run needs.

    Attributes:
        target: the statistics to meet.
        objective: what is lowered, at full resolution.
        start: the fields to start from, on the first level.
        finish: gives the phase-exact microstructure of fields at full resolution.
        optimizer: what steps, on every level anew.
        notes: what the user should know about the target.
        finish_sweeps: see `Settings`.
        finish_seconds: see `Settings`.
        finish_smoothing: see `Settings`.
        coarse: coarser volumes that come first, from the coarsest.
        noise_floor: what ends the run at full resolution early; None: nothing.
        initial: the microstructure that the run begins with; None: it is not of that extent, or
            none was given.
    """

    target: Characterization
    objective: Objective
    start: Any
    finish: Callable[[Any], Microstructure]
    optimizer: Optimizer | SimplexSteps
    notes: tuple[str, ...] = ()
    finish_sweeps: int = 0
    finish_seconds: float | None = None
    finish_smoothing: float = 0.0
    coarse: tuple[CoarseLevel, ...] = ()
    noise_floor: NoiseFloor | None = None
    initial: Microstructure | None = None


def finisher(
    template: Microstructure, fractions: Any, seed: int
) -> Callable[[Any], Microstructure]:
    """Return the function that makes fields [F, …] a microstructure with exact fractions."""

    def finish(fields: Any) -> Microstructure:
        return template.with_labels(to_labels(np.asarray(fields), fractions, seed))

    return finish
