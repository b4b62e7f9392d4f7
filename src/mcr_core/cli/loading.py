"""Files that may be images or characterizations."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from mcr_core.characterization import Characterization
from mcr_core.characterization_file import SUFFIXES, read_characterization
from mcr_core.cli import requests
from mcr_core.errors import InputError
from mcr_core.microstructure import Microstructure


def load(
    files: Sequence[str], image_options: Mapping[str, Any]
) -> list[Microstructure | Characterization]:
    """Read files; the ending of the name tells which they are.

    Args:
        files: their names.
        image_options: values of `mcr_core.cli.options.image_options`, for all images.

    Raises:
        InputError: a file cannot be read, or there are options of images and no image.
        FileFormatError: a file is damaged.
    """
    statistics = [Path(file).suffix.lower() in SUFFIXES for file in files]
    given = [name for name, value in image_options.items() if value is not None]
    if all(statistics) and given:
        option = "--" + given[0].replace("_", "-")
        raise InputError(
            f"{option} is for images, {' and '.join(files)} holds statistics: leave it out, or "
            "characterize the image with it"
        )
    return [
        read_characterization(file)
        if is_statistics
        else requests.image_file(file, image_options).load()
        for file, is_statistics in zip(files, statistics, strict=True)
    ]
