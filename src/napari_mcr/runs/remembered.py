"""What was chosen in a dock, kept from one session to the next."""

from __future__ import annotations

import json
from typing import Any

from qtpy.QtCore import QSettings


class Remembered:
    """A small file of the user, with one entry for every dock.

    Whatever is wrong with the file, nothing is remembered, and no error is raised.

    Args:
        dock: name of the entry.
    """

    def __init__(self, dock: str) -> None:
        self._dock = dock

    def read(self) -> dict[str, Any]:
        """Return what was written last; empty where that is nothing or damaged."""
        try:
            found = json.loads(str(_file().value(self._dock, "")))
        except (ValueError, RecursionError):
            return {}
        return found if isinstance(found, dict) else {}

    def write(self, values: dict[str, Any]) -> None:
        """Keep values, JSON data; where the file cannot be written they are forgotten."""
        _file().setValue(self._dock, json.dumps(values))


def _file() -> QSettings:
    scope = QSettings.Scope.UserScope
    return QSettings(QSettings.Format.IniFormat, scope, "napari-mcr", "docks")
