"""No command overwrites what it reads."""

from __future__ import annotations

import os
from pathlib import Path

from mcr_core.errors import InputError


def check_not_source(output: str | Path, *inputs: str | Path | None) -> None:
    """Refuse an output that is one of the inputs, by whatever name; None is no input.

    Raises:
        InputError: they are one file, or the input lies in the folder that the output is.
    """
    place = os.path.realpath(output)
    given = (Path(os.path.realpath(path)) for path in inputs if path is not None)
    if any(path.is_relative_to(place) for path in given):
        raise InputError(f"{output} is the input itself: choose another output")
