"""What to do, in the words of the docks."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from mcr_core.errors import McrError

#: By what stands in the command for a shell.
_HERE = {
    "two_point": "Reconstruct: preset own terms, two point with a longer limit to",
    "--xy": "Reconstruct: from orthogonal slices",
    "--preset": "Reconstruct: preset {preset}",
    "--symmetry": "Reconstruct, Advanced: symmetry cubic",
    " as:": "Reconstruct: choose for that plane the one that it is like",
    "--force": "Reconstruct: tick merge slices that disagree",
    "--weight": "Reconstruct: preset own terms, untick the descriptor",
    "--periodic": "Layer, above: tick edges continue",
    "--open": "Layer, above: untick edges continue",
    "--mask": "Characterize: inside of a region, saved as a file to reconstruct from",
    "mcr smooth": "Smooth: method median",
}


def in_docks(command: str, numbers: Mapping[str, Any] = MappingProxyType({})) -> list[str]:
    """Return what a command line says to do, in the words of the docks.

    Args:
        command: of a finding or an error.
        numbers: of the finding.
    """
    return [words.format(**numbers) for sign, words in _HERE.items() if sign in command]


def told(error: McrError) -> str:
    """Return an error in one line, with what to do in the words of the docks."""
    to_do = in_docks(error.command)
    # Words for each command there is: a test says so. Rather those of the shell than none.
    return f"{error.text} → {', or '.join(to_do)}" if to_do else str(error)
