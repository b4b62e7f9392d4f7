"""Read a characterization file without trust."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mcr_core.characterization import (
    Characterization,
    DirectionFinding,
    Levels,
    PlaneStatistics,
    SamplingErrors,
)
from mcr_core.characterization_file.layout import (
    FORMAT_VERSION,
    LARGEST_META,
    META,
    STATISTICS,
    WITH_ERRORS,
    ErrorMeta,
    Meta,
)
from mcr_core.descriptors import Descriptor, registry
from mcr_core.errors import FileFormatError, InputError, MissingPluginError, OptionError
from mcr_core.hdf5 import check_seal, child, declared_size, load, own_dataset
from mcr_core.images.header import physical_memory
from mcr_core.images.suffixes import FORMATS
from mcr_core.microstructure import field_count
from mcr_core.two_point import field_pairs

if TYPE_CHECKING:
    import h5py


def read_characterization(path: str | os.PathLike[str]) -> Characterization:
    """Read a characterization file.

    Raises:
        InputError: the file does not exist or cannot be opened.
        FileFormatError: it is truncated, foreign, damaged or of a newer format version.
        MissingPluginError: it names a descriptor that is not installed.
        OptionError: it has a descriptor with an option that this version does not know.
    """
    import h5py

    file = Path(path)
    if file.is_dir():
        raise InputError(f"{file}: expected a file, this is a folder")
    if not file.exists():
        raise InputError(f"{file}: no such file")
    if file.suffix.lower() in FORMATS:
        raise FileFormatError(
            f"{file}: expected a characterization (.h5), this is an image: run "
            "`mcr characterize` on it, or use `mcr match`"
        )
    try:
        with file.open("rb") as stream:
            check_seal(stream)
            with h5py.File(stream, "r") as root:
                return _read(file, root)
    except PermissionError:
        raise InputError(f"{file}: no permission to read it") from None
    except MemoryError:
        raise InputError(f"{file}: not enough memory to read it") from None
    # h5py reports what HDF5 finds damaged by any of these, depending on where it is.
    except (
        OSError,
        RuntimeError,
        LookupError,
        ValueError,
        TypeError,
        AttributeError,
        ArithmeticError,
        NotImplementedError,
    ) as error:
        reason = " ".join(str(error).split())[:160]
        raise FileFormatError(
            f"{file}: expected a characterization (.h5) that `mcr characterize` wrote, "
            f"this file is foreign, truncated or damaged ({reason}): characterize again"
        ) from None


def _read(file: Path, root: h5py.File) -> Characterization:
    data = _json(root)
    version = data.get("format_version")
    if not isinstance(version, int) or version < 1:
        raise ValueError("no format_version")
    if version > FORMAT_VERSION:
        raise FileFormatError(
            f"{file}: format version {version} is newer than this software reads "
            f"({FORMAT_VERSION}): update napari-mcr"
        )
    try:
        meta = Meta(**data)
    except OptionError as error:
        raise ValueError(f"its JSON: {error}") from None
    _check_memory(file, root)
    descriptors = tuple(_descriptor(file, spec) for spec in meta.descriptors)
    planes = {}
    pooled = child(root, "planes/all", required=False) is not None
    for name, required in meta.planes(pooled):
        group = child(root, f"planes/{name}", required=required)
        if group is not None:
            errors = child(root, f"errors/{name}", required=False)
            found = _plane(group, descriptors, len(meta.phase_values))
            if errors is not None:
                about = meta.errors.get(name, ErrorMeta())
                found = replace(found, errors=_errors(errors, found, descriptors, about))
            planes[name] = found
    stored = {
        name: _plane(child(root, f"prescribed/{name}"), descriptors, len(meta.phase_values))
        for name in sorted(set(meta.prescribed.values()))
    }
    volume = _values(root, "volume", descriptors, len(meta.phase_values), volumetric=True)
    return Characterization(
        descriptors=descriptors,
        planes=planes,
        phase_values=meta.phase_values,
        phase_names=meta.phase_names,
        voxel_size=meta.voxel_size,
        unit=meta.unit,
        source_shape=meta.source_shape,
        periodic=meta.periodic,
        masked=meta.masked,
        images=meta.images,
        versions=meta.versions,
        volume=volume if any(volume) else (),
        notes=meta.notes,
        direction=None
        if meta.direction is None
        else DirectionFinding(**meta.direction.model_dump()),
        prescribed={name: stored[other] for name, other in meta.prescribed.items()},
    )


def _descriptor(file: Path, spec: dict[str, Any]) -> Descriptor:
    name = spec.get("name")
    if isinstance(name, str) and name not in registry.names():
        raise MissingPluginError(
            f"{file} was made with the descriptor {name!r}, which is not installed here: "
            "install the package that offers it"
        )
    try:
        return registry.create(spec)
    except (OptionError, MissingPluginError) as error:
        raise type(error)(f"{file}: {error}") from None


def _json(root: h5py.File) -> dict[str, Any]:
    import h5py

    dataset = own_dataset(root, META)
    kind = h5py.check_string_dtype(dataset.dtype)
    if kind is None or dataset.shape != () or (kind.length or 0) > LARGEST_META:
        raise ValueError("the dataset meta is no text")
    text = dataset[()]
    data = json.loads(text.decode("utf-8") if isinstance(text, bytes) else text)
    if not isinstance(data, dict):
        raise ValueError("the dataset meta is no JSON object")
    return data


def _check_memory(file: Path, root: h5py.File) -> None:
    """Refuse a file whose arrays do not fit the memory together."""
    import h5py

    needed = 0

    def add(path: str, node: Any) -> None:
        nonlocal needed
        if isinstance(node, h5py.Dataset) and node.shape is not None:
            needed += declared_size(path, node)

    root.visititems(add)
    memory = physical_memory()
    if memory is not None and needed > memory:
        raise InputError(
            f"{file}: its arrays take {needed / 2**30:.3g} GB, this machine has "
            f"{memory / 2**30:.3g} GB: characterize a smaller image"
        )


def _plane(group: h5py.Group, descriptors: tuple[Descriptor, ...], phases: int) -> PlaneStatistics:
    fields = field_count(phases)
    fractions, s2, pairs = (load(group, key) for key in STATISTICS)
    if fractions.shape != (phases,) or s2.shape != (len(field_pairs(fields)), *pairs.shape):
        raise ValueError("arrays of unexpected shape")
    if pairs.ndim != 2 or 0 in pairs.shape:
        raise ValueError("pairs is no image")
    if fractions.min() < 0 or abs(fractions.sum() - 1) > 1e-3:
        raise ValueError("the phase fractions do not sum to 1")
    values = _values(group, "values", descriptors, phases, volumetric=False)
    return PlaneStatistics(values, fractions, s2, pairs)


def _errors(
    group: h5py.Group,
    statistics: PlaneStatistics,
    descriptors: tuple[Descriptor, ...],
    about: ErrorMeta,
) -> SamplingErrors:
    phases = len(statistics.phase_fractions)
    fractions, s2 = (load(group, key) for key in WITH_ERRORS)
    values = _values(group, "values", descriptors, phases, volumetric=False)
    shapes = [
        [{name: block.shape for name, block in blocks.items()} for levels in v for blocks in levels]
        for v in (values, statistics.values)
    ]
    same = fractions.shape == (phases,) and s2.shape == statistics.s2.shape
    if not same or shapes[0] != shapes[1]:
        raise ValueError("sampling errors of unexpected shape")
    return SamplingErrors(
        values, fractions, s2, origin=about.origin, degrees=about.degrees, bounds=about.bounds
    )


def _values(
    group: h5py.Group,
    name: str,
    descriptors: tuple[Descriptor, ...],
    phases: int,
    *,
    volumetric: bool,
) -> tuple[Levels, ...]:
    """Levels of the descriptors of planes, or of those of volumes; none of the others."""
    values: list[Levels] = []
    for index, descriptor in enumerate(descriptors):
        if descriptor.volumetric is not volumetric:
            values.append(())
            continue
        fields = descriptor.result_fields(field_count(phases))
        levels: list[dict[str, Any]] = []
        while (level := child(group, f"{name}/{index}/{len(levels)}", required=False)) is not None:
            levels.append({block: load(level, block) for block in level})
        if not levels or not all(levels):
            raise ValueError(f"no values of descriptor {index}")
        if any(value.shape[:1] != (fields,) for blocks in levels for value in blocks.values()):
            raise ValueError(f"values of descriptor {index} of unexpected shape")
        values.append(tuple(levels))
    return tuple(values)
