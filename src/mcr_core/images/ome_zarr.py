"""OME-Zarr: labels as a folder of chunks that viewers read part by part, with scale and names.

OME-NGFF 0.5 on Zarr 3, https://ngff.openmicroscopy.org/0.5/. The standard keeps label images below
an image, in the group `labels`. A microstructure has no grey image: the levels of the label image
`labels/phases` are also those of the image itself, so that nothing is stored twice and readers that
know no labels show the values. What the standard has no place for is in the attribute `mcr`, as
label TIFFs have it.
"""

from __future__ import annotations

import json
import os
import secrets
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from mcr_core.errors import InputError, RunError
from mcr_core.images.meaning import encode
from mcr_core.images.record import Record
from mcr_core.microstructure import Microstructure

SUFFIXES = (".zarr",)
_VERSION = "0.5"
_LABELS = "phases"
#: Voxels along an edge of a chunk: 64³ are read at once, planes of 512².
_CHUNK = {2: 512, 3: 64}
#: Levels of half the extent follow until no edge is longer.
_COARSEST = 256
_UNITS = {"nm": "nanometer", "um": "micrometer", "mm": "millimeter", "m": "meter"}


def write(
    path: str | os.PathLike[str],
    ms: Microstructure,
    *,
    job: Mapping[str, Any] | None = None,
    overwrite: bool = False,
) -> Path:
    """Write the phase values as a label image of OME-NGFF 0.5.

    Coarser levels, for viewers, take every second voxel of the one before. Voxels outside of the
    mask get the smallest number that is no phase. Values that are no natural numbers, or above
    65535, are replaced by the indices 0 … P-1 of the phases; the names of the phases are in
    `image-label`, their values in `mcr`.

    Args:
        path: a folder `NAME.zarr`, by custom `NAME.ome.zarr`; it appears whole or not at all.
        ms: the microstructure, (Y, X) or (Z, Y, X).
        job: what made it, as JSON can hold it.
        overwrite: replace an existing Zarr folder.

    Returns:
        The folder, symbolic links resolved.

    Raises:
        InputError: another ending, something that exists, a folder that is missing; or the
            package zarr is.
        RunError: the disk is full or fails.
    """
    target = check_writable(path, overwrite)
    try:
        import zarr  # noqa: F401
    except ImportError:
        raise InputError(
            "OME-Zarr needs the package zarr: install it (pip install 'zarr>=3'), or export a "
            ".tif or .vti"
        ) from None
    pixels, meaning = encode(ms, any_value=False)
    record = Record(microstructure=meaning, job=None if job is None else dict(job))
    carried = json.loads(record.to_json())
    token = secrets.token_hex(4)
    staged = target.with_name(f".{target.name}.{token}.partial")
    replaced = target.with_name(f".{target.name}.{token}.old")
    try:
        _store(staged, pixels, ms, carried)
        if target.exists():
            os.replace(target, replaced)
        os.replace(staged, target)
    except OSError as error:
        if replaced.exists() and not target.exists():
            os.replace(replaced, target)
        raise RunError(f"{target}: cannot be written: {error.strerror or error}") from error
    finally:
        shutil.rmtree(staged, ignore_errors=True)
        shutil.rmtree(replaced, ignore_errors=True)
    return target


def check_writable(path: str | os.PathLike[str], overwrite: bool = False) -> Path:
    """Check that an OME-Zarr folder can be written to a path, and return it, links resolved.

    Raises:
        InputError: another ending, something that exists, a folder that is missing or where
            nothing can be written.
    """
    given = Path(path)
    if given.suffix.lower() not in SUFFIXES:
        raise InputError(
            f"{given}: expected a name that ends in .zarr, such as volume.ome.zarr, got "
            f"{given.suffix or 'no suffix'!r}"
        )
    target = Path(os.path.realpath(given))
    if not target.parent.is_dir():
        raise InputError(f"{given}: the folder {target.parent} does not exist: create it first")
    if not os.access(target.parent, os.W_OK | os.X_OK):
        raise InputError(f"{given}: no permission to write into the folder {target.parent}")
    if not os.path.lexists(target):
        return target
    if not any((target / name).is_file() for name in ("zarr.json", ".zgroup", ".zarray")):
        # Whatever it is, it is not ours to delete.
        raise InputError(f"{given} exists and is no Zarr folder: choose another name")
    if not overwrite:
        raise InputError(
            f"{target} exists: use --overwrite (overwrite=True in Python) to replace it, or choose "
            "another name"
        )
    return target


def _store(
    folder: Path, pixels: npt.NDArray[Any], ms: Microstructure, carried: Mapping[str, Any]
) -> None:
    import zarr

    root = zarr.create_group(folder, zarr_format=3)
    labels = root.create_group("labels")
    image = labels.create_group(_LABELS)
    axes = "zyx"[-ms.ndim :]
    scales: list[list[float]] = []
    steps = 1
    while True:
        level = image.create_array(
            str(len(scales)),
            shape=pixels.shape,
            dtype=pixels.dtype,
            chunks=tuple(min(_CHUNK[ms.ndim], extent) for extent in pixels.shape),
            dimension_names=list(axes),
        )
        level[...] = pixels
        scales.append([edge * steps for edge in ms.voxel_size])
        if max(pixels.shape) <= _COARSEST:
            break
        # An edge of one voxel stays one; its length is then of no use to anybody.
        pixels = pixels[(slice(None, None, 2),) * ms.ndim]
        steps *= 2
    multiscale = _multiscale(axes, ms.unit, scales)
    image.attrs["ome"] = {
        "version": _VERSION,
        "multiscales": [multiscale("")],
        "image-label": _image_label(ms, carried),
    }
    labels.attrs["ome"] = {"version": _VERSION, "labels": [_LABELS]}
    root.attrs.update(carried)
    root.attrs["ome"] = {"version": _VERSION, "multiscales": [multiscale(f"labels/{_LABELS}/")]}


def _multiscale(axes: str, unit: str, scales: list[list[float]]) -> Any:
    """Return a function: the levels and their scales, seen from a group above their own."""
    described = [
        {"name": axis, "type": "space", **({"unit": _UNITS[unit]} if unit in _UNITS else {})}
        for axis in axes
    ]

    def seen(way: str) -> dict[str, Any]:
        return {
            "name": _LABELS,
            "axes": described,
            "datasets": [
                {
                    "path": f"{way}{number}",
                    "coordinateTransformations": [{"type": "scale", "scale": scale}],
                }
                for number, scale in enumerate(scales)
            ],
            "type": "nearest",
        }

    return seen


def _image_label(ms: Microstructure, carried: Mapping[str, Any]) -> dict[str, Any]:
    meaning = carried["mcr"]["microstructure"]
    stored = ms.phase_values if meaning["stored"] == "values" else range(ms.phase_count)
    properties = [
        {"label-value": int(label), "name": name, "value": value}
        for label, name, value in zip(stored, ms.phase_names, ms.phase_values, strict=True)
    ]
    if meaning["ignore"] is not None:
        properties.append({"label-value": int(meaning["ignore"]), "name": "outside of the mask"})
    greys = np.linspace(60, 230, len(properties)).astype(int).tolist()
    return {
        "version": _VERSION,
        "colors": [
            {"label-value": entry["label-value"], "rgba": [grey, grey, grey, 255]}
            for entry, grey in zip(properties, greys, strict=True)
        ],
        "properties": properties,
        "source": {"image": "../../"},
    }
