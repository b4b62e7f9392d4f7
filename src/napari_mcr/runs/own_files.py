"""Files that stay when napari dies: where they are, and whose."""

from __future__ import annotations

import hashlib
import itertools
import logging
import os
import platform
import re
import secrets
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

import psutil

from mcr_core.errors import FileFormatError, McrError, NewerFormatError
from napari_mcr.preferences import preferences

log = logging.getLogger("napari_mcr")

T = TypeVar("T")

#: Machine, process and start time of the napari that a file belongs to, and a token of which there
#: is one only. Its partial file must have all of the name, so it is short.
_NAME = re.compile(
    r"run-(?P<machine>[0-9a-f]{8})-(?P<process>\d+)-(?P<start>\d+)-(?P<token>[0-9a-f]+)\.(h5|json)"
)
_PARTIAL = re.compile(rf"\.{_NAME.pattern}\.[0-9a-f]+\.partial")
#: Seconds that the start time of a process may seem to have moved: clocks are set right.
_DRIFT = 60
#: Tokens begin with a number that grows, so that the names of a process tell their order.
_numbers = itertools.count()


def folder() -> Path:
    """Return the folder of recordings and of jobs that wait; it need not exist.

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


def usable_folder() -> Path | None:
    """Return the folder, made where it is missing; None: nobody wants one, or there can be none."""
    if preferences().checkpoint_seconds <= 0:
        return None
    where = folder()
    try:
        where.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        log.warning("runs are not recorded: %s: %s", where, error.strerror or error)
        return None
    return where


def own_name(suffix: str) -> str:
    """Return a new name that says whose a file is; those of later files of a process are larger."""
    start = psutil.Process().create_time()
    token = f"{next(_numbers):06x}{secrets.token_hex(2)}"
    return f"run-{machine_name()}-{os.getpid()}-{start:.0f}-{token}{suffix}"


def machine_name() -> str:
    """Return a short name of this machine, of letters that any file may have in its name.

    Networks may change what follows the first dot of a host's name.
    """
    host = platform.node().split(".")[0].lower()
    return hashlib.sha256(host.encode()).hexdigest()[:8]


def orphans(where: Path) -> Iterator[Path]:
    """Yield the files of dead processes of this machine, in the order of their names.

    Machines may share the folder: whether a process of another one lives is not known here.
    Partial files are deleted.
    """
    machine = machine_name()
    found: list[tuple[int, int, str, Path]] = []
    try:
        files = list(where.iterdir())
    except OSError:
        return  # there is none, as a rule
    for file in files:
        name = _NAME.fullmatch(file.name) or _PARTIAL.fullmatch(file.name)
        if name is None or name["machine"] != machine:
            continue
        process, start = int(name["process"]), int(name["start"])
        if _lives(process, start):
            continue
        if file.suffix == ".partial":
            delete(file)
        else:
            found.append((start, process, name["token"], file))
    yield from (file for *_, file in sorted(found))


def taken_over(file: Path) -> Path | None:
    """Make a file one of this process, by its name.

    Returns:
        Where it is now: where it was, if it cannot be renamed. None: it is gone.
    """
    mine = file.with_name(own_name(file.suffix))
    try:
        file.rename(mine)
    except OSError as error:
        log.warning("%s: cannot be taken over: %s", file, error.strerror or error)
        return file if file.exists() else None
    return mine


def read_or_delete(file: Path, read: Callable[[Path], T], what: str) -> T | None:
    """Read a file; None where it cannot be used. One that is damaged goes; the log says so.

    Args:
        file: which.
        read: reads it without trust.
        what: it is, for the log.
    """
    try:
        return read(file)
    except McrError as error:
        log.warning("%s cannot be used: %s", what, error)
        if isinstance(error, FileFormatError) and not isinstance(error, NewerFormatError):
            delete(file)
        return None


def delete(file: Path) -> None:
    """Delete a file; the log tells of one that cannot be."""
    try:
        file.unlink(missing_ok=True)
    except OSError as error:
        log.warning("%s: cannot be deleted: %s", file, error.strerror or error)


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
