"""No command overwrites what it reads."""

from __future__ import annotations

import os
from pathlib import Path

from mcr_core.errors import InputError
from mcr_core.images.npy import record_path


def check_not_source(output: str | Path, *inputs: str | Path | None) -> None:
    """Refuse an output that is one of the inputs, by whatever name; None is no input.

    Raises:
        InputError: they are one file, or the input lies in the folder that the output is, or is
            the file that comes with an output `.npy`.
    """
    place = Path(os.path.realpath(output))
    places = [place, record_path(place)] if place.suffix.lower() == ".npy" else [place]
    given = [Path(os.path.realpath(path)) for path in inputs if path is not None]
    for written in places:
        if any(path.is_relative_to(written) for path in given):
            name = output if written == place else written
            raise InputError(f"{name} is the input itself: choose another output")
