"""A reconstruction as a stream of states: who listens decides pace and end."""

from mcr_core.reconstruction.plan import CoarseLevel, Plan, finisher
from mcr_core.reconstruction.result import RunResult, StopReason
from mcr_core.reconstruction.run import Run
from mcr_core.reconstruction.state import Phase, RunState

__all__ = [
    "CoarseLevel",
    "Phase",
    "Plan",
    "Run",
    "RunResult",
    "RunState",
    "StopReason",
    "finisher",
]
