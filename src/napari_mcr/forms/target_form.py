"""Where the statistics come from: a layer, a characterization file, or orthogonal slices."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qtpy.QtCore import Signal  # type: ignore[attr-defined]
from qtpy.QtWidgets import QComboBox, QVBoxLayout, QWidget

from mcr_core.errors import InputError, McrError
from mcr_core.sources import Inline
from napari_mcr.forms.file_form import FileForm
from napari_mcr.forms.planes_form import PlanesForm
from napari_mcr.forms.schema_form import add_row, form_layout
from napari_mcr.forms.source_form import SourceForm
from napari_mcr.layers.result_layers import colors_of
from napari_mcr.runs.target import Target

if TYPE_CHECKING:
    from napari.components import ViewerModel

_LAYER, _FILE, _PLANES = "a layer", "a characterization file", "orthogonal slices"


class TargetForm(QWidget):
    """Choose what the result shall be like; `changed` tells that something else is chosen."""

    changed = Signal()

    def __init__(self, viewer: ViewerModel) -> None:
        super().__init__()
        self.layer = SourceForm(viewer)
        self.file = FileForm()
        self.planes = PlanesForm(viewer)
        self._forms: dict[str, SourceForm | FileForm | PlanesForm] = {
            _LAYER: self.layer,
            _FILE: self.file,
            _PLANES: self.planes,
        }
        self.kind = QComboBox()
        self.kind.addItems(list(self._forms))
        self.kind.setToolTip(
            "Where the statistics come from: one layer, a file that Characterize or `mcr "
            "characterize` has\nwritten, or slices of two or three orthogonal planes."
        )
        head = QWidget()
        add_row(form_layout(head), "from", self.kind, self.kind.toolTip())
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        for part in (head, *self._forms.values()):
            layout.addWidget(part)
        for form in self._forms.values():
            form.changed.connect(self._tell)
        self.kind.currentTextChanged.connect(self._show_form)
        self._show_form()

    @property
    def from_file(self) -> bool:
        """Whether a characterization file is the source."""
        return bool(self.kind.currentText() == _FILE)

    @property
    def extent(self) -> tuple[int, ...] | None:
        """Extent to suggest for the result; None while nothing is chosen that can be read."""
        try:
            return self._forms[self.kind.currentText()].extent
        except McrError:
            return None

    def target(self) -> Target:
        """Return what is chosen.

        Raises:
            InputError: nothing is, or it cannot be read.
        """
        if self.from_file:
            return self.file.target()
        if self.kind.currentText() == _PLANES:
            return self.planes.target()
        found = self.layer.microstructure()
        layer = self.layer.layer
        if layer is None:
            raise InputError("expected a layer with an image: open one")
        source = Inline.of(found, layer.name).model_dump(mode="json")
        return Target(source, layer.name, colors_of(layer, found), found.voxel_size)

    def give_scale(self) -> None:
        """Give the chosen layer the voxel size that was asked for, where it has none."""
        if self.kind.currentText() == _LAYER:
            self.layer.give_scale()

    def disconnect_viewer(self) -> None:
        """Let go of the viewer."""
        self.layer.disconnect_viewer()
        self.planes.disconnect_viewer()

    def _tell(self) -> None:
        # The forms that are hidden follow the layers of the viewer, too.
        if self.sender() is self._forms[self.kind.currentText()]:
            self.changed.emit()

    def _show_form(self) -> None:
        for kind, form in self._forms.items():
            form.setVisible(kind == self.kind.currentText())
        self.changed.emit()
