"""Where a run has reached what its target knows: the rule `stop="noise_floor"`."""

from __future__ import annotations

from collections import deque
from typing import Any, final

import numpy as np

from mcr_core.optimizers.base import Step

#: Iterations over which flips are counted, and every how many of them they are.
_WINDOW, _EVERY = 20, 5
#: Part of the voxels that may flip.
_STILL = 1e-3


@final
class NoiseFloor:
    """Tells whether the statistics are met within their sampling errors, and the voxels are still.

    That is, whether the loss of the terms is at most the one where each residual is as large as
    the sampling error (the reduced chi-square, the weighted mean of the terms, is 1), and fewer
    than 0.1 % of the voxels have another phase than 20 iterations before. Phases are those of the
    largest field (two phases: above 1/2), looked at every fifth iteration.

    Args:
        loss: at which the reduced chi-square is 1.
    """

    def __init__(self, loss: float) -> None:
        self._loss = loss
        self._seen: deque[np.ndarray[Any, Any]] = deque(maxlen=_WINDOW // _EVERY)

    def reached(self, iteration: int, step: Step) -> bool:
        """Whether a run may end; ask after every iteration of the finest level.

        Args:
            iteration: on this level.
            step: what the optimizer has yielded.
        """
        if iteration % _EVERY:
            return False
        phases = _phases(np.asarray(step.fields))
        before = self._seen[0] if len(self._seen) == self._seen.maxlen else None
        self._seen.append(phases)
        # Penalties such as that on the sum of the fields are no statistics.
        loss = step.loss - step.parts.get("phase sum", 0.0)
        if before is None or not loss <= self._loss:
            return False
        return int(np.count_nonzero(phases != before)) < _STILL * phases.size


def _phases(fields: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """The phase of every voxel, of fields [F, …]."""
    two = len(fields) == 1
    found: np.ndarray[Any, Any] = fields[0] > 0.5 if two else np.argmax(fields, 0).astype(np.uint8)
    return found
