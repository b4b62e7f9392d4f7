"""A place in a microstructure, shown as a layer of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from napari.utils.colormaps import DirectLabelColormap

from mcr_core.remote import Answer
from napari_mcr.layers.world import to_world

if TYPE_CHECKING:
    from napari.components import ViewerModel
    from napari.layers import Labels, Layer

#: Apart from all colours of phases, and light on both themes.
_COLOR = "#ff5fd2"


def show_place(viewer: ViewerModel, layer: Layer, answer: Answer, what: str, phase: str) -> str:
    """Show where the largest cluster or the thickest spot is, and say it in a sentence.

    A Labels layer of its voxels comes on top, in the place of an earlier one of that name, and
    the sliders move to it.

    Args:
        viewer: where.
        layer: what the microstructure was taken from; it may be gone meanwhile.
        answer: of the verb `place`.
        what: what it is the place of.
        phase: its phase.
    """
    if answer.microstructure is None:
        raise RuntimeError("place has answered without a microstructure")
    name = f"{what} of {phase} in {layer.name}"
    for shown in [x for x in viewer.layers if x.name == name]:
        viewer.layers.remove(shown)
    ndim = answer.microstructure.ndim
    added: Labels = viewer.add_labels(
        answer.microstructure.labels,
        name=name,
        scale=layer.scale[-ndim:],
        translate=layer.translate[-ndim:],
        units=layer.units[-ndim:],
        axis_labels=("z", "y", "x")[-ndim:],
        opacity=0.8,
        colormap=DirectLabelColormap(color_dict={1: _COLOR, None: "transparent"}),
    )
    position = tuple(answer.content["position"])
    _go_to(viewer, added, position)
    where = ", ".join(f"{axis} {n}" for axis, n in zip("zyx"[-ndim:], position, strict=True))
    size = f"{answer.content['voxels']} voxels"
    if answer.content["diameter"]:
        size = f"{answer.content['diameter']:.3g} voxels across"
    else:
        size += f", {answer.content['share']:.1%} of the phase"
    return f"{what[0].upper()}{what[1:]} of {phase}: {size}, at {where}."


def _go_to(viewer: ViewerModel, layer: Labels, position: tuple[int, ...]) -> None:
    """Move the sliders to a voxel of a layer; its axes are the last ones of the viewer."""
    world = to_world(layer, position, viewer.dims)
    first = viewer.dims.ndim - len(world)
    for axis, place in enumerate(world):
        viewer.dims.set_point(first + axis, float(place))
