"""Read a recording without trust."""

from __future__ import annotations

import math
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mcr_core.characterization_file.layout import META as CHARACTERIZATION
from mcr_core.described_file import load_meta
from mcr_core.errors import FileFormatError, McrError
from mcr_core.hdf5 import child, load_json, opened, own_dataset
from mcr_core.history import from_record
from mcr_core.images.suffixes import FORMATS
from mcr_core.reconstruction import StopReason
from mcr_core.recording.layout import FORMAT_VERSION, HISTORY, JOB, MARKS, META, MarkMeta, Meta
from mcr_core.recording.mark import Mark
from mcr_core.recording.recording import Recording

if TYPE_CHECKING:
    import h5py


def read_recording(path: str | os.PathLike[str]) -> Recording:
    """Read the recording of a run, of one that goes on, too.

    The labels of its states are read, but unpacked when they are asked for.

    Raises:
        InputError: the file does not exist or cannot be opened.
        FileFormatError: it is truncated, foreign, damaged or of a newer format version.
    """
    file = Path(path)
    if file.suffix.lower() in FORMATS and file.is_file():
        raise FileFormatError(
            f"{file}: expected the recording of a run (.h5), this is an image: `mcr run` repeats "
            "the job that a result carries"
        )
    with opened(file, "the recording of a run (.h5)", "record the run again") as root:
        if child(root, META, required=False) is None and CHARACTERIZATION in root:
            raise FileFormatError(
                f"{file}: expected the recording of a run, this is a characterization: "
                "`mcr reconstruct` makes a microstructure of it, `mcr view` draws it"
            )
        return _read(file, root)


def is_recording(path: str | os.PathLike[str]) -> bool:
    """Whether a file is the recording of a run, and is as it was written."""
    if not os.path.isfile(path):
        return False
    try:
        with opened(Path(path), "the recording of a run", "record the run again") as root:
            return child(root, META, required=False) is not None
    except McrError:
        return False


def _read(file: Path, root: h5py.File) -> Recording:
    meta = load_meta(root, META, FORMAT_VERSION, file, Meta)
    job = load_json(root, JOB)
    if not isinstance(job.get("source"), dict):
        raise ValueError("the job has no source")
    try:
        history = from_record(load_json(root, HISTORY))
    except FileFormatError as error:
        raise ValueError(str(error)) from None
    return Recording(
        name=meta.name,
        job_data=job,
        history=history,
        marks=tuple(
            _mark(child(root, MARKS), str(number), mark) for number, mark in enumerate(meta.marks)
        ),
        began=meta.began,
        written=meta.written,
        seconds=meta.seconds,
        max_iter=meta.max_iter,
        stop_reason=None if meta.stop_reason is None else StopReason[meta.stop_reason.upper()],
        loss=math.nan if meta.loss is None else meta.loss,
        notes=meta.notes,
        about=meta.about,
    )


def _mark(group: h5py.Group, name: str, meta: MarkMeta) -> Mark:
    dataset: Any = own_dataset(group, name)
    shape = meta.meaning.shape
    one_chunk = dataset.chunks == shape and dataset.compression == "gzip"
    if dataset.shape != shape or dataset.dtype != "uint8" or not one_chunk:
        raise ValueError(f"the state {name} is no array of labels")
    filters_left_out, labels = dataset.id.read_direct_chunk((0,) * len(shape))
    if filters_left_out or dataset.shuffle or dataset.fletcher32 or dataset.scaleoffset is not None:
        raise ValueError(f"the state {name} is packed in another way")
    loss = math.nan if meta.loss is None else meta.loss
    return Mark(meta.iteration, meta.level, loss, bytes(labels), meta.meaning)
