"""The loss of a microstructure against a target, with its gradient."""

from mcr_core.objective.planes import CHUNK
from mcr_core.objective.target import TargetObjective
from mcr_core.objective.wanted import shared_levels

__all__ = ["CHUNK", "TargetObjective", "shared_levels"]
