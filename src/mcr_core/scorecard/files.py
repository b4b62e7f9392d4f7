"""Scorecards as files."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import BinaryIO

from mcr_core.images.atomic import Part, check_writable, replace_files
from mcr_core.scorecard.card import Scorecard
from mcr_core.scorecard.page import page


def write_scorecard(
    path: str | os.PathLike[str], card: Scorecard, *, overwrite: bool = False
) -> Path:
    """Write a scorecard: all rows as JSON, or a page with table and plots, whole in itself.

    Args:
        path: `.json` or `.html`.
        card: what to write.
        overwrite: whether to replace a file that exists.

    Raises:
        InputError: another ending, a file that exists, or a place where nothing can be written.
    """
    target = check_writable(path, overwrite, (".json", ".html"))
    if target.suffix.lower() == ".html":
        text = page(card)
    else:
        text = json.dumps(card.to_json(), indent=1, allow_nan=False, ensure_ascii=False) + "\n"

    def pour(file: BinaryIO) -> None:
        file.write(text.encode())

    replace_files([Part(target, pour)], overwrite=overwrite)
    return target
