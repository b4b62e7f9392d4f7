"""Write a recording."""

from __future__ import annotations

import errno
import json
import math
import os
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from mcr_core.described_file import write_described
from mcr_core.hdf5 import sealed_part, store_text
from mcr_core.history import to_record
from mcr_core.images.atomic import replace_file
from mcr_core.recording.layout import (
    FORMAT_VERSION,
    HISTORY,
    JOB,
    MARKS,
    META,
    MarkMeta,
    Meta,
)
from mcr_core.recording.mark import Mark
from mcr_core.recording.recording import Recording

if TYPE_CHECKING:
    import h5py


def write_recording(
    path: str | os.PathLike[str], recording: Recording, *, overwrite: bool = False
) -> Path:
    """Write a recording; the file appears whole or not at all.

    Raises:
        InputError: the path cannot be written, or exists and `overwrite` is False.
        RunError: the disk is full or fails.
    """
    return write_described(path, partial(_build, recording), overwrite=overwrite)


def replace_recording(file: Path, recording: Recording, older: bytes | None) -> bytes | None:
    """Write a recording in the place of an older one; a process that dies leaves that whole.

    Args:
        file: where.
        recording: what.
        older: `seal_of` the file that may be replaced; None: there must be none.

    Returns:
        `seal_of` what was written.

    Raises:
        OSError: the file cannot be written, or another is in its place.
    """
    part = sealed_part(file, partial(_build, recording))
    if seal_of(file) not in (None, older):
        raise FileExistsError(errno.EEXIST, "another run has written there")
    replace_file(part)
    return seal_of(file)


def seal_of(file: Path) -> bytes | None:
    """Return what tells a sealed file from any other, its checksum; None: there is no file.

    Unlike the numbers of files, a checksum is not given to another file later, nor by another
    machine that shares the folder.
    """
    try:
        with file.open("rb") as stream:
            return stream.read(512)
    except FileNotFoundError:
        return None
    except OSError:
        return b""  # something else


def _build(recording: Recording, root: h5py.File) -> None:
    reason = recording.stop_reason
    meta = Meta(
        name=recording.name,
        began=recording.began,
        written=recording.written,
        seconds=recording.seconds,
        max_iter=recording.max_iter,
        stop_reason=None if reason is None else reason.name.lower(),
        loss=_finite(recording.loss),
        notes=recording.notes,
        about=dict(recording.about),
        marks=tuple(
            MarkMeta(
                iteration=mark.iteration,
                level=mark.level,
                loss=_finite(mark.loss),
                meaning=mark.meaning,
            )
            for mark in recording.marks
        ),
    )
    history = to_record(recording.history, most=max(2, len(recording.history)))
    content = {"format_version": FORMAT_VERSION, **meta.model_dump(mode="json")}
    store_text(root, META, json.dumps(content))
    store_text(root, JOB, json.dumps(dict(recording.job_data)))
    store_text(root, HISTORY, json.dumps(history))
    marks = root.create_group(MARKS)
    for number, mark in enumerate(recording.marks):
        _store_mark(marks, str(number), mark)


def _store_mark(group: h5py.Group, name: str, mark: Mark) -> None:
    """Write labels as they are: what zlib has made of them is what HDF5 calls gzip."""
    shape = mark.meaning.shape
    dataset = group.create_dataset(name, shape, "uint8", chunks=shape, compression="gzip")
    dataset.id.write_direct_chunk((0,) * len(shape), mark.labels)


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None
