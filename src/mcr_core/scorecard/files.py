"""Scorecards as files."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import BinaryIO

from mcr_core.images.atomic import Part, check_writable, replace_files
from mcr_core.scorecard.card import Scorecard


def write_json(path: str | os.PathLike[str], card: Scorecard, *, overwrite: bool = False) -> Path:
    """Write all rows as JSON.

    Raises:
        InputError: an ending other than .json, a file that exists, or a place where nothing can
            be written.
    """
    text = json.dumps(card.to_json(), indent=1, allow_nan=False, ensure_ascii=False)
    return _write(path, f"{text}\n", ".json", overwrite=overwrite)


def write_html(path: str | os.PathLike[str], card: Scorecard, *, overwrite: bool = False) -> Path:
    """Write the page of a scorecard, whole in itself.

    Raises:
        InputError: an ending other than .html, a file that exists, or a place where nothing can
            be written.
    """
    return _write(path, card.html(), ".html", overwrite=overwrite)


def _write(path: str | os.PathLike[str], text: str, suffix: str, *, overwrite: bool) -> Path:
    target = check_writable(path, overwrite, (suffix,))

    def pour(file: BinaryIO) -> None:
        file.write(text.encode())

    replace_files([Part(target, pour)], overwrite=overwrite)
    return target
