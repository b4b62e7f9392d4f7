"""Microstructure → what napari needs to show it as a Labels layer."""

from __future__ import annotations

import weakref
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
from napari.utils.colormaps import DirectLabelColormap

from mcr_core.microstructure import Microstructure

if TYPE_CHECKING:
    from napari.components import ViewerModel
    from napari.layers import Labels

Colors = Mapping[int, Any]

#: One colour per phase: the first recedes, neighbours differ in lightness, too.
PALETTE = (
    "#33415c", "#f2b84b", "#5aa9a3", "#c8553d", "#b8d8f0", "#7a5195", "#d9e26b", "#8c6d46",
    "#ef8fb5", "#3f7d20", "#9aa0a8", "#2f6fb5", "#f4e1c1", "#6b0f1a", "#00b4d8", "#c77dff",
)  # fmt: skip


def label_values(microstructure: Microstructure) -> npt.NDArray[Any]:
    """Return the phase values on the grid; the phase indices where the values are no integers.

    Voxels outside of the mask get a value that no phase has.
    """
    values = microstructure.values
    if values.dtype.kind == "f":
        values = microstructure.labels
    if microstructure.mask is None:
        return values
    outside = values.dtype.type(outside_label(microstructure))
    return np.where(microstructure.mask, values, outside)


def outside_label(microstructure: Microstructure) -> int:
    """Return the label of voxels outside of the mask: the least that no phase has."""
    labels = phase_labels(microstructure)
    return next(value for value in range(len(labels) + 1) if value not in labels)


def phase_labels(microstructure: Microstructure) -> tuple[int, ...]:
    """Return the label that stands for each phase in a layer; see `label_values`."""
    values = microstructure.phase_values
    if all(float(value).is_integer() for value in values):
        return tuple(int(value) for value in values)
    return tuple(range(len(values)))


def default_colors(microstructure: Microstructure) -> Colors:
    """Return a colour for the label of every phase."""
    labels = phase_labels(microstructure)
    return dict(zip(labels, PALETTE, strict=False))


def colormap(colors: Colors, ndisplay: int) -> DirectLabelColormap:
    """Return the colormap of phases: label 0 is a phase like any other and must be seen.

    In 3D the first phase is transparent: opaque it would hide the others.
    """
    first = min(colors)
    shown: dict[int | None, Any] = {
        label: "transparent" if ndisplay == 3 and label == first else color
        for label, color in colors.items()
    }
    return DirectLabelColormap(color_dict={**shown, None: "transparent"})


def layer_attributes(microstructure: Microstructure) -> dict[str, Any]:
    """Return scale, units and axis labels of a layer."""
    return grid_attributes(microstructure.voxel_size, microstructure.unit)


def grid_attributes(voxel_size: Sequence[float], unit: str) -> dict[str, Any]:
    """Return scale, units and axis labels of a layer, from the edges of its voxels."""
    ndim = len(voxel_size)
    return {
        "scale": tuple(voxel_size),
        "units": (unit,) * ndim,
        "axis_labels": ("z", "y", "x")[-ndim:],
    }


def metadata(
    microstructure: Microstructure, job: Mapping[str, Any] | None, **more: Any
) -> dict[str, Any]:
    """Return the metadata of a layer: JSON data, of the form that a label TIFF carries.

    `{"mcr": {"format_version": 1, "microstructure": {...}, "job": {...}}}`, and in a result
    "run": {"history", "stop_reason", "loss", "seconds", "notes"}.
    """
    integer = phase_labels(microstructure) == microstructure.phase_values
    described = {
        "shape": list(microstructure.shape),
        "stored": "values" if integer else "indices",
        "phase_values": list(microstructure.phase_values),
        "phase_names": list(microstructure.phase_names),
        "voxel_size": list(microstructure.voxel_size),
        "unit": microstructure.unit,
        "periodic": microstructure.periodic,
        "ignore": None if microstructure.mask is None else outside_label(microstructure),
    }
    job = None if job is None else dict(job)
    return {"mcr": {"format_version": 1, "microstructure": described, "job": job, **more}}


def follow_display(viewer: ViewerModel, layer: Labels, colors: Colors) -> None:
    """Keep the colormap of a layer right when the viewer changes between 2D and 3D.

    Give the layer the colormap of now when you make it: to change it later takes long in 3D.
    """
    reference = weakref.ref(layer)

    def update(event: Any) -> None:
        shown = reference()
        if shown is None:
            event.source.events.ndisplay.disconnect(update)
        else:
            shown.colormap = colormap(colors, event.source.ndisplay)

    viewer.dims.events.ndisplay.connect(update)
