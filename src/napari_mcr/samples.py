"""File > Open Sample: the images of `sample_data/`."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

from mcr_core.errors import InputError
from napari_mcr.files import read_layer


def sample_folder() -> Path:
    """Return where the images are: in an installed package beside this file, else in the project.

    Raises:
        InputError: neither exists.
    """
    here = Path(__file__).resolve()
    for folder in (here.parent / "sample_data", here.parents[2] / "sample_data"):
        if folder.is_dir():
            return folder
    raise InputError("the sample images are missing: install napari-mcr again")


def _open(name: str) -> list[tuple[Any, dict[str, Any], str]]:
    return [read_layer(sample_folder() / f"{name}.tif", name)]


isotropic = partial(_open, "isotropic")
elongated = partial(_open, "elongated")
inclusions = partial(_open, "inclusions")
lamellar = partial(_open, "lamellar")
three_phases = partial(_open, "three_phases")
stack = partial(_open, "stack")
