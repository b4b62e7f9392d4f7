"""Write a microstructure, with its meaning and the job that made it."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt
import pydantic

from mcr_core.errors import InputError, RunError
from mcr_core.images import npy, ome_zarr, tiff
from mcr_core.images.atomic import (
    WRITTEN_SUFFIXES,
    FolderPart,
    Part,
    check_writable,
    keep,
    replace_files,
)
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
    and the JSON in `<name>.npy.json` beside it. `.zarr` (by custom `.ome.zarr`): a folder, a label
    image of OME-NGFF 0.5 with coarser levels for viewers, the rest and the job in its attribute
    `mcr`. Labels outside of the mask are not kept.

    Args:
        path: the file or folder; it appears whole or not at all.
        ms: the microstructure, (Y, X) or (Z, Y, X).
        job: what made it, as JSON can hold it.
        overwrite: replace an existing file, or a folder of Zarr that holds an older result and
            nothing else.
        rescue: keep a result that cannot be written under `path` in the folder for temporary
            files, for results that took long.

    Returns:
        The file or folder, symbolic links resolved.

    Raises:
        InputError: the path cannot be written (see `check_writable`), or the job is no JSON.
        RunError: the disk is full or fails; the message says where the result is kept.
    """
    given = Path(path)
    make = _parts(given.suffix.lower())
    pixels, meaning = encode(ms, any_value=make is _npy_parts)
    try:
        record = Record(microstructure=meaning, job=None if job is None else dict(job))
    except pydantic.ValidationError as error:
        raise InputError(
            f"expected a job that JSON can hold: {error.errors()[0]['msg']}"
        ) from error
    record.to_json()  # a job that is no JSON is found before a file is made
    try:
        target = check_writable(given, overwrite)
    except InputError as error:
        if not rescue:
            raise
        name = given.name
        if make is _zarr_parts or given.suffix.lower() not in WRITTEN_SUFFIXES:
            # Without the package zarr, too.
            name, make = f"{given.stem or 'result'}.tif", _tiff_parts
        raise RunError(f"{error}; {keep(make(Path(name), pixels, record))}") from error
    replace_files(make(target, pixels, record), overwrite=overwrite)
    return target


_Parts = Sequence[Part | FolderPart]


def _parts(suffix: str) -> Callable[[Path, npt.NDArray[Any], Record], _Parts]:
    if suffix in ome_zarr.SUFFIXES:
        return _zarr_parts
    return _npy_parts if suffix == ".npy" else _tiff_parts


def _zarr_parts(target: Path, pixels: npt.NDArray[Any], record: Record) -> _Parts:
    def fill(folder: Path) -> None:
        ome_zarr.store(folder, pixels, record)

    return [FolderPart(target, fill)]


def _tiff_parts(target: Path, pixels: npt.NDArray[Any], record: Record) -> _Parts:
    def pour(file: BinaryIO) -> None:
        tiff.store(file, pixels, record)

    return [Part(target, pour)]


def _npy_parts(target: Path, pixels: npt.NDArray[Any], record: Record) -> _Parts:
    meaning: Meaning = record.microstructure.model_copy(update={"crc32": npy.checksum(pixels)})
    text = record.model_copy(update={"microstructure": meaning}).to_json()

    def pour_text(file: BinaryIO) -> None:
        file.write(text.encode())

    def pour_pixels(file: BinaryIO) -> None:
        np.save(file, pixels, allow_pickle=False)

    # The description first: should the second renaming fail, its checksum tells the old array
    # from the new.
    return [Part(npy.record_path(target), pour_text), Part(target, pour_pixels)]
