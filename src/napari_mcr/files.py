"""Label TIFFs that carry a job: the reader and the writer that napari calls."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from pint import get_application_registry

from mcr_core.errors import McrError
from mcr_core.images import describe, read, write
from mcr_core.microstructure import Microstructure
from napari_mcr.phase_layer import (
    colormap,
    default_colors,
    label_values,
    layer_attributes,
    metadata,
)
from napari_mcr.source_layer import known_scale

LayerData = tuple[Any, dict[str, Any], str]


def get_reader(path: str | Sequence[str]) -> Callable[[str], list[LayerData]] | None:
    """Return a reader for a TIFF that this software wrote, None for any other file."""
    if not isinstance(path, str):
        return None
    try:
        ours = describe(path).record is not None
    except (McrError, OSError):
        # Damaged, or none of ours: other readers may know better.
        return None
    return (lambda chosen: [read_layer(Path(chosen))]) if ours else None


def read_layer(path: Path) -> LayerData:
    """Read an image of phases as the data of a Labels layer."""
    microstructure = read(path)
    record = describe(path).record
    attributes = {
        **layer_attributes(microstructure),
        "name": path.stem,
        # A volume will be turned in 3D: there the first phase must be transparent.
        "colormap": colormap(default_colors(microstructure), microstructure.ndim),
        "opacity": 1.0,
        "metadata": metadata(microstructure, None if record is None else record.job),
    }
    return label_values(microstructure), attributes, "labels"


def write_labels(path: str, data: Any, attributes: dict[str, Any]) -> list[str]:
    """Write a Labels layer as a label TIFF with phases, voxel size, unit and job.

    Raises:
        InputError: the labels are no microstructure, the file cannot be written.
    """
    carried = attributes.get("metadata", {}).get("mcr", {})
    described = carried.get("microstructure", {})
    values = np.asarray(data)
    known = described.get("phase_values") if described.get("stored") == "values" else None
    if known is not None and not np.isin(np.unique(values), known).all():
        known = None  # it was painted since
    scale = attributes.get("scale", (1.0,) * values.ndim)
    units = [get_application_registry().Unit(str(unit)) for unit in attributes.get("units", ())]
    sizes, unit = (known_scale(scale, units) if units else None) or (tuple(scale), "pixel")
    microstructure = Microstructure.from_array(
        values,
        phase_values=known,
        phase_names=described.get("phase_names") if known is not None else None,
        voxel_size=sizes,
        unit=unit,
        periodic=bool(described.get("periodic", False)),
    )
    # napari has asked already whether to replace the file.
    return [str(write(path, microstructure, job=carried.get("job"), overwrite=True))]
