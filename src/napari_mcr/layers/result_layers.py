"""The Labels layers of a run: one that grows, and the result."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mcr_core.microstructure import Microstructure
from mcr_core.remote import Result
from napari_mcr.layers.phase_layer import (
    Colors,
    default_colors,
    follow_display,
    label_values,
    layer_attributes,
    metadata,
)

if TYPE_CHECKING:
    from napari.components import ViewerModel
    from napari.layers import Labels, Layer


class ResultLayers:
    """Shows previews and the result of one run.

    Args:
        viewer: where.
        name: of the layer that grows.
        title: of the result.
        colors: of the phases; None: the usual ones.
        voxel_size: of the result at full resolution.
        turn_to_3d: change the viewer to 3D with the first preview of a volume.
    """

    def __init__(
        self,
        viewer: ViewerModel,
        *,
        name: str,
        title: str,
        colors: Colors | None,
        voxel_size: tuple[float, ...],
        turn_to_3d: bool,
    ) -> None:
        self._viewer = viewer
        self._name = name
        self.title = title
        self._turn_to_3d = turn_to_3d
        self._colors = colors
        self._voxel_size = voxel_size
        self._preview: Labels | None = None

    def show_preview(self, microstructure: Microstructure) -> None:
        """Show how far the run is; a layer that the user has deleted stays deleted."""
        if self._preview is None:
            self._preview = self._add(microstructure, self._name)
        elif self._preview in self._viewer.layers:
            # Data first: where the world shrinks, even for a moment, sliders move.
            self._preview.data = label_values(microstructure)
            if tuple(self._preview.scale) != microstructure.voxel_size:
                self._preview.scale = microstructure.voxel_size
                self._preview.translate = self._translation(microstructure)

    def show_result(self, result: Result) -> Labels:
        """Put the result in the place of the preview, as a new layer.

        A layer of its own: the undo history of the preview, should somebody have painted on it,
        does not fit the result.
        """
        run = {
            "history": [dict(record) for record in result.history],
            "stop_reason": result.stop_reason,
            "loss": result.loss if result.loss == result.loss else None,
            "seconds": result.seconds,
            "notes": list(result.notes),
        }
        layer = self._add(
            result.microstructure,
            self.title,
            metadata(result.microstructure, result.job_data, run=run),
        )
        if self._preview is not None:
            for shown in ("opacity", "visible", "blending", "contour", "rendering"):
                setattr(layer, shown, getattr(self._preview, shown))
        self.remove_preview()
        return layer

    def remove_preview(self) -> None:
        """Remove the layer that grew."""
        if self._preview is not None and self._preview in self._viewer.layers:
            self._viewer.layers.remove(self._preview)

    def _add(
        self, microstructure: Microstructure, name: str, meta: dict[str, Any] | None = None
    ) -> Labels:
        layer = add_microstructure(
            self._viewer,
            microstructure,
            name,
            self._colors or default_colors(microstructure),
            meta=meta or metadata(microstructure, None, preview=True),
            translate=self._translation(microstructure),
        )
        if microstructure.ndim == 3 and self._turn_to_3d:
            # Once: then it is the user's choice again.
            self._turn_to_3d = False
            if self._viewer.dims.ndisplay == 2:
                _look_from_a_corner(self._viewer)
        return layer

    def _translation(self, microstructure: Microstructure) -> tuple[float, ...]:
        """Where the centre of the first voxel lies; 0 for voxels as small as those of the result.

        Those of a preview are larger while coarser volumes come first.
        """
        found, edges = microstructure.voxel_size, self._voxel_size
        if len(edges) != len(found):
            edges = (edges[-1],) * len(found)
        return tuple((size - edge) / 2 for size, edge in zip(found, edges, strict=True))


def add_microstructure(
    viewer: ViewerModel,
    microstructure: Microstructure,
    name: str,
    colors: Colors,
    *,
    meta: dict[str, Any] | None = None,
    translate: tuple[float, ...] | None = None,
) -> Labels:
    """Add a Labels layer with scale, units, axis labels and colours.

    Args:
        viewer: where.
        microstructure: what it shows.
        name: of the layer.
        colors: of the phases, see `colors_of`.
        meta: of the layer. Default: what the labels mean, without a job.
        translate: where the centre of its first voxel lies.
    """
    layer = viewer.add_labels(
        label_values(microstructure),
        name=name,
        opacity=1.0,
        metadata=metadata(microstructure, None) if meta is None else meta,
        **layer_attributes(microstructure),
        translate=translate,
    )
    follow_display(viewer, layer, colors)
    return layer


def colors_of(source: Layer, microstructure: Microstructure) -> Colors:
    """Return the colours that a Labels layer has for the phases, and ours for what it hides."""
    colors = dict(default_colors(microstructure))
    if hasattr(source, "get_color"):
        for label in colors:
            color = source.get_color(label)
            if color is not None and color[3] > 0:
                colors[label] = color
    return colors


def _look_from_a_corner(viewer: ViewerModel) -> None:
    """Change to 3D; napari looks along Z at first, and a volume seems flat."""
    viewer.dims.ndisplay = 3
    viewer.reset_view()
    viewer.scene.camera.set_view_direction((0.5, -0.6, -0.6), (-1, 0, 0))
    # The corners of the volume reach out further than its faces.
    viewer.scene.camera.zoom *= 0.65
