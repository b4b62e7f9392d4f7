"""What is read is a file: reading a named pipe waits for somebody who writes."""

from __future__ import annotations

import os

from mcr_core.errors import InputError


def check_regular(path: str | os.PathLike[str]) -> None:
    """Refuse what exists and is neither a file nor a folder.

    Raises:
        InputError: it is a named pipe or a device.
    """
    if os.path.exists(path) and not os.path.isfile(path) and not os.path.isdir(path):
        raise InputError(
            f"{os.fspath(path)}: expected a regular file, this is a pipe or a device: write its "
            "content to a file first"
        )
