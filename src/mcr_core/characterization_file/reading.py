"""Read a characterization file without trust."""

from __future__ import annotations

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
    META,
    RECORDING,
    STATISTICS,
    WITH_ERRORS,
    ErrorMeta,
    Meta,
)
from mcr_core.described_file import load_meta
from mcr_core.descriptors import Descriptor, registry
from mcr_core.errors import FileFormatError, InputError, MissingPluginError, OptionError
from mcr_core.hdf5 import child, declared_size, load, opened
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
    file = Path(path)
    if file.suffix.lower() in FORMATS and file.is_file():
        raise FileFormatError(
            f"{file}: expected a characterization (.h5), this is an image: run "
            "`mcr characterize` on it, or use `mcr match`"
        )
    with opened(
        file, "a characterization (.h5) that `mcr characterize` wrote", "characterize again"
    ) as root:
        if child(root, RECORDING, required=False) is not None:
            raise FileFormatError(
                f"{file}: expected a characterization, this is the recording of a run: `mcr run` "
                "goes on with it, `mcr view` draws it, `mcr export` writes its last state"
            )
        return _read(file, root)


def _read(file: Path, root: h5py.File) -> Characterization:
    meta = load_meta(root, META, FORMAT_VERSION, file, Meta)
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
        preset=meta.preset,
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
