"""The dock *Phases*: from labels or grey values to a layer of phases."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from qtpy.QtCore import QTimer
from qtpy.QtWidgets import QPushButton

from mcr_core.errors import InputError, McrError
from mcr_core.microstructure import Microstructure
from mcr_core.remote import Answer, Client
from mcr_core.sources import Inline
from mcr_core.wording import percent
from napari_mcr.docks.layout import Box
from napari_mcr.docks.verb_dock import VerbDock
from napari_mcr.forms.check_light import CheckLight
from napari_mcr.forms.phase_form import PhaseForm
from napari_mcr.forms.source_form import SourceForm
from napari_mcr.layers.phase_layer import metadata
from napari_mcr.layers.phase_outline import Outline
from napari_mcr.layers.result_layers import add_microstructure
from napari_mcr.layers.source_layer import axes_of, values_of
from napari_mcr.plots.theme_colors import text_color

if TYPE_CHECKING:
    from napari.components import ViewerModel
    from napari.layers import Layer

#: Dragging a limit gives many of them; the outline follows at this pace.
_PACE_MS = 25
#: A slider of the viewer that is dragged through a volume.
_LOOK_MS = 120
_OUTSIDE_COLOR = "#ffffff"


class Phases(VerbDock):
    """Make a layer of phases from labels or grey values.

    Args:
        napari_viewer: the viewer; napari gives it.
        client: asks the child; default: a new one.
    """

    def __init__(self, napari_viewer: ViewerModel, client: Client | None = None) -> None:
        super().__init__(napari_viewer, client)
        # What was made needs no outline: its box comes back when something is chosen anew.
        self._rests, self._looks = False, False
        self.source = SourceForm(napari_viewer, segmented=False)
        self.form = PhaseForm(text_color(napari_viewer))
        self.light = CheckLight()
        self.outline = Outline(napari_viewer)
        self.make_button = QPushButton("&Make phases")
        self.make_button.setToolTip("Add a layer of the phases.")
        self.check_button = QPushButton("Chec&k")
        self.check_button.setToolTip(
            "Say whether these phases, on the shown plane, do for characterizing and "
            "reconstructing."
        )
        boxes = []
        for title, part in (("Layer", self.source), ("Phases", self.form), ("Check", self.light)):
            boxes.append(Box(title))
            boxes[-1].add(part)
        self._check_box = boxes[-1]
        self._check_box.hide()
        self.lay_out(boxes, (self.make_button, self.check_button))
        self._pace, self._looking = QTimer(self), QTimer(self)
        for timer, pause, call in (
            (self._pace, _PACE_MS, self.draw),
            (self._looking, _LOOK_MS, self.look),
        ):
            timer.setSingleShot(True)
            timer.setInterval(pause)
            timer.timeout.connect(call)
        self.make_button.clicked.connect(self.make)
        self.check_button.clicked.connect(self.check)
        self.form.changed.connect(self._change)
        self.source.changed.connect(self.look)
        for event in self._moves():
            event.connect(self._follow)
        napari_viewer.events.theme.connect(self._follow_theme)
        self.look()

    def look(self) -> None:
        """Take what the chosen layer holds; choices for the same layer stay."""
        self._looking.stop()
        layer = self.source.layer
        axes = () if layer is None else self.source.axes(layer)
        self._looks = True
        same = self.form.look(layer, self._viewer.dims, axes)
        self._looks = False
        if not same:
            self._wake()
            self.say("")  # it was said of another image

    def make(self) -> None:
        """Add a layer of the phases."""
        try:
            layer = self._chosen()
            axes = self.source.axes(layer)
            made = self._microstructure(layer, axes)
            by_limits = self.form.by_limits
            how = {
                "source": layer.name,
                "limits": list(self.form.thresholds.limits) if by_limits else None,
                "phases": self.form.table.phases,
            }
        except McrError as error:
            self.show_error(str(error))
            return
        self.outline.remove()
        self.source.give_scale()
        self._rest()
        added = add_microstructure(
            self._viewer,
            made,
            f"{layer.name} phases",
            {phase: self.form.table.colors[phase] for phase in self.form.table.used},
            meta=metadata(made, None, segmentation=how),
            translate=_place(layer, axes, made.voxel_size),
        )
        shares = zip(made.phase_names, made.phase_fractions, strict=True)
        listed = ", ".join(f"{name} {percent(float(share))}" for name, share in shares)
        self.say(f"{added.name}: {listed}.")

    def check(self) -> None:
        """Ask whether the phases of the shown plane do."""
        try:
            layer = self._chosen()
            made = self._microstructure(layer, axes_of(layer, self._viewer.dims, True))
        except McrError as error:
            self.show_error(str(error))
            return
        self._forget_check()
        subject = layer.name if layer.ndim == 2 else f"{layer.name}, shown plane"

        def done(answer: Answer) -> None:
            self.light.show_check(answer.content, subject)
            self._check_box.show()
            self.say("")

        self.ask("check", done, source=Inline.of(made, layer.name).model_dump(mode="json"))

    def draw(self) -> None:
        """Bring the outline in the viewer up to date."""
        self._pace.stop()
        if self.outline.was_deleted:
            self.outline.remove()
            self.form.outline_box.setChecked(False)
        layer, table = self.source.layer, self.form.table
        wanted = self.form.outline_box.isChecked() and self.form.by_limits
        if layer is None or not self.form.is_ready or not wanted:
            self.outline.remove()
            return
        try:
            labelling = self.form.labelling()
        except InputError:
            # Limits that meet while they are dragged: the form says so.
            return
        colors = {rank: table.colors[phase] for rank, phase in enumerate(table.used)}
        self.outline.show(layer, labelling, {**colors, len(colors): _OUTSIDE_COLOR})

    def let_go(self) -> None:
        """See `VerbDock.let_go`."""
        self._pace.stop()
        self._looking.stop()
        for event in self._moves():
            event.disconnect(self._follow)
        self._viewer.events.theme.disconnect(self._follow_theme)
        self.source.disconnect_viewer()
        self.outline.remove()

    def _follow_theme(self) -> None:
        self.form.thresholds.histogram.set_color(text_color(self._viewer))

    def _chosen(self) -> Layer:
        if self._looking.isActive():
            self.look()
        layer = self.source.layer
        if layer is None or not self.form.is_ready:
            raise InputError(self.form.note.text())
        return layer

    def _microstructure(self, layer: Layer, axes: tuple[int, ...]) -> Microstructure:
        size, unit = self.source.scale(axes)
        return self.form.microstructure(
            values_of(layer, self._viewer.dims, axes),
            self._viewer.dims,
            voxel_size=size,
            unit=unit,
            periodic=self.source.periodic.isChecked(),
        )

    def _change(self) -> None:
        """What would be made is another thing: draw it, and forget what was said of the last."""
        self._forget_check()
        if not self._looks:
            self._wake()
        self._pace.start()

    def _rest(self) -> None:
        self._rests = self._rests or self.form.outline_box.isChecked()
        self._tick(False)

    def _wake(self) -> None:
        if self._rests:
            self._rests = False
            self._tick(True)

    def _tick(self, checked: bool) -> None:
        box = self.form.outline_box
        before = box.blockSignals(True)
        box.setChecked(checked)
        box.blockSignals(before)

    def _forget_check(self) -> None:
        self.light.clear()
        self._check_box.hide()

    def _moves(self) -> tuple[Any, ...]:
        events = self._viewer.dims.events
        return events.current_step, events.order

    def _follow(self, event: Any = None) -> None:
        """Another position: another image, where it is not all of the layer."""
        layer = self.source.layer
        if layer is not None and len(self.source.axes(layer)) < layer.ndim:
            self._looking.start()


def _place(
    layer: Layer, axes: tuple[int, ...], voxel_size: tuple[float, ...]
) -> tuple[float, ...] | None:
    """Where the centre of the first voxel lies, in the unit of the new layer."""
    pairs = [
        (float(layer.translate[axis]), float(layer.scale[axis]), size)
        for axis, size in zip(axes, voxel_size, strict=True)
    ]
    if any(scale <= 0 for _, scale, _ in pairs):
        return None
    return tuple(start / scale * size for start, scale, size in pairs)
