"""Write a recording."""

from __future__ import annotations

import json
import math
import os
from pathlib import Path
from typing import TYPE_CHECKING

from mcr_core.errors import RunError
from mcr_core.hdf5 import replace_sealed, store_text
from mcr_core.history import to_record
from mcr_core.images.atomic import check_writable
from mcr_core.recording.layout import (
    FORMAT_VERSION,
    HISTORY,
    JOB,
    MARKS,
    META,
    SUFFIXES,
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
    file = check_writable(path, overwrite, SUFFIXES)
    try:
        replace_recording(file, recording)
    except OSError as error:
        raise RunError(f"{file}: cannot be written: {error.strerror or error}") from error
    return file


def replace_recording(file: Path, recording: Recording) -> None:
    """Write a recording in the place of an older one; a process that dies leaves that whole.

    Raises:
        OSError: the file cannot be written.
    """
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

    def build(root: h5py.File) -> None:
        content = {"format_version": FORMAT_VERSION, **meta.model_dump(mode="json")}
        store_text(root, META, json.dumps(content))
        store_text(root, JOB, json.dumps(dict(recording.job_data)))
        store_text(root, HISTORY, json.dumps(history))
        marks = root.create_group(MARKS)
        for number, mark in enumerate(recording.marks):
            _store_mark(marks, str(number), mark)

    replace_sealed(file, build)


def _store_mark(group: h5py.Group, name: str, mark: Mark) -> None:
    """Write labels as they are: what zlib has made of them is what HDF5 calls gzip."""
    shape = mark.meaning.shape
    dataset = group.create_dataset(name, shape, "uint8", chunks=shape, compression="gzip")
    dataset.id.write_direct_chunk((0,) * len(shape), mark.labels)


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None
