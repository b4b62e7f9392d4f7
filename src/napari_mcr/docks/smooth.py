"""The dock *Smooth*: a layer without its single voxels, as a new layer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qtpy.QtWidgets import QCheckBox, QComboBox, QDoubleSpinBox, QPushButton, QSpinBox, QWidget

from mcr_core.errors import McrError
from mcr_core.remote import Answer, Client
from mcr_core.sources import Inline
from napari_mcr.docks.layout import Box
from napari_mcr.docks.verb_dock import VerbDock
from napari_mcr.forms.schema_form import add_row, form_layout
from napari_mcr.forms.source_form import SourceForm
from napari_mcr.layers.result_layers import add_microstructure, colors_of

if TYPE_CHECKING:
    from napari.components import ViewerModel

#: Methods with a size in voxels; the others have a standard deviation.
_SIZED = ("median", "majority")


class Smooth(VerbDock):
    """Smooth the phases of a layer; see `mcr_core.smooth`.

    Args:
        napari_viewer: the viewer; napari gives it.
        client: asks the child; default: a new one.
    """

    def __init__(self, napari_viewer: ViewerModel, client: Client | None = None) -> None:
        super().__init__(napari_viewer, client)
        self.source = SourceForm(napari_viewer)
        self.method = QComboBox()
        self.method.addItems(["gaussian", *_SIZED])
        self.method.setToolTip("How the phase that prevails around a voxel is found.")
        self.sigma = QDoubleSpinBox()
        self.sigma.setRange(0.1, 20)
        self.sigma.setSingleStep(0.1)
        self.sigma.setValue(1.0)
        self.sigma.setToolTip("Standard deviation of the Gaussian, in voxels.")
        self.edge = QSpinBox()
        self.edge.setRange(3, 31)
        self.edge.setSingleStep(2)
        self.edge.setToolTip("Edge of the neighbourhood in voxels, an odd number.")
        self.keep_fractions = QCheckBox("keep the phase fractions")
        self.keep_fractions.setChecked(True)
        self.keep_fractions.setToolTip("To the voxel; without it, thin features shrink.")
        self.smooth_button = QPushButton("S&mooth")
        self.smooth_button.clicked.connect(self.smooth)
        options = QWidget()
        self._form = form_layout(options)
        add_row(self._form, "method", self.method)
        add_row(self._form, "sigma", self.sigma)
        add_row(self._form, "size", self.edge)
        add_row(self._form, "", self.keep_fractions)
        boxes = []
        for title, part in (("Layer", self.source), ("Smoothing", options)):
            box = Box(title)
            box.add(part)
            boxes.append(box)
        self.lay_out(boxes, [self.smooth_button])
        self.method.currentTextChanged.connect(self._show_options)
        self._show_options()

    def smooth(self) -> None:
        """Ask for the smoothed layer."""
        try:
            microstructure = self.source.microstructure()
        except McrError as error:
            self.show_error(str(error))
            return
        layer = self.source.layer
        if layer is None:
            raise RuntimeError("a microstructure came from no layer")
        sized = self.method.currentText() in _SIZED
        colors, name = colors_of(layer, microstructure), f"{layer.name} smoothed"

        def done(answer: Answer) -> None:
            if answer.microstructure is None:
                raise RuntimeError("smooth has answered without a microstructure")
            add_microstructure(self._viewer, answer.microstructure, name, colors)
            self.say(f"{name}: {answer.content['change']}.")

        self.ask(
            "smooth",
            done,
            source=Inline.of(microstructure, layer.name).model_dump(mode="json"),
            method=self.method.currentText(),
            keep_fractions=self.keep_fractions.isChecked(),
            **({"size": self.edge.value()} if sized else {"sigma": self.sigma.value()}),
        )

    def let_go(self) -> None:
        """See `VerbDock.let_go`."""
        self.source.disconnect_viewer()

    def _show_options(self) -> None:
        sized = self.method.currentText() in _SIZED
        self._form.setRowVisible(self.edge, sized)
        self._form.setRowVisible(self.sigma, not sized)
