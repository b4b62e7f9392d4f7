"""Figures as files."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, BinaryIO

from mcr_core.images.atomic import Part, check_writable, replace_files

SUFFIXES = (".png", ".pdf", ".svg")

#: No time of writing: the same figure gives the same file.
_METADATA: dict[str, dict[str, None]] = {
    ".png": {},
    ".pdf": {"CreationDate": None},
    ".svg": {"Date": None},
}


def write_figure(path: str | os.PathLike[str], figure: Any, *, overwrite: bool = False) -> Path:
    """Write a figure; the ending of the name chooses PNG, PDF or SVG.

    Returns:
        The file, symbolic links resolved; it appears whole or not at all.

    Raises:
        InputError: another ending, a file that exists, a folder that is missing or where
            nothing can be written.
        RunError: the disk is full or fails; the message says where the picture is kept.
    """
    target = check_writable(path, overwrite, SUFFIXES)
    suffix = Path(path).suffix.lower()

    def pour(file: BinaryIO) -> None:
        figure.savefig(file, format=suffix[1:], metadata=_METADATA[suffix])

    replace_files([Part(target, pour)], overwrite=overwrite)
    return target
