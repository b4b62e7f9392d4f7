"""Microstructure characterization and reconstruction.

The names below are loaded on first use, so that importing the package is quick and the command
line can answer without TensorFlow.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mcr_core import descriptors, losses, optimizers
    from mcr_core.characterization import Characterization
    from mcr_core.characterization_file import read_characterization, write_characterization
    from mcr_core.errors import McrError
    from mcr_core.images import read, write
    from mcr_core.job import Job
    from mcr_core.microstructure import Microstructure
    from mcr_core.run import Run, RunResult, RunState, StopReason
    from mcr_core.settings import Settings
    from mcr_core.term import Term
    from mcr_core.verbs.characterize import characterize
    from mcr_core.verbs.export import export
    from mcr_core.verbs.match import match, match_iter
    from mcr_core.verbs.reconstruct import reconstruct, reconstruct_iter
    from mcr_core.verbs.smooth import smooth

_HOME = {
    "Characterization": "mcr_core.characterization",
    "Job": "mcr_core.job",
    "McrError": "mcr_core.errors",
    "Microstructure": "mcr_core.microstructure",
    "Run": "mcr_core.run",
    "RunResult": "mcr_core.run",
    "RunState": "mcr_core.run",
    "Settings": "mcr_core.settings",
    "StopReason": "mcr_core.run",
    "Term": "mcr_core.term",
    "characterize": "mcr_core.verbs.characterize",
    "export": "mcr_core.verbs.export",
    "match": "mcr_core.verbs.match",
    "match_iter": "mcr_core.verbs.match",
    "read": "mcr_core.images",
    "read_characterization": "mcr_core.characterization_file",
    "reconstruct": "mcr_core.verbs.reconstruct",
    "reconstruct_iter": "mcr_core.verbs.reconstruct",
    "smooth": "mcr_core.verbs.smooth",
    "write": "mcr_core.images",
    "write_characterization": "mcr_core.characterization_file",
}
_PACKAGES = ("descriptors", "losses", "optimizers")

__all__ = [
    "Characterization",
    "Job",
    "McrError",
    "Microstructure",
    "Run",
    "RunResult",
    "RunState",
    "Settings",
    "StopReason",
    "Term",
    "characterize",
    "descriptors",
    "export",
    "losses",
    "match",
    "match_iter",
    "optimizers",
    "read",
    "read_characterization",
    "reconstruct",
    "reconstruct_iter",
    "smooth",
    "write",
    "write_characterization",
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
