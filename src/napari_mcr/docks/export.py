"""The dock *Export*: a layer as a file for other programs, and what made it as text."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qtpy.QtGui import QFontDatabase
from qtpy.QtWidgets import (
    QApplication,
    QComboBox,
    QFileDialog,
    QGridLayout,
    QPlainTextEdit,
    QPushButton,
    QWidget,
)

from mcr_core.errors import InputError, McrError
from mcr_core.job_again import JobAgain, job_again
from mcr_core.remote import Answer, Client
from mcr_core.sources import Inline
from napari_mcr.docks.layout import Box
from napari_mcr.docks.verb_dock import VerbDock
from napari_mcr.forms.layer_box import LayerBox
from napari_mcr.forms.schema_form import add_row, form_layout
from napari_mcr.layers.described_layer import described, job_of, run_of

if TYPE_CHECKING:
    from napari.components import ViewerModel
    from napari.layers import Layer

#: Ending, what it is for, in the order of the list.
_FORMATS = {
    "label TIFF": (".tif", "ImageJ, with voxel size, phases and job; napari and mcr read it."),
    "VTK image": (".vti", "For ParaView and DAMASK: phase indices, lengths in metres."),
    "OME-Zarr labels": (".ome.zarr", "OME-NGFF 0.5, with all of that; napari and mcr read it."),
    "NumPy array": (".npy", "The phase values; phases, voxel size and job in a .json beside it."),
}
_TEXT_LINES = 14


class Export(VerbDock):
    """Export a layer, and the job that made it, as something that runs outside of the viewer.

    Args:
        napari_viewer: the viewer; napari gives it.
        client: asks the child; default: a new one.
    """

    def __init__(self, napari_viewer: ViewerModel, client: Client | None = None) -> None:
        super().__init__(napari_viewer, client)
        self.layer_box = LayerBox(napari_viewer)
        self.layer_box.setToolTip("A Labels layer, or an Image layer that is segmented.")
        self.format_box = QComboBox()
        for name, (ending, tip) in _FORMATS.items():
            self.format_box.addItem(f"{name} ({ending})", ending)
            self.format_box.setItemData(self.format_box.count() - 1, tip, 3)  # its tooltip
        self.format_box.setToolTip("\n".join(f"{e}: {tip}" for e, tip in _FORMATS.values()))
        self.format_box.setMinimumContentsLength(12)
        self.export_button = QPushButton("&Export …")
        self.export_button.setToolTip("Choose a file, and write the layer to it.")
        self.python_button = QPushButton("Copy as P&ython")
        self.python_button.setToolTip("Copy a script that makes this layer again.")
        self.command_button = QPushButton("Copy as co&mmand")
        self.command_button.setToolTip("Copy a command for a shell that makes this layer again.")
        self.job_button = QPushButton("Save &job …")
        self.job_button.setToolTip("Save all that decides this layer, to be run by `mcr run`.")
        self.text = QPlainTextEdit()
        self.text.setReadOnly(True)
        self.text.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
        self.text.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.text.setFixedHeight(_TEXT_LINES * self.text.fontMetrics().lineSpacing() + 12)
        self.text.setToolTip("What was copied.")
        self.text.hide()
        options = QWidget()
        form = form_layout(options)
        add_row(form, "layer", self.layer_box)
        add_row(form, "as", self.format_box)
        self._job_part = QWidget()
        grid = QGridLayout(self._job_part)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.addWidget(self.python_button, 0, 0)
        grid.addWidget(self.command_button, 0, 1)
        grid.addWidget(self.job_button, 1, 0)
        grid.addWidget(self.text, 2, 0, 1, 2)
        boxes = []
        for title, part in (("Layer", options), ("How it was made", self._job_part)):
            box = Box(title)
            box.add(part)
            boxes.append(box)
        self.lay_out(boxes, [self.export_button])
        self.export_button.clicked.connect(self._choose_file)
        self.python_button.clicked.connect(self.copy_python)
        self.command_button.clicked.connect(self.copy_command)
        self.job_button.clicked.connect(self._choose_job_file)
        self.layer_box.currentIndexChanged.connect(self._look)
        self._look()

    def export(self, path: str) -> None:
        """Write the chosen layer to a file; the ending of its name chooses the format."""
        layer = self.layer_box.layer
        try:
            if layer is None:
                raise InputError("expected a layer to export: open an image first")
            source = Inline.of(described(layer, self._viewer.dims), layer.name)
        except McrError as error:
            self.show_error(str(error))
            return
        self.say("")
        self.ask(
            "export",
            lambda answer: self.say(_written(answer)),
            source=source.model_dump(mode="json"),
            output=path,
            job=job_of(layer),
            # The file dialog has asked already.
            overwrite=True,
        )

    def save_job(self, path: str) -> bool:
        """Save the job that made the chosen layer; return whether that went well."""
        again = _again(self.layer_box.layer)
        if again is None:
            return False
        target = Path(path)
        if target.suffix.lower() != ".json":
            self.show_error(f"{target.name}: expected a name that ends in .json")
            return False
        try:
            target.write_text(json.dumps(again.job, indent=1) + "\n", "utf-8")
        except OSError as error:
            self.show_error(f"{target}: cannot be written: {error.strerror or error}")
            return False
        does = "makes it again" if again.same else "runs it"
        self.say(f"Saved as {target}: `mcr run {target.name}` {does}. {again.note}".rstrip())
        return True

    def copy_python(self) -> None:
        """Copy a Python script that makes the chosen layer again."""
        from mcr_core.job_text import as_python, needs_file

        self._copy(as_python, "The script", needs_file)

    def copy_command(self) -> None:
        """Copy a command that makes the chosen layer again."""
        from mcr_core.job_text import as_command

        def runs_file(job: dict[str, Any]) -> bool:
            return as_command(job).startswith("mcr run ")

        self._copy(as_command, "The command", runs_file)

    def let_go(self) -> None:
        """See `VerbDock.let_go`."""
        self.layer_box.disconnect_viewer()

    def _copy(
        self,
        write: Callable[..., str],
        what: str,
        runs_file: Callable[[dict[str, Any]], bool],
    ) -> None:
        from mcr_core.job_files import with_files

        layer = self.layer_box.layer
        again = _again(layer)
        if layer is None or again is None:
            return
        # A layer that was opened from a file names it; one from elsewhere is inside of the job.
        paths = {x.name: x.source.path for x in self._viewer.layers if x.source.path}
        job = with_files(again.job, paths)
        saved = ""
        if runs_file(job):
            saved = self._job_file("The image is inside of the job: save it for the text to run")
            if not saved or not self.save_job(saved):
                self.say("Nothing is copied: the text needs the job as a file.")
                return
        text = write(job, job_file=saved or "job.json", output=_output(layer))
        if not again.same:
            text = f"# {again.note}\n{text}"
        clipboard = QApplication.clipboard()
        if clipboard is not None:
            clipboard.setText(text)
        self.text.setPlainText(text)
        self.text.show()
        told = f"{what} is copied; it runs {saved}." if saved else f"{what} is copied."
        self.say(f"{told} {again.note}".rstrip())

    def _look(self) -> None:
        """See what is known of the chosen layer."""
        has_job = job_of(self.layer_box.layer) is not None
        self._job_part.setEnabled(has_job)
        self._job_part.setToolTip(
            "" if has_job else "This layer was made by no job of this plugin."
        )
        self.text.clear()
        self.text.hide()

    def _choose_file(self) -> None:
        layer = self.layer_box.layer
        if layer is None:
            self.export("")
            return
        ending = self.format_box.currentData()
        kind = self.format_box.currentText().split(" (")[0]
        path, _ = QFileDialog.getSaveFileName(
            self, "Export the layer", f"{layer.name}{ending}", f"{kind} (*{ending})"
        )
        if path:
            self.export(path if path.lower().endswith(ending) else f"{path}{ending}")

    def _choose_job_file(self) -> None:
        path = self._job_file("Save the job")
        if path:
            self.save_job(path)

    def _job_file(self, title: str) -> str:
        layer = self.layer_box.layer
        name = "job" if layer is None else layer.name
        path, _ = QFileDialog.getSaveFileName(self, title, f"{name}.json", "Job (*.json)")
        return path


def _again(layer: Layer | None) -> JobAgain | None:
    """What makes a layer again, as far as that can be; None where it carries no job."""
    job = job_of(layer)
    return None if job is None else job_again(job, run_of(layer))


def _output(layer: Layer) -> str:
    """A name for what the text makes, which no file of the layer's own name has to give way to."""
    return f"{layer.name.replace('/', '-')} again.tif"


def _written(answer: Answer) -> str:
    return f"Written: {answer.content['path']}."
