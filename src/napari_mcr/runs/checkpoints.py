"""Recordings of the runs of a dock: they go when it is closed, and stay when napari dies."""

from __future__ import annotations

import hashlib
import logging
import os
import platform
import re
import secrets
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import psutil

from mcr_core.errors import FileFormatError, McrError, NewerFormatError
from mcr_core.recording import read_recording
from napari_mcr.preferences import preferences

log = logging.getLogger("napari_mcr")

#: Machine, process and start time of the napari that a file belongs to, and of which there is one
#: only. Its partial file must have all of the name, so it is short.
_NAME = re.compile(r"run-(?P<machine>[0-9a-f]{8})-(?P<process>\d+)-(?P<start>\d+)-[0-9a-f]+\.h5")
_PARTIAL = re.compile(rf"\.{_NAME.pattern}\.[0-9a-f]+\.partial")
#: Seconds that the start time of a process may seem to have moved: clocks are set right.
_DRIFT = 60


@dataclass(frozen=True)
class Checkpoint:
    """A recording that a run has left.

    Attributes:
        file: where it is.
        name: of the run.
        iteration: iterations done.
        max_iter: iterations that were asked for.
        written: when it was written.
        ended: whether the run has come to its end, so that it holds a result.
    """

    file: Path
    name: str
    iteration: int
    max_iter: int
    written: datetime
    ended: bool


class Checkpoints:
    """The recordings of one dock, in the folder that the preferences name."""

    def __init__(self) -> None:
        self._own: list[Path] = []

    def record(self, name: str, about: Mapping[str, Any]) -> dict[str, Any] | None:
        """Return how to record the next run; see `Client.run`. None: not at all.

        Args:
            name: of the run.
            about: JSON data to be kept with it.
        """
        seconds = preferences().checkpoint_seconds
        if seconds <= 0:
            return None
        where = folder()
        try:
            where.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            log.warning("runs are not recorded: %s: %s", where, error.strerror or error)
            return None
        self._own.append(where / _own_name())
        return {"file": str(self._own[-1]), "seconds": seconds, "name": name, "about": dict(about)}

    def adopt(self, file: Path) -> Path | None:
        """Make a file that another napari has left one of this dock; None: it is gone."""
        if file in self._own:
            return file if file.exists() else None
        mine = file.with_name(_own_name())
        try:
            file.rename(mine)
        except OSError as error:
            log.warning("%s: cannot be taken over: %s", file, error.strerror or error)
            return file if file.exists() else None
        self._own.append(mine)
        return mine

    def delete(self, file: Path) -> None:
        """Delete a file."""
        if file in self._own:
            self._own.remove(file)
        _delete(file)

    def clear(self) -> None:
        """Delete what the runs of this dock have left; the child that writes it must be gone."""
        for file in self._own:
            _delete(file)
            for partial in file.parent.glob(f".{file.name}.*.partial"):
                _delete(partial)
        self._own.clear()


def folder() -> Path:
    """Return the folder of the recordings; it need not exist.

    What the preferences say, else `$XDG_STATE_HOME` or `~/.local/state` on Linux,
    `~/Library/Application Support` on macOS and `%LOCALAPPDATA%` on Windows.
    """
    chosen = preferences().checkpoint_folder
    if chosen:
        return Path(chosen).expanduser()
    if sys.platform == "win32":
        base = os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local"
    elif sys.platform == "darwin":
        base = Path.home() / "Library" / "Application Support"
    else:
        base = os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state"
    return Path(base) / "napari-mcr" / "checkpoints"


def left_behind(where: Path) -> Iterator[Checkpoint]:
    """Yield what dead processes of this machine have left in a folder, the newest first.

    Machines may share the folder: whether a process of another one lives is not known here. What is
    damaged is deleted, and the log says so.
    """
    machine = machine_name()
    try:
        files = sorted(where.iterdir(), key=_modified, reverse=True)
    except OSError:
        return  # there is none, as a rule
    for file in files:
        name = _NAME.fullmatch(file.name) or _PARTIAL.fullmatch(file.name)
        if name is None or name["machine"] != machine:
            continue
        if _lives(int(name["process"]), int(name["start"])):
            continue
        if file.suffix == ".partial":
            _delete(file)
            continue
        found = checkpoint(file)
        if found is not None:
            yield found


def checkpoint(file: Path) -> Checkpoint | None:
    """Read a recording; one that is damaged is deleted, and the log says so."""
    try:
        found = read_recording(file)
    except McrError as error:
        log.warning("the recording of a run cannot be used: %s", error)
        if isinstance(error, FileFormatError) and not isinstance(error, NewerFormatError):
            _delete(file)
        return None
    return Checkpoint(
        file, found.name, found.iteration, found.max_iter, found.written, found.has_ended
    )


def _own_name() -> str:
    """Return a name that says whose a file is."""
    start = psutil.Process().create_time()
    return f"run-{machine_name()}-{os.getpid()}-{start:.0f}-{secrets.token_hex(4)}.h5"


def machine_name() -> str:
    """Return a short name of this machine, of letters that any file may have in its name.

    Networks may change what follows the first dot of a host's name.
    """
    host = platform.node().split(".")[0].lower()
    return hashlib.sha256(host.encode()).hexdigest()[:8]


def _lives(process: int, start: int) -> bool:
    """Whether a process runs: the one that has started then, not another of the same number."""
    try:
        found = psutil.Process(process)
        if found.status() == psutil.STATUS_ZOMBIE:
            return False
        return abs(float(found.create_time()) - start) < _DRIFT
    except psutil.NoSuchProcess:
        return False
    except psutil.Error:
        return True  # it is somebody else's: better leave it alone


def _modified(file: Path) -> float:
    try:
        return file.stat().st_mtime
    except OSError:
        return 0.0


def _delete(file: Path) -> None:
    try:
        file.unlink(missing_ok=True)
    except OSError as error:
        log.warning("%s: cannot be deleted: %s", file, error.strerror or error)
