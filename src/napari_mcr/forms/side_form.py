"""One side of a comparison: a layer, or a file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from napari.utils.history import get_open_history
from qtpy.QtWidgets import (
    QComboBox,
    QFileDialog,
    QHBoxLayout,
    QLineEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from mcr_core.characterization import Characterization
from mcr_core.characterization_file import read_characterization
from mcr_core.errors import InputError
from mcr_core.microstructure import Microstructure
from napari_mcr.forms.schema_form import add_row, form_layout
from napari_mcr.forms.source_form import SourceForm

if TYPE_CHECKING:
    from napari.components import ViewerModel


class SideForm(QWidget):
    """Choose a layer, or a characterization that was saved."""

    def __init__(self, viewer: ViewerModel) -> None:
        super().__init__()
        self.kind_box = QComboBox()
        self.kind_box.addItems(["layer", "file"])
        self.kind_box.setToolTip("A layer of the viewer, or a characterization that was saved.")
        self.path = QLineEdit()
        self.path.setPlaceholderText("characterization (.h5)")
        self.path.setToolTip("Path of a characterization file.")
        self.browse = QPushButton("…")
        self.browse.setToolTip("Choose a file.")
        self.browse.setFixedWidth(30)
        self.browse.clicked.connect(self._browse)
        self.source = SourceForm(viewer)
        head = QWidget()
        self._form = form_layout(head)
        self._file = QWidget()
        row = QHBoxLayout(self._file)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.path, 1)
        row.addWidget(self.browse)
        add_row(self._form, "from", self.kind_box)
        add_row(self._form, "file", self._file)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addWidget(head)
        column.addWidget(self.source)
        self.kind_box.currentIndexChanged.connect(self._show)
        self._show()

    @property
    def name(self) -> str:
        """What the side is called."""
        if self._is_file():
            return Path(self.path.text()).stem
        return "" if self.source.layer is None else self.source.layer.name

    def value(self) -> Microstructure | Characterization:
        """Return what is chosen.

        Raises:
            InputError: nothing is, or it cannot be read.
        """
        if not self._is_file():
            return self.source.microstructure()
        if not self.path.text():
            raise InputError("expected the file of a characterization (.h5): choose one")
        return read_characterization(self.path.text())

    def _is_file(self) -> bool:
        return self.kind_box.currentText() == "file"

    def _browse(self, *_: Any) -> None:
        path, _filter = QFileDialog.getOpenFileName(
            self, "Open a characterization", get_open_history()[0], "(*.h5 *.hdf5)"
        )
        if path:
            self.path.setText(path)

    def _show(self) -> None:
        self._form.setRowVisible(self._file, self._is_file())
        self.source.setVisible(not self._is_file())
