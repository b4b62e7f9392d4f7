"""The Labels layers of a run: one that grows, and the result."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from qtpy.QtCore import QTimer

from mcr_core.microstructure import Microstructure
from mcr_core.remote import Result
from napari_mcr.layers.phase_layer import (
    Colors,
    colormap,
    default_colors,
    follow_display,
    label_values,
    layer_attributes,
    metadata,
)

if TYPE_CHECKING:
    from napari.components import ViewerModel
    from napari.layers import Labels, Layer

#: Milliseconds between the steps in which a volume appears.
_STEP_MS = 50


class ResultLayers:
    """Shows previews and the result of one run.

    Args:
        viewer: where.
        name: of the layer that grows.
        title: of the result.
        colors: of the phases; None: the usual ones.
        voxel_size: of the result at full resolution.
        turn_to_3d: change the viewer to 3D with the first preview of a volume.
        before: those of the run before of the same batch. Its result is hidden when this one has
            something to show, so that the newest is seen.
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
        before: ResultLayers | None = None,
    ) -> None:
        self._before = before
        self._viewer = viewer
        self._name = name
        self.title = title
        self._turn_to_3d = turn_to_3d
        self._colors = colors
        self._voxel_size = voxel_size
        self._preview: Labels | None = None
        self._result: Labels | None = None
        self._hidden: Labels | None = None
        self._painted = False

    @property
    def colors(self) -> Colors | None:
        """Colours of the phases; None: the usual ones."""
        return self._colors

    def show_preview(self, microstructure: Microstructure) -> None:
        """Show how far the run is; a layer that the user has deleted stays deleted."""
        if self._preview is None:
            meta = metadata(microstructure, None, preview=True)
            self._preview = self._add(microstructure, self._name, meta)
            self._preview.events.paint.connect(self._note_paint)
        elif self._preview in self._viewer.layers:
            put(self._preview, microstructure, self._translation(microstructure))

    def show_result(self, result: Result) -> Labels:
        """Make the layer that grew the result, or add one where there is none.

        Where somebody has painted on it a new layer takes its place: its undo history does not fit
        the result.
        """
        run = {
            "history": [dict(record) for record in result.history],
            "stop_reason": result.stop_reason,
            "loss": result.loss if result.loss == result.loss else None,
            "seconds": result.seconds,
            "notes": list(result.notes),
        }
        meta = metadata(result.microstructure, result.job_data, run=run)
        grown = self._preview
        if grown is not None and grown in self._viewer.layers and not self._painted:
            # No layer comes or goes: both take long in 3D.
            grown.events.paint.disconnect(self._note_paint)
            made = result.microstructure
            put(grown, made, self._translation(made))
            grown.metadata, grown.name = meta, self.title
            self._viewer.layers.selection.active = grown
            layer, self._preview = grown, None
        else:
            layer = self._add(result.microstructure, self.title, meta)
            if grown is not None:
                for shown in ("opacity", "visible", "blending", "contour", "rendering"):
                    setattr(layer, shown, getattr(grown, shown))
        self._result = layer
        self.remove_preview()
        if layer.visible:
            self._hide_earlier(layer)
            self._before = self._hidden = None  # nobody looks further back
        return layer

    def remove_preview(self) -> None:
        """Remove the layer that grew; without a result, the one before is seen again."""
        if self._result is None and self._hidden is not None:
            self._hidden.visible = True
            self._hidden = None
        if self._preview is not None and self._preview in self._viewer.layers:
            self._viewer.layers.remove(self._preview)

    def _hide_earlier(self, layer: Labels) -> None:
        """Hide the last result of the batch where another layer is seen in its place."""
        before = self._before
        while before is not None and before._result is None:
            before = before._before
        if before is None or before._result is None or not layer.visible:
            return
        if before._result in self._viewer.layers and before._result.visible:
            self._hidden = before._result
            self._hidden.visible = False

    def _note_paint(self) -> None:
        self._painted = True

    def _add(self, microstructure: Microstructure, name: str, meta: dict[str, Any]) -> Labels:
        # A new volume, the turn to 3D and the first picture there take long, together longer than a
        # viewer may stand still: it looks after its events in between.
        at_once = microstructure.ndim == 2 or self._preview is not None
        layer = add_microstructure(
            self._viewer,
            microstructure,
            name,
            self._colors or default_colors(microstructure),
            meta=meta,
            translate=self._translation(microstructure),
            visible=at_once,
        )
        if at_once:
            self._hide_earlier(layer)
            return layer
        steps = [partial(self._show, layer)]
        if self._turn_to_3d:
            self._turn_to_3d = False  # once: then it is the user's choice again
            steps.insert(0, partial(_look_from_a_corner, self._viewer))
        _take(steps)
        return layer

    def _show(self, layer: Labels) -> None:
        if layer in self._viewer.layers:
            layer.visible = True
            self._hide_earlier(layer)

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
    visible: bool = True,
) -> Labels:
    """Add a Labels layer with scale, units, axis labels and colours.

    Args:
        viewer: where.
        microstructure: what it shows.
        name: of the layer.
        colors: of the phases, see `colors_of`.
        meta: of the layer. Default: what the labels mean, without a job.
        translate: where the centre of its first voxel lies.
        visible: whether it is seen.
    """
    layer = viewer.add_labels(
        label_values(microstructure),
        name=name,
        opacity=1.0,
        metadata=metadata(microstructure, None) if meta is None else meta,
        **layer_attributes(microstructure),
        translate=translate,
        colormap=colormap(colors, viewer.dims.ndisplay),
        visible=visible,
    )
    follow_display(viewer, layer, colors)
    return layer


def put(
    layer: Labels, microstructure: Microstructure, translate: tuple[float, ...] | None = None
) -> None:
    """Show another microstructure in a layer, perhaps with voxels of another size.

    Args:
        layer: of `add_microstructure`, with as many axes.
        microstructure: of the same phases.
        translate: where the centre of its first voxel lies.
    """
    values = label_values(microstructure)
    # Data first: where the world shrinks, even for a moment, sliders move.
    held = layer.data
    if held.shape == values.shape and held.dtype == values.dtype and held.flags.writeable:
        # In place: for new data napari makes its shaders anew.
        held[...] = values
        layer.refresh()
    else:
        layer.data = values
    if tuple(layer.scale) != microstructure.voxel_size:
        layer.scale = microstructure.voxel_size
    if translate is not None and tuple(layer.translate) != translate:
        layer.translate = translate


def colors_of(source: Layer, microstructure: Microstructure) -> Colors:
    """Return the colours that a Labels layer has for the phases, and ours for what it hides."""
    colors = dict(default_colors(microstructure))
    if hasattr(source, "get_color"):
        for label in colors:
            color = source.get_color(label)
            if color is not None and color[3] > 0:
                colors[label] = color
    return colors


def _take(steps: Sequence[Callable[[], None]]) -> None:
    """Take one step after the other, from the event loop."""

    def first() -> None:
        steps[0]()
        if steps[1:]:
            _take(steps[1:])

    QTimer.singleShot(_STEP_MS, first)


def _look_from_a_corner(viewer: ViewerModel) -> None:
    """Change to 3D, unless it is; napari looks along Z at first, and a volume seems flat."""
    if viewer.dims.ndisplay == 3 or viewer.dims.ndim < 3:
        return
    viewer.dims.ndisplay = 3
    viewer.reset_view()
    viewer.scene.camera.set_view_direction((0.5, -0.6, -0.6), (-1, 0, 0))
    # The corners of the volume reach out further than its faces.
    viewer.scene.camera.zoom *= 0.65
