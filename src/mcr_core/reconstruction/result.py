"""What a run leaves, and why it has ended."""

from __future__ import annotations

import enum
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mcr_core.characterization import Characterization
from mcr_core.history import to_record
from mcr_core.microstructure import Microstructure


class StopReason(enum.Enum):
    """Why a run has ended, with advice."""

    MAX_ITER = "all iterations done; more would lower the loss further"
    CONVERGED = "the optimizer finds no lower loss"
    NOISE_FLOOR = "the statistics are met within their sampling errors, and the voxels are still"
    STOPPED = "stopped early on request; the result is what was reached"
    DIVERGED = "the loss became NaN; the last finite state is kept: lower the weights or the step"


@dataclass(frozen=True, eq=False)
class RunResult:
    """What a run leaves.

    Attributes:
        microstructure: one phase in every voxel, fractions exact to the voxel.
        target: the statistics it was to meet.
        history: the numbers of every iteration.
        stop_reason: why it ended.
        loss: objective of the result.
        seconds: duration.
        notes: what the user should know about the target.
    """

    microstructure: Microstructure
    target: Characterization
    history: tuple[dict[str, Any], ...]
    stop_reason: StopReason
    loss: float
    seconds: float
    notes: tuple[str, ...] = ()

    def record(self) -> dict[str, Any]:
        """Return how it went as JSON data: what a written result carries beside its job."""
        return outcome(self.stop_reason, self.history, self.loss, self.seconds, self.notes)

    def __repr__(self) -> str:
        done = self.history[-1]["iteration"] if self.history else 0
        return (
            f"RunResult({self.microstructure!r}, stop_reason={self.stop_reason.name}, "
            f"iterations={done}, loss={self.loss:.4g}, seconds={self.seconds:.1f}, "
            f"notes={len(self.notes)})"
        )


def outcome(
    stop_reason: StopReason,
    history: Sequence[Mapping[str, Any]],
    loss: float,
    seconds: float,
    notes: Sequence[str],
) -> dict[str, Any]:
    """Return how a run went as JSON data; see `RunResult` for the arguments."""
    return {
        "stop_reason": stop_reason.name.lower(),
        "iterations": history[-1]["iteration"] if history else 0,
        "loss": loss if math.isfinite(loss) else None,  # JSON has no NaN
        "seconds": round(seconds, 3),
        "notes": list(notes),
        "history": to_record(history),
    }
