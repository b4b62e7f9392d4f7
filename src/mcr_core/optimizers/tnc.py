"""Truncated Newton of SciPy (TNC), as an iterator."""

from __future__ import annotations

import math
from collections.abc import Generator
from typing import Any, ClassVar, final

import numpy as np
from pydantic import Field

from mcr_core.optimizers.base import Objective, Optimizer, Step
from mcr_core.optimizers.scipy_thread import scipy_steps


@final
class TNC(Optimizer):
    """Truncated Newton with bounds: curvature from differences of gradients.

    An iteration solves the Newton equations roughly by conjugate gradients, each step of which
    evaluates the objective once, and then searches along a line that ends at the first bound a
    voxel meets. Many voxels near 0 or 1 therefore make it slow; L-BFGS-B has no such limit. The
    objective is scaled by its value at the start, so that `tolerance` is relative.
    """

    name: ClassVar[str] = "tnc"
    reference: ClassVar[str] = (
        "Nash, Newton-type minimization via the Lanczos method, SIAM J. Numer. Anal. 21, 770 (1984)"
    )

    conjugate_gradients: int = Field(
        1,
        ge=0,
        le=1000,
        description="Most evaluations per iteration for the direction; 0: steepest descent.",
    )
    tolerance: float = Field(
        1e-9,
        ge=0,
        lt=1,
        description="Ends where an iteration lowers the loss by less than this part of the first.",
    )

    def copies(self) -> int:
        """About 20 vectors of the solver; lists of bounds that SciPy makes, points, gradients."""
        return 56

    def iterate(self, objective: Objective, start: Any, max_iter: int) -> Generator[Step]:
        """Yield the steps; see `Optimizer.iterate`."""
        dtype = np.asarray(start).dtype
        # The objective computes in the precision of the start: a difference below the root of
        # its resolution would measure rounding.
        precision = np.finfo(dtype if dtype.kind == "f" else np.float64).eps
        options = {
            "maxCGit": self.conjugate_gradients,
            "accuracy": math.sqrt(precision),
            "ftol": self.tolerance,
            "xtol": 0.0,
            "gtol": 0.0,
            "maxfun": 2**31 - 1,  # iterations are what is counted
        }
        return scipy_steps("TNC", options, objective, start, max_iter)
