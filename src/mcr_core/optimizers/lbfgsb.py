"""L-BFGS-B of SciPy, as an iterator."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any, ClassVar, final

from pydantic import Field

from mcr_core.optimizers.base import FIRST_STEP, Objective, Optimizer, Step, until_flat
from mcr_core.optimizers.scipy_thread import scipy_steps


@final
class LBFGSB(Optimizer):
    """Limited-memory BFGS with bounds: few, good steps; the default.

    The objective is scaled so that the first step is one that changes the fields: SciPy begins
    with the gradient itself, and that of a mean over many voxels is small.
    """

    name: ClassVar[str] = "lbfgsb"
    reference: ClassVar[str] = (
        "Byrd, Lu, Nocedal, Zhu, A limited memory algorithm for bound constrained optimization, "
        "SIAM J. Sci. Comput. 16, 1190 (1995)"
    )

    history: int = Field(
        10, ge=1, le=100, description="Number of past steps that approximate the curvature."
    )
    tolerance: float = Field(
        1e-9,
        ge=0,
        lt=1,
        description="Ends where an iteration lowers the loss by less than this part of the first.",
    )
    max_line_search: int = Field(
        20, ge=1, le=100, description="Most evaluations within one iteration."
    )

    def copies(self) -> int:
        """2 × history correction vectors; lists of bounds that SciPy makes, work space, points."""
        return 2 * self.history + 46

    def iterate(self, objective: Objective, start: Any, max_iter: int) -> Generator[Step]:
        """Yield the steps; see `Optimizer.iterate`."""
        options = {
            "maxiter": max_iter,
            "maxfun": 2**31 - 1,  # iterations are what is counted
            "maxcor": self.history,
            "ftol": 0.0,
            "gtol": 0.0,
            "maxls": self.max_line_search,
        }
        steps = scipy_steps("L-BFGS-B", options, objective, start, max_iter, first_step=FIRST_STEP)
        return until_flat(steps, self.tolerance)
