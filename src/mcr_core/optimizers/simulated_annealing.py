"""Simulated annealing by swaps of voxels, as an iterator."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any, ClassVar, Literal, final

from pydantic import Field

from mcr_core.optimizers.base import Objective, Optimizer, Step
from mcr_core.optimizers.swap_options import Patience, Proposals, Swap


@final
class SimulatedAnnealing(Optimizer):
    """Swaps of two voxels of unlike phase (Yeong and Torquato); needs no gradient.

    Voxels have one phase all the time, and the phase fractions are exact. A swap that changes the
    loss by d is accepted with the probability min(1, exp(−d / T)). T falls by a constant factor
    from one iteration to the next. At the first temperature, the mean rise of the loss over up to
    200 swaps drawn at the start is accepted with the probability `initial_acceptance`.

    Works with every descriptor. Those that follow swaps (`two_point`, `correlations` and others)
    are thousands of times faster than those whose planes are evaluated again.
    """

    name: ClassVar[str] = "simulated_annealing"
    reference: ClassVar[str] = (
        "Yeong, Torquato, Reconstructing random media, Phys. Rev. E 57, 495 (1998)"
    )
    needs_gradient: ClassVar[bool] = False
    #: Rises of the loss are accepted, so that the result of a run is its lowest step.
    descends: ClassVar[bool] = False

    swap: Swap = "any"
    acceptance: Literal["metropolis", "descent"] = Field(
        "metropolis", description="descent: no swap that raises the loss, whatever temperature."
    )
    temperature: float | None = Field(
        None, ge=0, description="The first one, in values of the loss; default: from the start."
    )
    initial_acceptance: float = Field(
        0.1,
        gt=0,
        lt=1,
        description="Probability to accept the mean rise of the loss at the first temperature.",
    )
    cooling: float | None = Field(
        None,
        gt=0,
        le=1,
        description="Factor of the temperature per iteration; default: so that it falls to a "
        "thousandth by the last one.",
    )
    reheat: int = Field(
        0,
        ge=0,
        description="Iterations without a new lowest loss after which the temperature is the "
        "first one again; 0: never.",
    )
    proposals: Proposals = None
    patience: Patience = 5.0

    def copies(self) -> int:
        """Labels, fields, copies of them for the last and the lowest step; lists of voxels."""
        return 5

    def iterate(self, objective: Objective, start: Any, max_iter: int) -> Generator[Step]:
        """Yield the steps; see `Optimizer.iterate`.

        Steps without fields come first, while the sums are counted that follow swaps. Step 0 is
        the start with exact phase fractions; `evaluations` counts proposed swaps. The steps are
        the states that the search passes through: the lowest may be any of them.
        """
        from mcr_core.swaps.search import Schedule, swap_steps

        descent = self.acceptance == "descent"
        return swap_steps(
            objective,
            start,
            max_iter,
            rule=self.swap,
            schedule=Schedule(
                first=0.0 if descent else self.temperature,
                acceptance=self.initial_acceptance,
                factor=self.cooling,
                reheat=0 if descent else self.reheat,
            ),
            proposals=self.proposals,
            patience=self.patience,
        )
