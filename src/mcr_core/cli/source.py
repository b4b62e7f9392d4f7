"""No command overwrites what it reads."""

from __future__ import annotations

import os
from pathlib import Path

from mcr_core.errors import InputError


def check_not_source(output: str | Path, *inputs: str | Path | None) -> None:
    """Refuse an output that is one of the inputs, by whatever name; None is no input.

    Raises:
        InputError: they are one file.
    """
    place = os.path.realpath(output)
    if any(path is not None and os.path.realpath(path) == place for path in inputs):
        raise InputError(f"{output} is the input itself: choose another output")
