"""TIFF files: ImageJ, OME and plain ones, classic and BigTIFF."""

from __future__ import annotations

import logging
import math
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt
import tifffile

from mcr_core.errors import FileFormatError
from mcr_core.images.faults import damaged, reported, tifffile_log
from mcr_core.images.header import ImageHeader
from mcr_core.images.record import Meaning, Record, Scale, parse_record
from mcr_core.images.scale import (
    Resolution,
    Sizes,
    imagej_scale,
    ome_scale,
    plain_scale,
    same_scale,
    tag_scale,
)

log = logging.getLogger("mcr_core.images")


def describe(path: Path) -> ImageHeader:
    """Return what the tags say; no pixel is loaded.

    Raises:
        FileFormatError: no TIFF, damaged, or several images of different shape.
    """
    with _opened(path) as (tif, series):
        axes, shape = _plain_axes(series)
        record = _record(path, tif)
        sizes, unit = _scale(path, tif)
        if record is not None:
            axes, shape = _recorded_axes(axes, shape, record.microstructure)
            sizes, unit = _recorded_scale(path, axes, sizes, unit, record.microstructure)
        return ImageHeader(
            shape=shape,
            dtype=np.dtype(series.dtype),
            axes=axes,
            voxel_size=tuple(sizes.get(a, 1.0) for a in axes if a in "ZYX"),
            unit=unit,
            record=record,
        )


def load(path: Path, selection: Mapping[str, int]) -> npt.NDArray[Any]:
    """Return the pixels, taking one index of the axes in `selection`, axes of length 1 dropped.

    Only the pages that are asked for are read, where the file allows it.

    Raises:
        FileFormatError: missing pages, truncated or undecodable pixels, an unknown compression.
    """
    with _opened(path) as (tif, series):
        _check_codec(path, series)
        _check_segments(path, tif, series)
        axes = _spatial(series.axes)
        index = tuple(selection.get(a, slice(None)) if n > 1 else 0
                      for a, n in zip(axes, series.shape, strict=True))  # fmt: skip
        leading = series.ndim - len(series.keyframe.shape)
        pages = math.prod(series.shape[:leading])
        if series.dataoffset is not None and series.keyframe.is_memmappable:
            dtype = np.dtype(series.dtype).newbyteorder(tif.byteorder)
            view = np.memmap(path, dtype, "r", offset=series.dataoffset, shape=series.shape)
            pixels = np.array(view[index])
        elif len(series.pages) == pages and series.axes[leading:] == series.keyframe.axes:
            numbers = np.arange(pages).reshape(series.shape[:leading])[index[:leading]]
            chosen = [series.pages[int(n)] for n in np.ravel(numbers)]
            planes = [page.asarray() for page in chosen if page is not None]
            stack = np.stack(planes) if numbers.ndim else planes[0]
            stack = stack.reshape(*numbers.shape, *series.shape[leading:])
            pixels = stack[(slice(None),) * numbers.ndim + index[leading:]]
        else:
            pixels = series.asarray()[index]
        return pixels


def store(file: BinaryIO, pixels: npt.NDArray[Any], record: Record) -> None:
    """Write an ImageJ label TIFF.

    Args:
        file: open for writing.
        pixels: uint8 or uint16, shape (Y, X) or (Z, Y, X).
        record: goes into the property `Info`; its scale into the tags, too.
    """
    sizes, unit = tag_scale(record.microstructure.voxel_size, record.microstructure.unit)
    tags = Scale(voxel_size=sizes, unit=unit)
    meaning = record.microstructure.model_copy(update={"tags": tags})
    record = record.model_copy(update={"microstructure": meaning})
    properties: dict[str, Any] = {"axes": "TZCYXS", "unit": unit, "Info": record.to_json()}
    if pixels.ndim == 3:
        properties["spacing"] = sizes[0]
    # All six axes of ImageJ: of fewer, tifffile takes an X of length 1 for a colour sample.
    slices = pixels.shape[0] if pixels.ndim == 3 else 1
    pixels = pixels.reshape(1, slices, 1, *pixels.shape[-2:], 1)
    tifffile.imwrite(
        file,
        pixels,
        imagej=True,
        photometric="minisblack",
        resolution=(1 / sizes[-1], 1 / sizes[-2]),
        metadata=properties,
    )


@contextmanager
def _opened(path: Path) -> Iterator[tuple[tifffile.TiffFile, tifffile.TiffPageSeries]]:
    """Open a TIFF that holds one series of pages of equal shape."""
    with reported(path, "TIFF"), tifffile_log(path), tifffile.TiffFile(path) as tif:
        series = tif.series
        if not series:
            raise damaged(path, "TIFF", "it has no pages")
        if len(series) > 1:
            shapes = ", ".join(str(s.shape) for s in series[:4])
            raise FileFormatError(
                f"{path}: expected one image or volume, got {len(series)} (shapes {shapes}): "
                "save the one that you mean on its own"
            )
        if series[0].dtype is None or 0 in series[0].shape or len(series[0].shape) < 2:
            raise damaged(path, "TIFF", f"shape {series[0].shape}, type {series[0].dtype}")
        yield tif, series[0]


def _spatial(axes: str) -> str:
    """Name the axis of a plain sequence of pages Z: several pages are a volume."""
    unnamed = [a for a in axes if a in "IQ"]
    return axes.replace(unnamed[0], "Z") if len(unnamed) == 1 and "Z" not in axes else axes


def _plain_axes(series: tifffile.TiffPageSeries) -> tuple[str, tuple[int, ...]]:
    """Drop axes of length 1 and name the rest."""
    kept = [(a, n) for a, n in zip(series.axes, series.shape, strict=True) if n > 1 or a in "YX"]
    return _spatial("".join(a for a, _ in kept)), tuple(int(n) for _, n in kept)


def _recorded_axes(
    axes: str, shape: tuple[int, ...], meaning: Meaning
) -> tuple[str, tuple[int, ...]]:
    """Restore an axis Z of length 1, which a TIFF does not keep."""
    if (1, *shape) == meaning.shape and axes == "YX":
        return "ZYX", meaning.shape
    return axes, shape


def _record(path: Path, tif: tifffile.TiffFile) -> Record | None:
    info = (tif.imagej_metadata or {}).get("Info")
    return parse_record(path, info) if isinstance(info, str) else None


def _scale(path: Path, tif: tifffile.TiffFile) -> Sizes:
    tags = tif.pages.first.tags
    resolution = Resolution(*(tags.valueof(code) for code in (282, 283, 296)))
    if tif.ome_metadata is not None:
        return ome_scale(path, tif.ome_metadata)
    if tif.imagej_metadata is not None:
        return imagej_scale(path, tif.imagej_metadata, resolution)
    return plain_scale(path, resolution)


def _recorded_scale(
    path: Path, axes: str, sizes: dict[str, float], unit: str, meaning: Meaning
) -> Sizes:
    """Take the exact scale of the record, unless the tags were changed since it was written."""
    if meaning.tags is None:
        return sizes, unit
    # From the last: a single slice of a volume, saved by ImageJ, has no Z any more.
    kept = [a for a in "XYZ" if a in axes][: len(meaning.shape)]
    written = meaning.tags.voxel_size[::-1][: len(kept)]
    if same_scale([sizes.get(a, 1.0) for a in kept], unit, written, meaning.tags.unit):
        return dict(zip(kept, meaning.voxel_size[::-1], strict=False)), meaning.unit
    log.warning("%s: its scale was changed since it was written; the tags are believed", path)
    return sizes, unit


def _check_codec(path: Path, series: tifffile.TiffPageSeries) -> None:
    page = series.keyframe
    for name, code, codecs in (
        ("compression", page.compression, tifffile.TIFF.DECOMPRESSORS),
        ("predictor", page.predictor, tifffile.TIFF.UNPREDICTORS),
    ):
        if code not in codecs:
            raise FileFormatError(
                f"{path}: its {name} {getattr(code, 'name', code)} needs the Python package "
                "imagecodecs: install it (pip install imagecodecs), or save the file without "
                "compression or with deflate (ZIP)"
            )


def _check_segments(path: Path, tif: tifffile.TiffFile, series: tifffile.TiffPageSeries) -> None:
    """Refuse pages whose pixels are not all in the file: tifffile reads them as zeros."""
    size = tif.filehandle.size
    for number, page in enumerate(series.pages):
        if page is None:
            raise damaged(path, "TIFF", f"page {number} is missing")
        if page.parent is not tif:
            continue  # OME sets of files: the sizes of the others are not known here
        segments = list(zip(page.dataoffsets, page.databytecounts, strict=True))
        if not segments or any(not o or not n or o + n > size for o, n in segments):
            raise damaged(path, "TIFF", f"pixels of page {number} are missing")
