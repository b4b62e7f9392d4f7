"""Microstructure characterization and reconstruction.

The names below are loaded on first use, so that importing the package is quick and the command
line can answer without TensorFlow.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mcr_core import descriptors, losses, optimizers, starts
    from mcr_core.characterization import Characterization
    from mcr_core.characterization_file import read_characterization, write_characterization
    from mcr_core.checks.check import Check
    from mcr_core.errors import McrError
    from mcr_core.images import read, write
    from mcr_core.job import Job
    from mcr_core.microstructure import Microstructure
    from mcr_core.reconstruction import Run, RunResult, RunState, StopReason
    from mcr_core.recording import Recorder, Recording, read_recording
    from mcr_core.scorecard.card import Scorecard
    from mcr_core.scorecard.files import write_scorecard
    from mcr_core.scorecard.overlap import overlap
    from mcr_core.settings import Settings
    from mcr_core.statistics.comparison import Comparison
    from mcr_core.term import Term
    from mcr_core.verbs.characterize import characterize
    from mcr_core.verbs.check import check
    from mcr_core.verbs.compare import compare
    from mcr_core.verbs.export import export
    from mcr_core.verbs.from_arrays import from_arrays
    from mcr_core.verbs.interpolate import interpolate
    from mcr_core.verbs.match import match, match_iter
    from mcr_core.verbs.merge import merge
    from mcr_core.verbs.plan import plan
    from mcr_core.verbs.preview import preview
    from mcr_core.verbs.reconstruct import reconstruct, reconstruct_iter
    from mcr_core.verbs.run import run, run_iter
    from mcr_core.verbs.score import score
    from mcr_core.verbs.smooth import smooth
    from mcr_core.verbs.view import view

_HOME = {
    "Characterization": "mcr_core.characterization",
    "Check": "mcr_core.checks.check",
    "Comparison": "mcr_core.statistics.comparison",
    "Job": "mcr_core.job",
    "McrError": "mcr_core.errors",
    "Microstructure": "mcr_core.microstructure",
    "Recorder": "mcr_core.recording",
    "Recording": "mcr_core.recording",
    "Run": "mcr_core.reconstruction",
    "RunResult": "mcr_core.reconstruction",
    "RunState": "mcr_core.reconstruction",
    "Scorecard": "mcr_core.scorecard.card",
    "Settings": "mcr_core.settings",
    "StopReason": "mcr_core.reconstruction",
    "Term": "mcr_core.term",
    "characterize": "mcr_core.verbs.characterize",
    "check": "mcr_core.verbs.check",
    "compare": "mcr_core.verbs.compare",
    "export": "mcr_core.verbs.export",
    "from_arrays": "mcr_core.verbs.from_arrays",
    "interpolate": "mcr_core.verbs.interpolate",
    "match": "mcr_core.verbs.match",
    "match_iter": "mcr_core.verbs.match",
    "merge": "mcr_core.verbs.merge",
    "overlap": "mcr_core.scorecard.overlap",
    "plan": "mcr_core.verbs.plan",
    "preview": "mcr_core.verbs.preview",
    "read": "mcr_core.images",
    "read_characterization": "mcr_core.characterization_file",
    "read_recording": "mcr_core.recording",
    "reconstruct": "mcr_core.verbs.reconstruct",
    "reconstruct_iter": "mcr_core.verbs.reconstruct",
    "run": "mcr_core.verbs.run",
    "run_iter": "mcr_core.verbs.run",
    "score": "mcr_core.verbs.score",
    "write_scorecard": "mcr_core.scorecard.files",
    "smooth": "mcr_core.verbs.smooth",
    "view": "mcr_core.verbs.view",
    "write": "mcr_core.images",
    "write_characterization": "mcr_core.characterization_file",
}
_PACKAGES = ("descriptors", "losses", "optimizers", "starts")

__all__ = [
    "Characterization",
    "Check",
    "Comparison",
    "Job",
    "McrError",
    "Microstructure",
    "Recorder",
    "Recording",
    "Run",
    "RunResult",
    "RunState",
    "Scorecard",
    "Settings",
    "StopReason",
    "Term",
    "characterize",
    "check",
    "compare",
    "descriptors",
    "export",
    "from_arrays",
    "interpolate",
    "losses",
    "match",
    "match_iter",
    "merge",
    "optimizers",
    "overlap",
    "plan",
    "preview",
    "read",
    "read_characterization",
    "read_recording",
    "reconstruct",
    "reconstruct_iter",
    "run",
    "run_iter",
    "score",
    "smooth",
    "starts",
    "view",
    "write",
    "write_characterization",
    "write_scorecard",
]


def __getattr__(name: str) -> Any:
    if name in _PACKAGES:
        return import_module(f"mcr_core.{name}")
    if name in _HOME:
        value = getattr(import_module(_HOME[name]), name)
        globals()[name] = value
        return value
    raise AttributeError(f"module 'mcr_core' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
