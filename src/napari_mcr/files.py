"""The readers and the writer that napari calls: label TIFFs with a job, and characterizations."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from pint import get_application_registry

from mcr_core.characterization_file.layout import META
from mcr_core.errors import InputError, McrError
from mcr_core.images import describe, read, write
from mcr_core.microstructure import Microstructure
from napari_mcr.layers.phase_layer import (
    colormap,
    default_colors,
    label_values,
    layer_attributes,
    metadata,
)
from napari_mcr.layers.source_layer import known_scale

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


def get_characterization_reader(
    path: str | Sequence[str],
) -> Callable[[str | Sequence[str]], list[tuple[None]]] | None:
    """Return a reader for characterizations, None for any other file."""
    paths = [path] if isinstance(path, str) else list(path)
    return _show_characterizations if paths and all(map(_is_characterization, paths)) else None


def _is_characterization(path: str) -> bool:
    import h5py

    try:
        with h5py.File(path, "r") as root:
            return META in root and "planes" in root
    except (OSError, RuntimeError, ValueError, TypeError):
        # No HDF5, or damaged.
        return False


def _show_characterizations(path: str | Sequence[str]) -> list[tuple[None]]:
    """Show characterizations as plots, in the dock *Characterize*: they are no layers.

    Raises:
        InputError: there is no viewer.
    """
    import napari

    viewer = napari.current_viewer()
    if viewer is None:
        raise InputError("expected a viewer to show a characterization in, there is none")
    from napari_mcr.docks.characterize import Characterize

    open_docks = (dock for dock in viewer.window.dock_widgets.values())
    dock = next((one for one in open_docks if isinstance(one, Characterize)), None)
    if dock is None:
        _, dock = viewer.window.add_plugin_dock_widget("napari-mcr", "Characterize")
    frame = dock.parentWidget()
    if frame is not None:
        frame.show()
        frame.raise_()
    dock.open([path] if isinstance(path, str) else path)
    # So napari knows that all is well, though there is no layer.
    return [(None,)]


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
    outside = described.get("ignore")
    if (
        known is not None
        and not np.isin(np.unique(values), known if outside is None else [*known, outside]).all()
    ):
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
        ignore=outside,
        periodic=bool(described.get("periodic", False)),
    )
    # napari has asked already whether to replace the file.
    return [str(write(path, microstructure, job=carried.get("job"), overwrite=True))]
