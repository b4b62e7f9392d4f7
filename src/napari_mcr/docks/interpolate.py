"""The dock *Interpolate*: a row of microstructures between two, as one layer with a step axis."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from qtpy.QtWidgets import QCheckBox, QComboBox, QPushButton, QSpinBox, QWidget

from mcr_core.errors import InputError, McrError
from mcr_core.microstructure import Microstructure
from mcr_core.remote import Answer, Client, Result, State
from mcr_core.sources import Inline
from napari_mcr.docks.layout import Box
from napari_mcr.docks.verb_dock import VerbDock
from napari_mcr.forms.schema_form import add_row, form_layout
from napari_mcr.forms.source_form import SourceForm
from napari_mcr.layers.phase_layer import (
    Colors,
    colormap,
    follow_display,
    label_values,
    layer_attributes,
    metadata,
)
from napari_mcr.layers.result_layers import add_microstructure, colors_of

if TYPE_CHECKING:
    from napari.components import ViewerModel

#: `faithful` of every step would take hours.
_PRESETS = ("fast", "balanced")
_LARGEST_EDGE = 512


class Interpolate(VerbDock):
    """Reconstruct steps of a transition from one layer's statistics to another's.

    Both layers are characterized with what a preset prescribes, the statistics are interpolated
    linearly, and each step is reconstructed from the same seed, so that neighbours look alike.

    Args:
        napari_viewer: the viewer; napari gives it.
        client: asks the child; default: a new one.
    """

    def __init__(self, napari_viewer: ViewerModel, client: Client | None = None) -> None:
        super().__init__(napari_viewer, client)
        self._steps: list[Result] = []
        self._names: tuple[str, str] = ("", "")
        self._colors: Colors = {}
        self.ends = (SourceForm(napari_viewer), SourceForm(napari_viewer))
        self.ends[1].layer_box.choose_next()
        self.steps = _spin(3, 50, 5, "How many microstructures, both ends included.")
        self.edge = _spin(8, _LARGEST_EDGE, 64, "Edge of each microstructure, in voxels.")
        self.dimensions = QComboBox()
        self.dimensions.addItem("volumes (3D)", 3)
        self.dimensions.addItem("images (2D)", 2)
        self.preset = QComboBox()
        self.preset.addItems(_PRESETS)
        self.preset.setToolTip("Which statistics are prescribed, and how long each step runs.")
        self.seed = _spin(0, 2**31 - 1, 0, "Start of the random numbers, the same for all steps.")
        self.grid = QCheckBox("layers side by side")
        self.grid.setToolTip(
            "A layer for each step in napari's grid, instead of one layer with a slider."
        )
        self.interpolate_button = QPushButton("&Interpolate")
        self.interpolate_button.clicked.connect(self.interpolate)
        boxes = []
        for title, end in zip(("From", "To"), self.ends, strict=True):
            box = Box(title)
            box.add(end)
            boxes.append(box)
        options = QWidget()
        form = form_layout(options)
        add_row(form, "steps", self.steps)
        add_row(form, "make", self.dimensions)
        add_row(form, "edge", self.edge)
        add_row(form, "preset", self.preset)
        add_row(form, "seed", self.seed)
        add_row(form, "", self.grid)
        box = Box("Steps")
        box.add(options)
        self.lay_out([*boxes, box], [self.interpolate_button])

    def interpolate(self) -> None:
        """Characterize both ends, then go on step by step."""
        try:
            first, last = (end.microstructure() for end in self.ends)
            layers = [end.layer for end in self.ends]
            if layers[0] is layers[1]:
                raise InputError(
                    f"expected two layers, {layers[0].name!r} is both: choose another as the end"
                    if layers[0] is not None
                    else "expected two layers"
                )
        except McrError as error:
            self.show_error(str(error))
            return
        names = [layer.name for layer in layers if layer is not None]
        self._names, self._steps = (names[0], names[1]), []
        self._colors = colors_of(layers[0], first)
        files = [self._file("from"), self._file("to")]

        def between(_: Answer) -> None:
            sources = [{"kind": "characterization", "path": file} for file in files]
            outputs = [self._file(f"step-{number}") for number in range(self.steps.value())]
            self.ask("interpolate", self._reconstruct_steps, ends=sources, outputs=outputs)

        def second(_: Answer) -> None:
            self._characterize(last, names[1], files[1], between)

        self.say("Characterizing both layers …")
        self._characterize(first, names[0], files[0], second)

    def let_go(self) -> None:
        """See `VerbDock.let_go`."""
        for end in self.ends:
            end.disconnect_viewer()

    @property
    def _shape(self) -> list[int]:
        return [self.edge.value()] * int(self.dimensions.currentData())

    def _file(self, name: str) -> str:
        return str(self.folder / f"{name}.h5")

    def _characterize(
        self, microstructure: Microstructure, name: str, file: str, done: Any
    ) -> None:
        self.ask(
            "characterize",
            done,
            sources=[Inline.of(microstructure, name).model_dump(mode="json")],
            output=file,
            preset=self.preset.currentText(),
            shape=self._shape,
        )

    def _reconstruct_steps(self, answer: Answer) -> None:
        paths = list(answer.content["paths"])
        settings: dict[str, Any] = {"seed": self.seed.value()}

        def run(number: int) -> None:
            job = {
                "source": {"kind": "characterization", "path": paths[number]},
                "preset": self.preset.currentText(),
                "shape": self._shape,
                "settings": settings,
            }

            def done(result: Result) -> None:
                self._steps.append(result)
                if len(self._steps) < len(paths):
                    run(len(self._steps))
                else:
                    self._show()

            def watch(state: State) -> None:
                self.say(
                    f"Step {number + 1} of {len(paths)}, iteration {state.iteration} of "
                    f"{state.max_iter} …"
                )

            self.questions.run(job, done, watch)

        run(0)

    def _show(self) -> None:
        found = [step.microstructure for step in self._steps]
        name = f"{self._names[0]} → {self._names[1]}"
        if self.grid.isChecked():
            for number, one in enumerate(found):
                title = f"{name} ({number + 1} of {len(found)})"
                add_microstructure(self._viewer, one, title, self._colors)
            canvas = getattr(self._viewer, "canvas", None)
            if canvas is not None:
                canvas.grid.enabled = True
        else:
            if found[0].ndim == 2:
                # In 3D the steps would lie over each other, without a slider.
                self._viewer.dims.ndisplay = 2
            attributes = layer_attributes(found[0])
            layer = self._viewer.add_labels(
                np.stack([label_values(one) for one in found]),
                name=name,
                opacity=1.0,
                scale=(1.0, *attributes["scale"]),
                units=("pixel", *attributes["units"]),
                axis_labels=("step", *attributes["axis_labels"]),
                metadata=metadata(found[0], None),
                colormap=colormap(self._colors, self._viewer.dims.ndisplay),
            )
            follow_display(self._viewer, layer, self._colors)
        losses = ", ".join(f"{step.loss:.1e}" for step in self._steps)
        self.say(f"{name}: {len(found)} steps; losses {losses}.")


def _spin(low: int, high: int, value: int, tip: str) -> QSpinBox:
    box = QSpinBox()
    box.setRange(low, high)
    box.setValue(value)
    box.setToolTip(tip)
    return box
