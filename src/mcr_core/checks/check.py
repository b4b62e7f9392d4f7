"""The result of `check`: findings in words and numbers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from mcr_core.errors import with_command

Level = Literal["ok", "note", "problem"]
_ORDER: tuple[Level, ...] = ("ok", "note", "problem")


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at.

    Attributes:
        name: what: `segmentation`, `size`, `features`, `direction`, `edges`, `specks`, `mask` or
            `advice`.
        level: `ok`, `note` (worth knowing) or `problem` (the image does not do as it is).
        text: one or more sentences, for any interface.
        numbers: what the sentences are based on.
        command: what the text says to do, on the command line; empty where that is nothing.
    """

    name: str
    level: Level
    text: str
    numbers: Mapping[str, Any]
    command: str = ""

    @property
    def with_command(self) -> str:
        """The text, and what it means on the command line."""
        return with_command(self.text, self.command)


@dataclass(frozen=True)
class Check:
    """What was found of an image, in the order in which it is told.

    Attributes:
        findings: one or more.
        shape: extent in pixels; None of an image that is not segmented.
    """

    findings: tuple[Finding, ...]
    shape: tuple[int, ...] | None = None

    @property
    def level(self) -> Level:
        """The worst level of all."""
        return max((finding.level for finding in self.findings), key=_ORDER.index)

    def __getitem__(self, name: str) -> Finding:
        """Return the finding of that name."""
        for finding in self.findings:
            if finding.name == name:
                return finding
        raise KeyError(name)

    def as_dict(self) -> dict[str, Any]:
        """Return what JSON can hold."""
        return {
            "shape": None if self.shape is None else list(self.shape),
            "level": self.level,
            "findings": [
                {
                    "name": finding.name,
                    "level": finding.level,
                    "text": finding.text,
                    "numbers": dict(finding.numbers),
                    "command": finding.command,
                }
                for finding in self.findings
            ],
        }

    def __str__(self) -> str:
        return "\n".join(f"{f.level:8}{f.name}: {f.with_command}" for f in self.findings)


def not_segmented(reason: str) -> Check:
    """Return the check of an image that has no phases yet.

    Args:
        reason: what `read` or `Microstructure.from_array` said of it.
    """
    text = f"Not segmented: {reason}. Phases can be cut apart by thresholds."
    command = "--threshold otsu, multiotsu:3, or values (read(path, threshold=...) in Python)"
    return Check((Finding("segmentation", "problem", text, {}, command),))
