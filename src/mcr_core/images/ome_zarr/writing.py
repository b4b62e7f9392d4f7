"""Write a microstructure as OME-NGFF 0.5 on Zarr 3.

The standard keeps label images below an image, in the group `labels`. A microstructure has no grey
image: the levels of the label image `labels/phases` are also those of the image itself, so that
nothing is stored twice and readers that know no labels show the values. What the standard has no
place for is in the attribute `mcr` of the folder, as label TIFFs have it.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from mcr_core.errors import InputError
from mcr_core.images.ome_zarr.nodes import read_node
from mcr_core.images.record import Meaning, Record

#: Where the label image is, seen from the folder.
PHASES = "labels/phases"
_VERSION = "0.5"
#: Voxels along an edge of a chunk: 64³ are read at once, planes of 512².
_CHUNK = {2: 512, 3: 64}
#: Levels of half the extent follow until no edge is longer.
_COARSEST = 256
#: The files and folders that `store` makes, seen from the folder.
_OWN = re.compile(
    rf"labels|{PHASES}|(labels/|{PHASES}/(\d+/)?)?zarr\.json|{PHASES}/\d+(/c(/\d+)*)?"
)
_UNITS = {"nm": "nanometer", "um": "micrometer", "mm": "millimeter", "m": "meter"}


def store(folder: Path, pixels: npt.NDArray[Any], record: Record) -> None:
    """Fill a folder with a label image.

    Coarser levels, for viewers, take every second voxel of the one before. The names of the phases
    are in `image-label`, their values in `mcr`.

    Args:
        folder: empty.
        pixels: uint8 or uint16, shape (Y, X) or (Z, Y, X).
        record: goes into the attribute `mcr`; its scale and names also where the standard has them.
    """
    import zarr

    meaning = record.microstructure
    ndim = pixels.ndim
    root = zarr.create_group(folder, zarr_format=3)
    labels = root.create_group("labels")
    image = root.create_group(PHASES)
    axes = "zyx"[-ndim:]
    # A number that no voxel has: every chunk is written, so that one that gets lost is noticed.
    used = {value for value, _ in _labels(meaning)}
    fill = next(number for number in range(len(used) + 1) if number not in used)
    scales: list[list[float]] = []
    steps = 1
    while True:
        level = image.create_array(
            str(len(scales)),
            shape=pixels.shape,
            dtype=pixels.dtype,
            chunks=tuple(min(_CHUNK[ndim], extent) for extent in pixels.shape),
            fill_value=fill,
            dimension_names=list(axes),
        )
        level[...] = pixels
        scales.append([edge * steps for edge in meaning.voxel_size])
        if max(pixels.shape) <= _COARSEST:
            break
        # An edge of one voxel stays one; its length is then of no use to anybody.
        pixels = pixels[(slice(None, None, 2),) * ndim]
        steps *= 2
    multiscale = _multiscale(axes, meaning.unit, scales)
    image.attrs["ome"] = {
        "version": _VERSION,
        "multiscales": [multiscale("")],
        "image-label": _image_label(meaning),
    }
    labels.attrs["ome"] = {"version": _VERSION, "labels": [image.basename]}
    root.attrs.update(json.loads(record.to_json()))
    root.attrs["ome"] = {"version": _VERSION, "multiscales": [multiscale(f"{PHASES}/")]}


def check_replaceable(folder: Path) -> None:
    """Check that a folder holds what `store` has put there and nothing else.

    Raises:
        InputError: it holds something else, or is no such folder.
    """
    try:
        root = read_node(folder)
    except InputError:  # damaged, so nobody knows whose it is
        root = None
    if root is None or "mcr" not in root.attributes:
        raise InputError(f"{folder} exists and is no result of mcr: choose another name")
    for path in folder.rglob("*"):
        name = path.relative_to(folder).as_posix()
        if not _OWN.fullmatch(name):
            raise InputError(
                f"{folder}: expected nothing but a result of mcr in it, found {name}: "
                "choose another name, or move that elsewhere"
            )
        if path.is_dir() and not os.access(path, os.R_OK | os.W_OK | os.X_OK):
            raise InputError(f"{path} is write-protected: change its permissions first")


def _multiscale(axes: str, unit: str, scales: list[list[float]]) -> Callable[[str], dict[str, Any]]:
    """Return a function: the levels and their scales, seen from a group above their own."""
    described = [
        {"name": axis, "type": "space", **({"unit": _UNITS[unit]} if unit in _UNITS else {})}
        for axis in axes
    ]

    def seen(way: str) -> dict[str, Any]:
        return {
            "name": PHASES.rpartition("/")[2],
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


def _labels(meaning: Meaning) -> list[tuple[int, dict[str, Any]]]:
    """Return the numbers in the image, and what each of them stands for."""
    values = meaning.phase_values
    stored = values if meaning.stored == "values" else range(len(values))
    found = [
        (int(number), {"name": name, "value": value})
        for number, name, value in zip(stored, meaning.phase_names, values, strict=True)
    ]
    if meaning.ignore is not None:
        found.append((meaning.ignore, {"name": "outside of the mask"}))
    return found


def _image_label(meaning: Meaning) -> dict[str, Any]:
    labels = _labels(meaning)
    greys = np.linspace(60, 230, len(labels)).astype(int).tolist()
    return {
        "version": _VERSION,
        "colors": [
            {"label-value": number, "rgba": [grey, grey, grey, 255]}
            for (number, _), grey in zip(labels, greys, strict=True)
        ],
        "properties": [{"label-value": number, **said} for number, said in labels],
        "source": {"image": "../../"},
    }
