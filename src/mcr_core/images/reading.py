"""Read an image file into a microstructure."""

from __future__ import annotations

import logging
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal, Protocol, overload

import numpy as np
import numpy.typing as npt

from mcr_core.errors import GreyImageError, InputError, OptionError
from mcr_core.images import npy, ome_zarr, png, tiff
from mcr_core.images.faults import damaged
from mcr_core.images.header import ImageHeader, check_memory, select
from mcr_core.images.meaning import decode
from mcr_core.images.suffixes import check_readable
from mcr_core.images.threshold import apply_threshold
from mcr_core.microstructure import Microstructure
from mcr_core.units import parse_voxel_size

log = logging.getLogger("mcr_core.images")


class _Format(Protocol):
    """What a module for a format offers."""

    def describe(self, path: Path, /) -> ImageHeader: ...

    def load(self, path: Path, selection: Mapping[str, int], /) -> npt.NDArray[Any]: ...


_MODULES: Mapping[str, _Format] = {"TIFF": tiff, "PNG": png, "NumPy": npy, "OME-Zarr": ome_zarr}

AnyPath = str | os.PathLike[str]


def describe(path: AnyPath) -> ImageHeader:
    """Return shape, type, axes, scale and job of an image file; no pixel is loaded.

    Args:
        path: `.tif`, `.tiff`, `.png` or `.npy`; a folder of OME-Zarr, or a group or level in it.

    Raises:
        InputError: the file cannot be opened.
        FileFormatError: the file is damaged, or of a format that is not read.
    """
    file, kind = check_readable(path)
    return _MODULES[kind].describe(file)


def read_job(path: AnyPath) -> dict[str, Any] | None:
    """Return the job that made an image, or None if the file carries none.

    Raises:
        InputError: the file cannot be opened.
        FileFormatError: the file, or the record in it, is damaged.
    """
    record = describe(path).record
    return None if record is None else record.job


@overload
def read(
    path: AnyPath,
    *,
    voxel_size: float | Sequence[float] | None = None,
    unit: str | None = None,
    threshold: float | Sequence[float] | str | None = None,
    periodic: bool | None = None,
    mask: npt.ArrayLike | AnyPath | None = None,
    ignore: float | None = None,
    plane: int | None = None,
    channel: int | None = None,
    frame: int | None = None,
    stack: None = None,
) -> Microstructure: ...


@overload
def read(
    path: AnyPath,
    *,
    voxel_size: float | Sequence[float] | None = None,
    unit: str | None = None,
    threshold: float | Sequence[float] | str | None = None,
    periodic: bool | None = None,
    mask: npt.ArrayLike | AnyPath | None = None,
    ignore: float | None = None,
    channel: int | None = None,
    stack: Literal["images"],
) -> list[Microstructure]: ...


def read(
    path: AnyPath,
    *,
    voxel_size: float | Sequence[float] | None = None,
    unit: str | None = None,
    threshold: float | Sequence[float] | str | None = None,
    periodic: bool | None = None,
    mask: npt.ArrayLike | AnyPath | None = None,
    ignore: float | None = None,
    plane: int | None = None,
    channel: int | None = None,
    frame: int | None = None,
    stack: Literal["images"] | None = None,
) -> Microstructure | list[Microstructure]:
    """Read an image (Y, X) or a volume (Z, Y, X); several pages of a TIFF are a volume.

    Args:
        path: `.tif`, `.tiff` (ImageJ, OME, plain), `.png` (grey, bits, palette indices), `.npy`, or
            a folder of OME-Zarr: its label image, or the image where there is none, at full
            resolution; `x.zarr/labels/cells` and `x.zarr/2` name another group or level.
        voxel_size: edge lengths, one number or one per axis; default: what the file says, else 1.
        unit: of the voxel size; default: what the file says, else `pixel`.
        threshold: a number or `otsu`: greater values are phase 1, the others phase 0; several
            numbers, or `multiotsu:P`, for P phases.
        periodic: whether opposite faces continue each other; default: what a file written by
            this program says, else False (open).
        mask: an array or an image file of the same shape, non-zero where a voxel is valid.
        ignore: a value in the image that marks voxels as not valid.
        plane: take one `xy` plane of a volume, by its index along Z.
        channel: take one channel of several, by index.
        frame: take one time of several, by index.
        stack: `images`: take the pages of the file (slices or times) as many images (Y, X) of one
            material, and return a list. The phases, and the threshold of Otsu, are those of all
            pages together, so that a phase may be absent from some. `mask` has the shape of one
            page or of all.

    Raises:
        InputError: the file cannot be opened, is too large, is no image of phases, or an
            argument does not fit it.
        FileFormatError: the file is damaged, or of a format that is not read.
    """
    if stack is None:
        content = _load(Path(path), plane=plane, channel=channel, frame=frame)
        valid = _mask(mask, plane)
        return _microstructure(content, voxel_size, unit, threshold, periodic, valid, ignore)
    if stack != "images":
        raise OptionError(f"stack: expected images, got {stack!r}")
    for name, index in (("plane", plane), ("frame", frame)):
        if index is not None:
            raise InputError(f"{name} takes one image, stack=images takes all: leave one out")
    content = _load(Path(path), channel=channel, stack=True)
    valid = _mask(mask, None)
    if content.values.ndim == 2:
        return [_microstructure(content, voxel_size, unit, threshold, periodic, valid, ignore)]
    pages = content.values.shape[0]
    if voxel_size is not None and np.size(voxel_size) < 3:
        voxel_size = (1.0, *parse_voxel_size(voxel_size, 2))
    if valid is not None and valid.ndim == 2:
        valid = np.broadcast_to(valid, (pages, *valid.shape))
    volume = _microstructure(content, voxel_size, unit, threshold, periodic, valid, ignore)
    return [volume.plane(index) for index in range(pages)]


def read_pixels(path: AnyPath) -> tuple[npt.NDArray[Any], tuple[float, ...], str]:
    """Return the pixels of an image as they are, their size and its unit: no phases are looked for.

    Raises:
        InputError: the file cannot be opened or is too large.
        FileFormatError: the file is damaged, or no image (Y, X) or volume (Z, Y, X).
    """
    content = _load(Path(path))
    return content.values, content.voxel_size, content.unit


@dataclass(frozen=True)
class _Content:
    """Values of a file and what it says about them; `None` for what it leaves open."""

    path: Path
    values: npt.NDArray[Any]
    voxel_size: tuple[float, ...]
    unit: str
    valid: npt.NDArray[np.bool_] | None = None
    phase_values: tuple[float, ...] | None = None
    phase_names: tuple[str, ...] | None = None
    periodic: bool = False


def _load(
    path: Path,
    *,
    plane: int | None = None,
    channel: int | None = None,
    frame: int | None = None,
    stack: bool = False,
) -> _Content:
    file, kind = check_readable(path)
    header = describe(file)
    if stack and "T" in header.axes and "Z" not in header.axes:
        # The times of a plane are the images; what follows calls the axis of the images Z.
        axes = header.axes.replace("T", "Z")
        header = replace(header, axes=axes, voxel_size=(1.0, *header.voxel_size))
    selection = select(file, header, channel=channel, frame=frame, plane=plane)
    check_memory(file, header, selection)
    axes, shape = header.without(selection)
    if kind == "NumPy":
        header = npy.confirmed(file, header)
    pixels = _MODULES[kind].load(file, selection)
    if pixels.size != np.prod(shape):
        raise damaged(file, kind, f"shape {pixels.shape} instead of {shape}")
    pixels = pixels.reshape(shape)
    content = _Content(file, pixels, header.voxel_size[-len(axes) :], header.unit)
    if header.record is None:
        return content
    meaning = header.record.microstructure
    values, valid, known = decode(file, pixels, meaning)
    cropped = header.shape != meaning.shape
    if cropped and meaning.periodic:
        log.warning("%s: its shape was changed since it was written; it is taken as open", file)
    content = replace(
        content, values=values, valid=valid, periodic=meaning.periodic and not cropped
    )
    if not known:
        return content
    return replace(content, phase_values=meaning.phase_values, phase_names=meaning.phase_names)


def _mask(mask: npt.ArrayLike | AnyPath | None, plane: int | None) -> npt.NDArray[np.bool_] | None:
    if mask is None:
        return None
    if not isinstance(mask, (str, os.PathLike)):
        return np.asarray(mask).astype(bool)
    # A mask may be one plane for one plane, or the volume that the plane is taken from.
    one = plane if "Z" in describe(mask).axes else None
    return _load(Path(mask), plane=one).values.astype(bool)


def _microstructure(
    content: _Content,
    voxel_size: float | Sequence[float] | None,
    unit: str | None,
    threshold: float | Sequence[float] | str | None,
    periodic: bool | None,
    mask: npt.NDArray[np.bool_] | None,
    ignore: float | None,
) -> Microstructure:
    values, valid = content.values, content.valid
    for more in (mask, None if ignore is None else values != ignore):
        if more is None:
            continue
        if more.shape != values.shape:
            raise InputError(
                f"{content.path}: the mask has shape {more.shape}, the image {values.shape}: "
                "they must be equal"
            )
        valid = more if valid is None else valid & more
    if threshold is not None:
        values = apply_threshold(content.path, values, threshold, valid)
        content = replace(content, phase_values=None, phase_names=None)
    try:
        return Microstructure.from_array(
            values,
            voxel_size=content.voxel_size if voxel_size is None else voxel_size,
            unit=content.unit if unit is None else unit,
            phase_values=content.phase_values,
            phase_names=content.phase_names,
            mask=valid,
            periodic=content.periodic if periodic is None else periodic,
        )
    except GreyImageError as error:
        raise GreyImageError(
            f"{content.path}: {error}, or use --threshold otsu or --threshold NUMBER "
            "(threshold= in Python)"
        ) from error
    except InputError as error:
        raise type(error)(f"{content.path}: {error}") from error
