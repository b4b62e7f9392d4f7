"""Images inside of a job that are also files: a job that names them can be spelled out."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

import numpy as np

from mcr_core.errors import McrError
from mcr_core.images import read
from mcr_core.microstructure import Microstructure
from mcr_core.planes import PLANES
from mcr_core.sources import ImageFile, Inline

Data = Mapping[str, Any]
Paths = Mapping[str, str | os.PathLike[str]]


def with_files(job: Data, paths: Paths) -> dict[str, Any]:
    """Return a job that names files in place of the images inside of it, where these are the same.

    Args:
        job: JSON data of a job.
        paths: the files that images may come from, by the name that an image has in the job.
    """
    changed = dict(job)
    for name in ("source", "initial"):
        if changed.get(name):
            changed[name] = _filed(changed[name], paths)
    if changed["source"].get("kind") == "planes":
        source = changed["source"]
        given = {name: _filed(source[name], paths) for name in PLANES if source.get(name)}
        changed["source"] = {**source, **given}
    return changed


def _filed(source: Any, paths: Paths) -> Any:
    """Return the file that holds an image; the image itself where there is none."""
    if not isinstance(source, Mapping) or source.get("kind") != "inline":
        return source
    path = paths.get(source.get("name", ""))
    if path is None:
        return source
    try:
        wanted = Inline(**source).load()
        options = _options(wanted, path)
    except McrError:  # it is gone, or has changed: the image in the job is what counts
        return source
    if options is None:
        return source
    return ImageFile(path=os.fspath(path), **options).model_dump(mode="json")


def _options(wanted: Microstructure, path: str | os.PathLike[str]) -> dict[str, Any] | None:
    """Return how a file must be read to be this image; None: it is another one."""
    found, options = read(path), dict[str, Any]()
    if found.shape != wanted.shape:
        return None
    if wanted.mask is not None and found.mask is None:
        ignored = np.unique(found.values[~wanted.mask])
        if ignored.size == 1:
            options["ignore"] = ignored[0].item()
            found = read(path, **options)
    if found.phase_values != wanted.phase_values or not _equal(found, wanted):
        return None
    if found.voxel_size != wanted.voxel_size:
        alike = len(set(wanted.voxel_size)) == 1
        options["voxel_size"] = wanted.voxel_size[0] if alike else wanted.voxel_size
    for name in ("unit", "periodic"):
        if getattr(found, name) != getattr(wanted, name):
            options[name] = getattr(wanted, name)
    return options


def _equal(one: Microstructure, other: Microstructure) -> bool:
    """Whether the voxels that are valid are the same ones, and of the same phases."""
    if one.mask is None or other.mask is None:
        return one.mask is other.mask and np.array_equal(one.labels, other.labels)
    return np.array_equal(one.mask, other.mask) and np.array_equal(
        one.labels[one.mask], other.labels[other.mask]
    )
