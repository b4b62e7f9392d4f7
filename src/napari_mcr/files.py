"""The readers and the writer that napari calls: label images with a job, and characterizations."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from napari.utils.notifications import show_warning
from pint import get_application_registry

from mcr_core.characterization_file.layout import META
from mcr_core.errors import GreyImageError, InputError, McrError
from mcr_core.images import describe, ome_zarr, read, read_pixels, write
from mcr_core.microstructure import Microstructure
from mcr_core.recording import is_recording
from napari_mcr.layers.phase_layer import (
    colormap,
    default_colors,
    grid_attributes,
    label_values,
    layer_attributes,
    metadata,
)
from napari_mcr.layers.source_layer import known_scale

log = logging.getLogger("napari_mcr")

LayerData = tuple[Any, dict[str, Any], str]


def get_reader(path: str | Sequence[str]) -> Callable[[str | Sequence[str]], list[LayerData]]:
    """Return a reader for label images that this software wrote, or any in OME-Zarr.

    napari offers this reader for every TIFF, since it goes by names. What is not for us is opened
    by napari's own reader, as it would be without this plugin, but with the voxel size that the
    file names.
    """
    from napari_builtins.io import napari_get_reader  # type: ignore[import-untyped]

    ours = _label_images(Path(path)) if isinstance(path, str) else {}
    usual: Callable[[str | Sequence[str]], list[LayerData]] = napari_get_reader(path)
    if not ours:
        scale = _scale(path) if isinstance(path, str) else {}
        return partial(_read_scaled, usual, scale) if scale else usual

    def read_ours(chosen: str | Sequence[str]) -> list[LayerData]:
        try:
            return [read_layer(file, name) for name, file in ours.items()]
        except McrError as error:
            log.warning("%s", error)
            show_warning(f"{' and '.join(ours)}: no phases, opened as an image")
            return usual(chosen)

    return read_ours


def _scale(path: str) -> dict[str, Any]:
    """Return the attributes of a layer that say what a file names as its voxel size, if it does."""
    try:
        header = describe(path)
    except (McrError, OSError):
        return {}  # damaged, or of a format of others
    if header.unit == "pixel":
        return {}
    edges = dict(zip((a for a in header.axes if a in "ZYX"), header.voxel_size, strict=True))
    axes = header.axes.removesuffix("S")  # colours are no axis of a layer
    return {
        **({"rgb": True} if axes != header.axes else {}),
        "scale": tuple(edges.get(axis, 1.0) for axis in axes),
        "units": tuple(header.unit if axis in edges else "pixel" for axis in axes),
        "axis_labels": tuple(axes.lower()),
    }


def _read_scaled(
    usual: Callable[[str | Sequence[str]], list[LayerData]],
    scale: dict[str, Any],
    path: str | Sequence[str],
) -> list[LayerData]:
    """Read by napari's own reader, which does not look for a scale."""
    data = usual(path)[0][0]
    colours = scale.get("rgb", False)
    fits = data.ndim == len(scale["scale"]) + colours
    return [(data, scale if fits else {}, "image")]


def _label_images(path: Path) -> dict[str, Path]:
    """Return the label images in a file or folder that are for us, by the names of their layers."""
    name = path.stem.removesuffix(".ome")
    found = {name: path}
    for group in (path, path / "labels"):
        try:
            node = ome_zarr.read_node(group)
            labels = [] if node is None else ome_zarr.label_names(node)
        except McrError:
            return {}
        if len(labels) > 1:
            found = {f"{name} {label}": group / label for label in labels}
    return {name: file for name, file in found.items() if _is_usable(file)}


def _is_usable(path: Path) -> bool:
    try:
        header = describe(path)
        if header.record is not None:
            return True
        spatial = header.axes in ("YX", "ZYX") and header.dtype.kind in "biu"
        return spatial and path.is_dir() and ome_zarr.holds_labels(path)
    except (McrError, OSError):
        return False  # damaged, or none of ours


def get_characterization_reader(
    path: str | Sequence[str],
) -> Callable[[str | Sequence[str]], list[tuple[None]]] | None:
    """Return a reader for characterizations and for recordings of runs, None for other files."""
    paths = [path] if isinstance(path, str) else list(path)
    ours = all(_is_characterization(one) or is_recording(one) for one in paths)
    return _show_in_docks if paths and ours else None


def _is_characterization(path: str) -> bool:
    import h5py

    try:
        with h5py.File(path, "r") as root:
            return META in root and "planes" in root
    except (OSError, RuntimeError, ValueError, TypeError):
        # No HDF5, or damaged.
        return False


def _show_in_docks(path: str | Sequence[str]) -> list[tuple[None]]:
    """Show characterizations as plots in *Characterize*, recordings in *Convergence*.

    Raises:
        InputError: there is no viewer.
    """
    import napari

    viewer = napari.current_viewer()
    if viewer is None:
        raise InputError("expected a viewer to show a characterization in, there is none")
    paths = [path] if isinstance(path, str) else list(path)
    recordings = [one for one in paths if is_recording(one)]
    for name, files in (
        ("Characterize", [one for one in paths if one not in recordings]),
        ("Convergence", recordings),
    ):
        if files:
            _open_dock(viewer, name).open(files)
    # So napari knows that all is well, though there is no layer.
    return [(None,)]


def _open_dock(viewer: Any, name: str) -> Any:
    """Return the dock of a name, in front of others; a new one where there is none."""
    open_docks = viewer.window.dock_widgets.values()
    # By name: their classes need not be loaded to look for them.
    dock = next((one for one in open_docks if type(one).__name__ == name), None)
    if dock is None:
        _, dock = viewer.window.add_plugin_dock_widget("napari-mcr", name)
    frame = dock.parentWidget()
    if frame is not None:
        frame.show()
        frame.raise_()
    return dock


def read_layer(path: Path, name: str) -> LayerData:
    """Read an image of phases as the data of a Labels layer of a name.

    A label image of others, with more labels than there are phases, is taken as it is.
    """
    try:
        microstructure = read(path)
    except GreyImageError:
        values, sizes, unit = read_pixels(path)
        if values.dtype.kind == "f":
            raise
        return values, {**grid_attributes(sizes, unit), "name": name}, "labels"
    record = describe(path).record
    attributes = {
        **layer_attributes(microstructure),
        "name": name,
        # A volume will be turned in 3D: there the first phase must be transparent.
        "colormap": colormap(default_colors(microstructure), microstructure.ndim),
        "opacity": 1.0,
        "metadata": metadata(microstructure, None if record is None else record.job),
    }
    return label_values(microstructure), attributes, "labels"


def write_labels(path: str, data: Any, attributes: dict[str, Any]) -> list[str]:
    """Write a Labels layer as label TIFF or OME-Zarr with phases, voxel size, unit and job.

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
