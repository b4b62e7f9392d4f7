"""NumPy files: the values, and beside them `<name>.npy.json` for what an array cannot say."""

from __future__ import annotations

import logging
import os
import zlib
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from mcr_core.errors import FileFormatError
from mcr_core.images.faults import reported
from mcr_core.images.header import ImageHeader
from mcr_core.images.record import Record, parse_record

log = logging.getLogger("mcr_core.images")


def record_path(path: Path) -> Path:
    """Return the file beside a `.npy` file that holds its record."""
    return path.with_name(path.name + ".json")


def describe(path: Path) -> ImageHeader:
    """Return what the header and the record beside it say; no pixel is loaded.

    Raises:
        FileFormatError: damaged, truncated, or an array of Python objects.
    """
    array = _mapped(path)
    axes = {2: "YX", 3: "ZYX"}.get(array.ndim, "?" * array.ndim)
    record = _record(path, array)
    if record is None:
        return ImageHeader(array.shape, array.dtype, axes, (1.0,) * array.ndim, "pixel")
    meaning = record.microstructure
    return ImageHeader(
        array.shape, array.dtype, axes, meaning.voxel_size, meaning.unit, record
    )  # fmt: skip


def load(path: Path, selection: Mapping[str, int]) -> npt.NDArray[Any]:
    """Return the values; only the plane `selection["Z"]` if there is one.

    Raises:
        FileFormatError: damaged, truncated, or an array of Python objects.
    """
    array = _mapped(path)
    return np.array(array[selection["Z"]] if "Z" in selection else array)


def confirmed(path: Path, header: ImageHeader) -> ImageHeader:
    """Drop a record that was written for another array; this reads the whole file."""
    if header.record is None or header.record.microstructure.crc32 == checksum(_mapped(path)):
        return header
    log.warning("%s: %s describes another array and is ignored", path, record_path(path).name)
    return replace(
        header, record=None, voxel_size=(1.0,) * len(header.shape), unit="pixel"
    )  # fmt: skip


def checksum(array: npt.NDArray[Any]) -> int:
    """Return the CRC-32 of the values, which ties a record to its array."""
    code = 0
    for plane in array:
        code = zlib.crc32(np.ascontiguousarray(plane).view(np.uint8).data, code)
    return code


def _mapped(path: Path) -> npt.NDArray[Any]:
    with reported(path, "NumPy"):
        array = np.load(path, mmap_mode="r", allow_pickle=False)
    if not isinstance(array, np.ndarray) or array.ndim < 2:
        raise FileFormatError(f"{path}: expected one array of 2 or 3 dimensions")
    return array


def _record(path: Path, array: npt.NDArray[Any]) -> Record | None:
    beside = record_path(path)
    if not beside.is_file():
        # `write` follows links, so that the record of a linked file is where that file is.
        beside = record_path(Path(os.path.realpath(path)))
    if not beside.is_file():
        return None
    with reported(beside, "JSON"):
        record = parse_record(beside, beside.read_text(encoding="utf-8"))
    if record is None:
        return None
    if record.microstructure.shape == array.shape:
        return record
    log.warning("%s: %s describes another array and is ignored", path, beside.name)
    return None
