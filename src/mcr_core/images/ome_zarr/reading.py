"""Find the image in an OME-Zarr folder, describe it, and load its pixels."""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from mcr_core.errors import FileFormatError
from mcr_core.images.faults import damaged, reported
from mcr_core.images.header import ImageHeader
from mcr_core.images.ome_zarr.chunks import check_chunks
from mcr_core.images.ome_zarr.library import check_installed
from mcr_core.images.ome_zarr.multiscales import (
    Level,
    Multiscale,
    check_inside,
    label_names,
    multiscale,
)
from mcr_core.images.ome_zarr.nodes import KIND, Node, is_zarr, read_node
from mcr_core.images.ome_zarr.writing import PHASES
from mcr_core.images.record import Record, parse_record

log = logging.getLogger("mcr_core.images")

#: Groups named in a message, at most.
_MOST_NAMES = 6


@dataclass(frozen=True)
class _Image:
    """An image, one of its levels, and what we wrote about it."""

    group: Path
    image: Multiscale
    level: Level
    record: Record | None

    @property
    def array(self) -> Path:
        return self.group / self.level.path


def describe(path: Path) -> ImageHeader:
    """Return what the JSON of an image says; no pixel is loaded.

    A folder with one label image gives that one, otherwise its image, at full resolution; the path
    of a group or of a level in it (`x.zarr/labels/cells`, `x.zarr/2`) gives what is there.

    Raises:
        InputError: a file in the folder cannot be read.
        FileFormatError: damaged, no OME-Zarr, several label images, or no image but others below.
    """
    found = _find(path)
    array = _array(path, found)
    axes = found.image.axes_of(path, len(array.shape or ()))
    sizes, unit = found.image.sizes(path, found.level, axes)
    letters = "".join(axis.letter for axis in axes)
    kept = [
        (letter, extent)
        for letter, extent in zip(letters, array.shape or (), strict=True)
        if extent > 1 or letter in _kept(found)
    ]
    return ImageHeader(
        shape=tuple(extent for _, extent in kept),
        dtype=array.dtype or np.dtype(np.uint8),
        axes="".join(letter for letter, _ in kept),
        voxel_size=tuple(sizes[letter] for letter, _ in kept if letter in sizes),
        unit=unit,
        record=found.record,
    )


def load(path: Path, selection: Mapping[str, int]) -> npt.NDArray[Any]:
    """Return the pixels, taking one index of the axes in `selection`, axes of length 1 dropped.

    Raises:
        InputError: the package zarr is missing, or a file cannot be read.
        FileFormatError: pixels that are damaged, or compressed in an unknown way.
    """
    found = _find(path)
    stated = _array(path, found)
    shape = stated.shape or ()
    axes = found.image.axes_of(path, len(shape))
    index = tuple(
        selection.get(axis.letter, slice(None) if extent > 1 or axis.letter in _kept(found) else 0)
        for axis, extent in zip(axes, shape, strict=True)
    )
    check_installed()
    check_chunks(path, stated)
    with reported(path, KIND):
        import zarr

        try:
            array = zarr.open_array(found.array, mode="r")
            # What is not there is read as zeros. Of others' arrays that may be meant so.
            missing = found.record is not None and array.nchunks_initialized < array.nchunks
            pixels = np.asarray(array[index])
        except (ValueError, LookupError) as error:
            if type(error).__name__ != "UnknownCodecError":
                raise
            raise FileFormatError(
                f"{path}: its pixels are compressed in a way that zarr does not know ({error}): "
                "install the package that brings it, or save the image with zstd"
            ) from error
    if missing:
        raise damaged(path, KIND, "chunks of it are missing")
    return pixels


def holds_labels(path: Path) -> bool:
    """Whether the image that `describe` describes is a label image.

    Raises:
        InputError: a file in the folder cannot be read.
        FileFormatError: as `describe`.
    """
    group = _find(path).group
    node = read_node(group)
    return group.parent.name == "labels" or (node is not None and "image-label" in node.ome)


def _find(path: Path) -> _Image:
    # The folders above tell what is in this one, also where a link or a relative path leads here.
    path = Path(os.path.realpath(path))
    node = read_node(path)
    if node is None:
        raise FileFormatError(
            f"{path}: expected an OME-Zarr folder, found no zarr.json, .zgroup or .zarray in it"
        )
    if node.shape is not None:
        return _level(path)
    if "mcr" in node.attributes:
        return _image(path / PHASES)
    if "multiscales" in node.ome:
        labels = read_node(path / "labels")
        names = [] if labels is None else label_names(labels)
        return _image(path / "labels" / _only(path, names)) if names else _image(path)
    names = label_names(node)
    if names:
        return _image(path / _only(path, names))
    children = sorted(child.name for child in path.iterdir() if is_zarr(child))
    raise FileFormatError(
        f"{path}: expected an image of OME-Zarr, this is a group without one: "
        + (f"give the path of an image in it ({_listing(children)})" if children else "it is empty")
    )


def _level(path: Path) -> _Image:
    """Return the image that an array is a level of."""
    for group in path.parents:
        node = read_node(group)
        if node is None:
            break
        image = multiscale(node)
        for level in () if image is None else image.datasets:
            if image is not None and group / level.path == path:
                return _Image(group, image, level, _record(group))
    raise FileFormatError(
        f"{path}: expected an image of OME-Zarr, this is an array that no group describes: its "
        "axes and scale are not known; save it as OME-Zarr or .npy"
    )


def _image(group: Path) -> _Image:
    node = read_node(group)
    image = None if node is None else multiscale(node)
    if image is None:
        raise damaged(group, KIND, "the image is missing")
    return _Image(group, image, image.datasets[0], _record(group))


def _record(group: Path) -> Record | None:
    """Return what we wrote about the label image in a group, which stands two groups above."""
    root = group.parents[1] if len(group.parents) > 1 else group
    if root / PHASES != group:
        return None
    node = read_node(root)
    if node is None or "mcr" not in node.attributes:
        return None
    return parse_record(root, json.dumps({"mcr": node.attributes["mcr"]}))


def _array(path: Path, found: _Image) -> Node:
    check_inside(path, found.level.path)
    node = read_node(found.array)
    if node is None or node.shape is None:
        raise damaged(path, KIND, f"the array {found.level.path!r} is missing")
    if 0 in node.shape:
        raise damaged(path, KIND, f"shape {node.shape}")
    return node


def _kept(found: _Image) -> str:
    """The axes that stay though their extent is 1: those of an image, or of a volume of ours."""
    ours = found.record is not None and len(found.record.microstructure.shape) == 3
    return "ZYX" if ours else "YX"


def _only(path: Path, names: list[str]) -> str:
    if len(names) > 1:
        raise FileFormatError(
            f"{path}: expected one label image, got {len(names)} ({_listing(names)}): give the "
            f"path of one, such as {path / ('' if path.name == 'labels' else 'labels') / names[0]}"
        )
    return names[0]


def _listing(names: list[str]) -> str:
    return ", ".join(names[:_MOST_NAMES]) + (", …" if len(names) > _MOST_NAMES else "")
