"""Write a microstructure, with its meaning and the job that made it."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt
import pydantic

from mcr_core.errors import InputError, RunError
from mcr_core.images import npy, tiff
from mcr_core.images.atomic import WRITTEN_SUFFIXES, Part, check_writable, keep, replace_files
from mcr_core.images.meaning import encode
from mcr_core.images.record import Meaning, Record
from mcr_core.microstructure import Microstructure


def write(
    path: str | os.PathLike[str],
    ms: Microstructure,
    *,
    job: Mapping[str, Any] | None = None,
    overwrite: bool = False,
    rescue: bool = False,
) -> Path:
    """Write labels so that `read` gives the same microstructure back.

    `.tif` and `.tiff`: an ImageJ label TIFF, uint8 or uint16, axes YX or ZYX, with voxel size and
    unit in its tags, the rest and the job as JSON in the property `Info`. `.npy`: the values,
    and the JSON in `<name>.npy.json` beside it. Labels outside of the mask are not kept.

    Args:
        path: the file; it appears whole or not at all.
        ms: the microstructure, (Y, X) or (Z, Y, X).
        job: what made it, as JSON can hold it.
        overwrite: replace an existing file.
        rescue: keep a result that cannot be written under `path` in the folder for temporary
            files, for results that took long.

    Returns:
        The file, symbolic links resolved.

    Raises:
        InputError: the path cannot be written (see `check_writable`), or the job is no JSON.
        RunError: the disk is full or fails; the message says where the result is kept.
    """
    given = Path(path)
    as_npy = given.suffix.lower() == ".npy"
    pixels, meaning = encode(ms, any_value=as_npy)
    try:
        record = Record(microstructure=meaning, job=None if job is None else dict(job))
    except pydantic.ValidationError as error:
        raise InputError(
            f"expected a job that JSON can hold: {error.errors()[0]['msg']}"
        ) from error
    make = _npy_parts if as_npy else _tiff_parts
    try:
        target = check_writable(given, overwrite)
    except InputError as error:
        if not rescue:
            raise
        written = given.suffix.lower() in WRITTEN_SUFFIXES
        name = given.name if written else f"{given.stem or 'result'}.tif"
        raise RunError(f"{error}; {keep(make(Path(name), pixels, record))}") from error
    replace_files(make(target, pixels, record), overwrite=overwrite)
    return target


def _tiff_parts(target: Path, pixels: npt.NDArray[Any], record: Record) -> list[Part]:
    record.to_json()  # a job that is no JSON is found before a file is made

    def pour(file: BinaryIO) -> None:
        tiff.store(file, pixels, record)

    return [Part(target, pour)]


def _npy_parts(target: Path, pixels: npt.NDArray[Any], record: Record) -> list[Part]:
    meaning: Meaning = record.microstructure.model_copy(update={"crc32": npy.checksum(pixels)})
    text = record.model_copy(update={"microstructure": meaning}).to_json()

    def pour_text(file: BinaryIO) -> None:
        file.write(text.encode())

    def pour_pixels(file: BinaryIO) -> None:
        np.save(file, pixels, allow_pickle=False)

    # The description first: should the second renaming fail, its checksum tells the old array
    # from the new.
    return [Part(npy.record_path(target), pour_text), Part(target, pour_pixels)]
