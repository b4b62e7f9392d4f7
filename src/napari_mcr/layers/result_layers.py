"""The Labels layers of a run: one that grows, and the result."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from mcr_core.microstructure import Microstructure
from mcr_core.remote import Result
from napari_mcr.layers.appearing import hold_still, look_from_a_corner, set_axes, take
from napari_mcr.layers.covering import cover
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
    from qtpy.QtWidgets import QWidget


class ResultLayers:
    """Shows previews and the result of one run.

    Args:
        viewer: where.
        name: of the layer that grows.
        title: of the result.
        colors: of the phases; None: the usual ones.
        voxel_size: of the result at full resolution.
        turn_to_3d: change the viewer to 3D with the first preview of a volume.
        before: what this one stands in the place of: those of the run before of the same batch,
            or a layer. It is hidden when this one has something to show, so that the newest is
            seen.
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
        before: ResultLayers | Layer | None = None,
    ) -> None:
        self._before = before
        self._viewer = viewer
        self.name = name
        self.title = title
        self.turn_to_3d = turn_to_3d
        self._colors = colors
        self.voxel_size = voxel_size
        self._preview: Labels | None = None
        self._result: Labels | None = None
        self._painted = False
        self._appears = False

    @property
    def colors(self) -> Colors | None:
        """Colours of the phases; None: the usual ones."""
        return self._colors

    def show_preview(self, microstructure: Microstructure, canvas: QWidget | None = None) -> None:
        """Show how far the run is; a layer that the user has deleted stays deleted.

        Args:
            microstructure: of the moment.
            canvas: is not painted while a volume appears there, a few steps later.
        """
        if self._appears:
            return  # the next one will be newer
        if self._preview is not None:
            if self._preview in self._viewer.layers:
                put(self._preview, microstructure, self._translation(microstructure))
        elif canvas is None or microstructure.ndim == 2:
            self._grow(microstructure)
        else:
            self._appears = True
            hold_still(canvas)
            axes = max(self._viewer.dims.ndim, microstructure.ndim)
            come = partial(self._appear, microstructure, canvas)
            take([partial(set_axes, self._viewer, axes), come], canvas)

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
        self._appears = False
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
            self._before = None  # nobody looks further back
        return layer

    def remove_preview(self) -> None:
        """Remove the layer that grew; without a result, the one before is seen again."""
        self._appears = False
        if self._preview is not None and self._preview in self._viewer.layers:
            self._viewer.layers.remove(self._preview)

    def _hide_earlier(self, layer: Labels) -> None:
        """Hide the result before where another layer is seen in its place."""
        before = self._before
        while isinstance(before, ResultLayers):
            before = before._before if before._result is None else before._result
        if before is not None and before in self._viewer.layers and layer.visible:
            cover(self._viewer, layer, [before])

    def _note_paint(self) -> None:
        self._painted = True

    def _appear(self, microstructure: Microstructure, canvas: QWidget) -> None:
        if self._appears:
            self._appears = False
            self._grow(microstructure, canvas)
        else:  # the run has ended meanwhile
            canvas.setUpdatesEnabled(True)
            set_axes(self._viewer, max([2, *(layer.ndim for layer in self._viewer.layers)]))

    def _grow(self, microstructure: Microstructure, canvas: QWidget | None = None) -> None:
        meta = metadata(microstructure, None, preview=True)
        self._preview = self._add(microstructure, self.name, meta, canvas)
        self._preview.events.paint.connect(self._note_paint)

    def _add(
        self,
        microstructure: Microstructure,
        name: str,
        meta: dict[str, Any],
        canvas: QWidget | None = None,
    ) -> Labels:
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
        if self.turn_to_3d:
            self.turn_to_3d = False  # once: then it is the user's choice again
            steps.insert(0, partial(look_from_a_corner, self._viewer))
        if canvas is not None:
            steps.append(partial(canvas.setUpdatesEnabled, True))
        take(steps, canvas)
        return layer

    def _show(self, layer: Labels) -> None:
        if layer in self._viewer.layers:
            layer.visible = True
            self._hide_earlier(layer)

    def _translation(self, microstructure: Microstructure) -> tuple[float, ...]:
        """Where the centre of the first voxel lies; 0 for voxels as small as those of the result.

        Those of a preview are larger while coarser volumes come first.
        """
        found, edges = microstructure.voxel_size, self.voxel_size
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
