"""Swaps of neighbours that lower the loss: the finish after a gradient run."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from typing import Any, ClassVar, final

from mcr_core.microstructure import Microstructure
from mcr_core.optimizers.base import Objective, Optimizer, Step
from mcr_core.optimizers.swap_options import NewSpecks, Patience, Proposals, Swap


@final
class SwapsPost(Optimizer):
    """Swaps of neighbouring voxels at zero temperature, to finish what gradients have left.

    A swap of two voxels of unlike phase is made if it does not raise the loss. The phase
    fractions are exact. Start it from a result, or let `finish_sweeps` of a gradient run do it.
    """

    name: ClassVar[str] = "swaps_post"
    reference: ClassVar[str] = (
        "Seibert et al., Integr. Mater. Manuf. Innov. 11, 450 (2022), section on optimizers"
    )
    needs_gradient: ClassVar[bool] = False

    swap: Swap = "neighbours"
    proposals: Proposals = None
    patience: Patience = 2.0
    new_specks: NewSpecks = True

    def copies(self) -> int:
        """Labels, fields and a copy of them for the last step."""
        return 5

    def iterate(self, objective: Objective, start: Any, max_iter: int) -> Generator[Step]:
        """Yield the steps; see `Optimizer.iterate`.

        Steps without fields come first, while the sums are counted that follow swaps. Step 0 is
        the start with exact phase fractions; `evaluations` counts proposed swaps.
        """
        from mcr_core.swaps.search import Schedule, swap_steps

        return swap_steps(
            objective,
            start,
            max_iter,
            rule=self.swap,
            schedule=Schedule(),
            proposals=self.proposals,
            patience=self.patience,
            new_specks=self.new_specks,
        )


def finishing_steps(objective: Objective, result: Microstructure, sweeps: int) -> Iterator[Step]:
    """Yield the steps of `swaps_post`, without new specks, until enough swaps have been tried.

    The loss never rises from one step to the next; those without fields come first.

    Args:
        objective: see `Optimizer.iterate`.
        result: what a run has reached.
        sweeps: swaps a voxel; the last iteration may try a few more.
    """
    proposals = sweeps * result.labels.size
    # An iteration tries one swap or more, and every step tells how many there were so far.
    finish = SwapsPost(new_specks=False)
    for step in finish.iterate(objective, result.fields(), proposals):
        yield step
        if step.evaluations > proposals:
            return
