"""Write a characterization file."""

from __future__ import annotations

import json
import os
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from mcr_core.characterization import Characterization, Levels, PlaneStatistics
from mcr_core.characterization_file.layout import (
    FORMAT_VERSION,
    META,
    STATISTICS,
    WITH_ERRORS,
)
from mcr_core.described_file import write_described
from mcr_core.hdf5 import store, store_text

if TYPE_CHECKING:
    import h5py


def write_characterization(
    path: str | os.PathLike[str], target: Characterization, *, overwrite: bool = False
) -> Path:
    """Write a characterization; the file appears whole or not at all.

    Raises:
        InputError: the path cannot be written, or exists and `overwrite` is False.
        RunError: the disk is full or fails.
    """
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
        "notes": target.notes,
        "errors": {
            name: {
                "origin": row.errors.origin,
                "degrees": row.errors.degrees,
                "bounds": row.errors.bounds,
            }
            for name, row in target.planes.items()
            if row.errors is not None
        },
        "direction": None if target.direction is None else asdict(target.direction),
        "prescribed": _shared(target),
        "preset": target.preset,
    }

    def build(root: h5py.File) -> None:
        store_text(root, META, json.dumps(meta))
        errors = root.create_group("errors")
        for name in sorted(set(_shared(target).values())):
            _store_plane(root.create_group(f"prescribed/{name}"), target.prescribed[name])
        for name, statistics in target.planes.items():
            _store_plane(root.create_group(f"planes/{name}"), statistics)
            if statistics.errors is not None:
                for key in WITH_ERRORS:
                    store(errors, f"{name}/{key}", getattr(statistics.errors, key))
                _store_values(errors, f"{name}/values", statistics.errors.values)
        _store_values(root, "volume", target.volume)

    return write_described(path, build, overwrite=overwrite)


def _shared(target: Characterization) -> dict[str, str]:
    """For each plane with something prescribed the first one with the same."""
    found: dict[str, str] = {}
    for name, row in target.prescribed.items():
        same = (other for other in found if target.prescribed[other] is row)
        found[name] = next(same, name)
    return found


def _store_plane(group: h5py.Group, statistics: PlaneStatistics) -> None:
    for key in STATISTICS:
        store(group, key, getattr(statistics, key))
    _store_values(group, "values", statistics.values)


def _store_values(group: h5py.Group, name: str, values: tuple[Levels, ...]) -> None:
    for index, levels in enumerate(values):
        for level, blocks in enumerate(levels):
            for block, value in blocks.items():
                store(group, f"{name}/{index}/{level}/{block}", value)
