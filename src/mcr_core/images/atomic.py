"""Files and folders that appear whole or not at all; results survive a disk that is full."""

from __future__ import annotations

import errno
import logging
import os
import secrets
import shutil
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from mcr_core.errors import InputError, RunError
from mcr_core.images import ome_zarr
from mcr_core.images.npy import record_path

TIFF_SUFFIXES = (".tif", ".tiff")
WRITTEN_SUFFIXES = (*TIFF_SUFFIXES, ".npy", *ome_zarr.SUFFIXES)

log = logging.getLogger("mcr_core.images")

#: Characters of a name that the names of its partial file and its rescued copy hold: with what
#: they add, they stay below the 255 bytes that a name may have, in any script.
_MOST_OF_NAME = 48


@dataclass(frozen=True)
class Part:
    """One file of a result.

    Attributes:
        target: where it belongs.
        write: writes all of it to an open file.
    """

    target: Path
    write: Callable[[BinaryIO], None]


@dataclass(frozen=True)
class FolderPart:
    """A result that is a folder of files.

    Attributes:
        target: where it belongs.
        fill: writes all of it into an empty folder.
    """

    target: Path
    fill: Callable[[Path], None]


def check_writable(
    path: str | os.PathLike[str],
    overwrite: bool = False,
    suffixes: Sequence[str] = WRITTEN_SUFFIXES,
) -> Path:
    """Check that a result can be written to a path; call it before a long run.

    Args:
        path: the file, or the folder of an OME-Zarr.
        overwrite: an existing file may be replaced, or a folder of Zarr that holds what `write` has
            put there and nothing else.
        suffixes: endings that the name may have; default: those of images.

    Returns:
        The path, symbolic links resolved.

    Raises:
        InputError: another suffix, a name that is too long, a file that exists, a folder that is
            missing, is inside of a Zarr folder, or where nothing can be written; or the package
            zarr is missing that the suffix asks for.
    """
    given = Path(path)
    if "\0" in str(given):
        raise InputError(f"{str(given)!r} is no file name: it has a null character")
    if given.suffix.lower() not in suffixes:
        raise InputError(
            f"{given}: expected a name that ends in {' or '.join(suffixes)}, "
            f"got {given.suffix or 'no suffix'!r}"
        )
    # A link is written through, not replaced by a file.
    target = Path(os.path.realpath(given))
    folder = target.parent
    is_folder = given.suffix.lower() in ome_zarr.SUFFIXES
    files = [target, record_path(target)] if given.suffix.lower() == ".npy" else [target]
    for file in files:
        if _is_too_long(file):
            raise InputError(f"{file}: this name is too long for the disk: choose a shorter one")
    around = next(filter(ome_zarr.is_zarr, reversed(target.parents)), None)
    if around is not None:
        raise InputError(
            f"{given}: the folder {around} is a Zarr of its own: choose a place outside of it"
        )
    if is_folder:
        ome_zarr.check_installed()
        if os.path.lexists(target):
            ome_zarr.check_replaceable(target)
    elif os.path.isdir(target):  # unlike Path.is_dir this is false where one may not look
        raise InputError(f"{given}: expected a file name, this is a folder")
    if not os.path.isdir(folder):
        raise InputError(f"{given}: the folder {folder} does not exist: create it first")
    if not os.access(folder, os.W_OK | os.X_OK):
        raise InputError(f"{given}: no permission to write into the folder {folder}")
    for file in files:
        if not os.path.lexists(file):
            continue
        if not is_folder and not os.path.isfile(file):
            raise InputError(f"{given}: expected a regular file, {file} is none")
        if not overwrite:
            raise InputError(
                f"{file} exists: use --overwrite (overwrite=True in Python) to replace it, "
                "or choose another name"
            )
        if not os.access(file, os.W_OK):
            raise InputError(f"{file} is write-protected: change its permissions first")
    return target


def replace_files(parts: Sequence[Part | FolderPart], *, overwrite: bool = True) -> None:
    """Write files so that each target is the old file or the whole new one, never a part.

    The content goes to `.<name>.<random>.partial` in the same folder and is renamed at the end; of
    a long name the start is taken.

    Args:
        parts: the files or folders, the one that the user named last.
        overwrite: replace what stands at the targets; False also guards against files that
            have appeared since `check_writable`.

    Raises:
        RunError: the disk is full or fails. The message says where the result is kept.
    """
    staged: list[Path] = []
    try:
        try:
            for part in parts:
                staged.append(_staged(part))  # noqa: PERF401
        except OSError as error:
            raise RunError(f"{parts[-1].target}: {_reason(error)}; {keep(parts)}") from error
        while staged:
            part = parts[-len(staged)]
            try:
                if not overwrite and os.path.lexists(part.target):
                    raise FileExistsError(errno.EEXIST, "another file has this name by now")
                _replace(staged[0], part.target)
            except OSError as error:
                kept = ", ".join(str(temporary) for temporary in staged)
                staged.clear()
                raise RunError(
                    f"{part.target}: {_reason(error)}; the result is complete in {kept}: rename it"
                ) from error
            del staged[0]
    finally:
        for temporary in staged:
            _remove(temporary)


def replace_file(part: Part) -> None:
    """Write a file as `replace_files` does, and leave it to the caller what to do on failure.

    Raises:
        OSError: the disk is full or fails; an older file is still there.
    """
    staged = _staged(part)
    try:
        os.replace(staged, part.target)
    finally:
        _remove(staged)


def keep(parts: Sequence[Part | FolderPart]) -> str:
    """Write a result to the folder for temporary files; return a sentence that says where."""
    folder = Path(tempfile.gettempdir())
    token = secrets.token_hex(4)
    # From the front, so that endings stay, and as much of each name, so that pairs stay pairs.
    cut = max(0, len(parts[-1].target.name) - _MOST_OF_NAME)
    kept: list[Path] = []
    try:
        for part in parts:
            name = f"mcr-{token}-{part.target.name[cut:]}"
            kept.append(_written(folder / name, part))
    except OSError as error:
        for file in kept:
            _remove(file)
        return f"the result could not be kept in {folder} either ({_reason(error)})"
    return f"the result is kept in {kept[-1]}: move it before the system cleans up"


def _staged(part: Part | FolderPart) -> Path:
    """Write a part beside its target, under a name that no other writer takes."""
    name = f".{part.target.name[:_MOST_OF_NAME]}.{secrets.token_hex(4)}.partial"
    return _written(part.target.with_name(name), part)


def _written(path: Path, part: Part | FolderPart) -> Path:
    """Write a new file or folder and wait until it is on the disk; leave nothing on failure."""
    # Not tempfile: its files are private, while a result gets the permissions of any new file.
    if isinstance(part, FolderPart):
        path.mkdir()
    else:
        path.touch(exist_ok=False)
    complete = False
    try:
        if isinstance(part, FolderPart):
            part.fill(path)
            for each in path.rglob("*"):
                _sync(each)
        else:
            with path.open("wb") as file:
                part.write(file)
                file.flush()
                os.fsync(file.fileno())
        complete = True
    finally:
        if not complete:
            _remove(path)
    return path


def _sync(path: Path) -> None:
    if path.is_file():
        with path.open("r+b") as file:  # Windows syncs no file that is open for reading only
            os.fsync(file.fileno())


def _replace(staged: Path, target: Path) -> None:
    """Rename a file or folder; a folder that is there already stays whole until it is replaced."""
    if not (staged.is_dir() and target.is_dir()):  # a folder in the place of a file is an error
        os.replace(staged, target)
        return
    # A folder cannot be renamed to one that has content.
    old = staged.with_suffix(".old")
    os.replace(target, old)
    try:
        os.replace(staged, target)
    finally:
        # Also when interrupted, or when another writer has put its own there meanwhile.
        if os.path.lexists(target):
            _remove(old)
        else:
            os.replace(old, target)


def _remove(path: Path) -> None:
    """Delete a file or folder. What cannot be deleted is no error: that hid what went wrong."""
    try:
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
    except OSError as error:
        log.warning("%s: cannot be deleted: %s", path, error.strerror or error)


def _is_too_long(path: Path) -> bool:
    try:
        os.lstat(path)
    except OSError as error:
        return error.errno == errno.ENAMETOOLONG
    return False


def _reason(error: OSError) -> str:
    # NumPy raises an OSError without a number when fewer bytes are written than asked for.
    return f"cannot be written: {error.strerror or error}"
