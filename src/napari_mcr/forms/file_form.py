"""Choose a characterization file."""

from __future__ import annotations

from pathlib import Path

from qtpy.QtCore import Signal  # type: ignore[attr-defined]
from qtpy.QtWidgets import QFileDialog, QHBoxLayout, QLabel, QLineEdit, QPushButton, QWidget

from mcr_core.characterization import Characterization
from mcr_core.characterization_file import read_characterization
from mcr_core.errors import InputError, McrError
from mcr_core.sources import CharacterizationFile
from napari_mcr.forms.schema_form import add_row, form_layout
from napari_mcr.runs.target import Target


class FileForm(QWidget):
    """A path, typed or chosen, and what the file holds."""

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.path = QLineEdit()
        self.path.setPlaceholderText("statistics.h5")
        self.path.setToolTip("A characterization: the statistics of an image, as an .h5 file.")
        self.button = QPushButton("File …")
        self.button.clicked.connect(self.browse)
        line = QWidget()
        row = QHBoxLayout(line)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.path, 1)
        row.addWidget(self.button)
        self.holds = QLabel()
        self.holds.setWordWrap(True)
        form = form_layout(self)
        add_row(form, "file", line, self.path.toolTip())
        form.addRow(self.holds)
        self.holds.hide()
        self.path.editingFinished.connect(self._show)

    @property
    def extent(self) -> tuple[int, ...] | None:
        """Extent of what was characterized, in pixels.

        Raises:
            InputError: the file cannot be read.
        """
        return self._read().source_shape if self._text else None

    def choose(self, path: str | Path) -> None:
        """Choose a file."""
        self.path.setText(str(path))
        self._show()

    def browse(self) -> None:
        """Ask for a file."""
        kinds = "Characterizations (*.h5 *.hdf5)"
        path, _ = QFileDialog.getOpenFileName(self, "Characterization", self._text, kinds)
        if path:
            self.choose(path)

    def target(self) -> Target:
        """Return what the file holds as the source of a job.

        Raises:
            InputError: no file is chosen, or it cannot be read.
        """
        if not self._text:
            raise InputError("expected a characterization file: choose one by File …")
        found = self._read()
        path = Path(self._text)
        source = CharacterizationFile(path=str(path.resolve())).model_dump(mode="json")
        return Target(source, path.stem, None, found.voxel_size)

    @property
    def _text(self) -> str:
        return str(self.path.text()).strip()

    def _read(self) -> Characterization:
        return read_characterization(self._text)

    def _show(self) -> None:
        """Say what the file holds, or why it cannot be read."""
        try:
            found = self._read() if self._text else None
        except McrError as error:
            text = str(error)
        else:
            text = "" if found is None else _summary(found)
        self.holds.setText(text)
        self.holds.setVisible(bool(text))
        self.changed.emit()


def _summary(found: Characterization) -> str:
    extent = " × ".join(map(str, found.source_shape))
    sizes = " × ".join(f"{size:g}" for size in dict.fromkeys(found.voxel_size))
    names = ", ".join(dict.fromkeys(one.name for one in found.descriptors))
    return f"{extent} pixels of {sizes} {found.unit}, {found.phase_count} phases: {names}"
