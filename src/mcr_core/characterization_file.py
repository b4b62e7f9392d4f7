"""Characterizations as HDF5 files: arrays, and their meaning as JSON inside of the same file."""

from __future__ import annotations

import json
import math
import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import numpy as np

from mcr_core.characterization import Characterization, PlaneStatistics
from mcr_core.descriptors import registry
from mcr_core.errors import FileFormatError, InputError, OptionError
from mcr_core.images.atomic import Part, check_writable, replace_files

if TYPE_CHECKING:
    import h5py

FORMAT_VERSION = 1
SUFFIXES = (".h5", ".hdf5")

_META = "meta"
_PLANES = ("all", "cubic", "xy", "xz", "yz")
_STATISTICS = ("phase_fractions", "s2", "pairs")
#: A declared size may be a lie that fills the memory, so it is read before the numbers are.
_LARGEST_ARRAY = 2**31
_LARGEST_META = 2**26


def write_characterization(
    path: str | os.PathLike[str], target: Characterization, *, overwrite: bool = False
) -> Path:
    """Write a characterization; the file appears whole or not at all.

    Layout: the UTF-8 dataset `meta` with JSON; a group `planes/<name>` for each kind of plane
    with `phase_fractions`, `s2`, `pairs` and `values/<index>/<level>/<block>`; the group `errors`
    is reserved for sampling errors.

    Raises:
        InputError: the path cannot be written, or exists and `overwrite` is False.
        RunError: the disk is full or fails.
    """
    import h5py

    file = check_writable(path, overwrite, SUFFIXES)
    meta = {
        "format_version": FORMAT_VERSION,
        "descriptors": [descriptor.spec() for descriptor in target.descriptors],
        "phase_values": target.phase_values,
        "phase_names": target.phase_names,
        "voxel_size": target.voxel_size,
        "unit": target.unit,
        "source_shape": target.source_shape,
        "periodic": target.periodic,
        "masked": target.masked,
        "images": target.images,
        "versions": dict(target.versions),
    }

    def pour(stream: BinaryIO) -> None:
        with h5py.File(stream, "w") as root:
            root.create_dataset(_META, data=json.dumps(meta), dtype=h5py.string_dtype("utf-8"))
            root.create_group("errors")
            for name, statistics in target.planes.items():
                group = root.create_group(f"planes/{name}")
                for key in _STATISTICS:
                    _store(group, key, getattr(statistics, key))
                for index, levels in enumerate(statistics.values):
                    for level, blocks in enumerate(levels):
                        for block, value in blocks.items():
                            _store(group, f"values/{index}/{level}/{block}", value)

    replace_files([Part(file, pour)], overwrite=overwrite)
    return file


def read_characterization(path: str | os.PathLike[str]) -> Characterization:
    """Read a characterization file.

    Raises:
        InputError: the file does not exist or cannot be opened.
        FileFormatError: it is truncated, foreign, damaged or of a newer format version.
        MissingPluginError, OptionError: it names a descriptor that is not installed.
    """
    import h5py

    file = Path(path)
    if not file.is_file():
        raise InputError(f"{file}: no such file")
    try:
        with file.open("rb") as stream, h5py.File(stream, "r") as root:
            return _read(file, root)
    # h5py reports what HDF5 finds damaged by any of these, depending on where it is.
    except (OSError, RuntimeError, KeyError, ValueError, TypeError, AttributeError) as error:
        if isinstance(error, PermissionError):
            raise InputError(f"{file}: no permission to read it") from None
        reason = str(error).split("\n", 1)[0]
        raise FileFormatError(
            f"{file}: expected a characterization (.h5) that `mcr characterize` wrote, "
            f"this file is foreign, truncated or damaged ({reason})"
        ) from None


def _read(file: Path, root: h5py.File) -> Characterization:
    meta = _meta(root)
    version = meta.get("format_version")
    if not isinstance(version, int) or version < 1:
        raise ValueError("no format_version")
    if version > FORMAT_VERSION:
        raise FileFormatError(
            f"{file}: format version {version} is newer than this software reads "
            f"({FORMAT_VERSION}): update napari-mcr"
        )
    try:
        descriptors = tuple(registry.create(spec) for spec in meta["descriptors"])
    except OptionError as error:
        raise OptionError(f"{file}: {error}; is the plugin's package installed?") from None
    phases = len(meta["phase_values"])
    planes = {}
    for name in _PLANES:
        group = _child(root, f"planes/{name}", required=False)
        if group is not None:
            planes[name] = _plane(group, len(descriptors), phases)
    if not planes or not ("all" in planes or {"xy", "xz", "yz"} <= set(planes)):
        raise ValueError("no planes")
    return Characterization(
        descriptors=descriptors,
        planes=planes,
        phase_values=tuple(_numbers(meta["phase_values"], 2)),
        phase_names=tuple(str(name) for name in meta["phase_names"]),
        voxel_size=tuple(float(size) for size in _numbers(meta["voxel_size"], 2)),
        unit=str(meta["unit"]),
        source_shape=tuple(int(extent) for extent in _numbers(meta["source_shape"], 2)),
        periodic=bool(meta["periodic"]),
        masked=bool(meta["masked"]),
        images=int(meta["images"]),
        versions=dict(meta["versions"]),
    )


def _meta(root: h5py.File) -> dict[str, Any]:
    dataset = _child(root, _META)
    if dataset.shape != () or dataset.id.get_storage_size() > _LARGEST_META:
        raise ValueError("the dataset meta is no text")
    text = dataset[()]
    meta = json.loads(text.decode("utf-8") if isinstance(text, bytes) else text)
    if not isinstance(meta, dict):
        raise ValueError("the dataset meta is no JSON object")
    return meta


def _plane(group: h5py.Group, descriptors: int, phases: int) -> PlaneStatistics:
    fractions, s2, pairs = (_load(group, key) for key in _STATISTICS)
    if fractions.shape != (phases,) or s2.ndim != 3 or s2.shape[1:] != pairs.shape:
        raise ValueError("arrays of unexpected shape")
    values = []
    for index in range(descriptors):
        levels: list[dict[str, Any]] = []
        while (level := _child(group, f"values/{index}/{len(levels)}", required=False)) is not None:
            levels.append({block: _load(level, block) for block in level})
        if not levels or not all(levels):
            raise ValueError(f"no values of descriptor {index}")
        values.append(tuple(levels))
    return PlaneStatistics(tuple(values), fractions, s2, pairs)


def _child(group: h5py.Group, path: str, *, required: bool = True) -> Any:
    """Follow hard links only: another link could lead out of the file, or in circles."""
    import h5py

    node: Any = group
    for part in path.split("/"):
        link = node.get(part, getlink=True) if isinstance(node, h5py.Group) else None
        if not isinstance(link, h5py.HardLink):
            if required or link is not None:
                raise ValueError(f"{path} is missing or a link")
            return None
        node = node[part]
    return node


def _load(group: h5py.Group, path: str) -> Any:
    import h5py

    dataset = _child(group, path)
    if not isinstance(dataset, h5py.Dataset) or dataset.dtype.kind not in "fiu":
        raise ValueError(f"{path} is no array of numbers")
    if dataset.is_virtual or dataset.external:
        raise ValueError(f"{path} lies in another file")
    if math.prod(dataset.shape) * dataset.dtype.itemsize > _LARGEST_ARRAY:
        raise ValueError(f"{path} is too large")
    array = dataset[()]
    if not np.isfinite(array).all():
        raise ValueError(f"{path} holds NaN or infinity")
    return array


def _store(group: h5py.Group, path: str, value: Any) -> None:
    array = np.asarray(value)
    compression = {"compression": "gzip", "shuffle": True} if array.size > 64 else {}
    group.create_dataset(path, data=array, **compression)


def _numbers(values: Any, least: int) -> Iterator[Any]:
    numbers = list(values)
    if len(numbers) < least or not all(
        isinstance(n, (int, float)) and math.isfinite(n) for n in numbers
    ):
        raise ValueError("numbers expected")
    return iter(numbers)
