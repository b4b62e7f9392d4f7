"""The dock *Characterize*: from layers to statistics, as plots and as files."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from napari.utils.history import get_open_history, get_save_history
from qtpy.QtCore import Qt
from qtpy.QtWidgets import (
    QComboBox,
    QFileDialog,
    QHBoxLayout,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from mcr_core.characterization_file import SUFFIXES, read_characterization, write_characterization
from mcr_core.errors import InputError, McrError
from mcr_core.presets import PRESETS
from mcr_core.remote import Answer, Client, Description
from mcr_core.sources import Inline
from mcr_core.wording import source_name
from napari_mcr.docks.layout import Box, bring_up
from napari_mcr.docks.verb_dock import VerbDock
from napari_mcr.forms.characterization_list import CharacterizationList
from napari_mcr.forms.plugin_forms import TermList
from napari_mcr.forms.sample_form import SampleForm
from napari_mcr.forms.schema_form import add_row, form_layout
from napari_mcr.plots.statistics_plot import StatisticsPlot

if TYPE_CHECKING:
    from napari.components import ViewerModel

_CHOSEN = "chosen descriptors"
_FIRST = "balanced"
_FILES = "Characterization (*.h5 *.hdf5)"


class Characterize(VerbDock):
    """Compute the statistics of layers, draw them over each other, save and open them.

    Args:
        napari_viewer: the viewer; napari gives it.
        client: asks the child; default: a new one.
    """

    def __init__(self, napari_viewer: ViewerModel, client: Client | None = None) -> None:
        super().__init__(napari_viewer, client)
        self._made = 0
        self.sample = SampleForm(napari_viewer)
        self.source, self.region = self.sample.source, self.sample.region
        self.terms: TermList | None = None
        self.what_box = QComboBox()
        self.what_box.addItems([*(f"preset {name}" for name in PRESETS), _CHOSEN])
        self.what_box.setToolTip(
            "The descriptors that a preset of Reconstruct prescribes, or those that you tick."
        )
        for number, (name, preset) in enumerate(PRESETS.items()):
            self.what_box.setItemData(number, name)
            self.what_box.setItemData(number, preset.summary, Qt.ItemDataRole.ToolTipRole)
        self.what_box.setCurrentIndex(self.what_box.findData(_FIRST))
        self.characterize_button = QPushButton("&Characterize")
        self.characterize_button.setToolTip("Compute the statistics of the layer.")
        self.characterize_button.clicked.connect(self.characterize)
        self.open_button = QPushButton("&Open …")
        self.open_button.setToolTip("Show characterizations that were saved (.h5).")
        self.open_button.clicked.connect(self.open_files)
        self.save_button = QPushButton("&Save …")
        self.save_button.setToolTip("Save the selected characterization (.h5).")
        self.save_button.clicked.connect(self.save)
        self.remove_button = QPushButton("&Remove")
        self.remove_button.setToolTip("Take the selected characterization out of this list.")
        self.found = CharacterizationList()
        self.remove_button.clicked.connect(self.found.remove)
        self.plot = StatisticsPlot(napari_viewer)
        self._results = self._shown()
        what = QWidget()
        add_row(form_layout(what), "what", self.what_box)
        source_box, self._what_box = Box("Layer"), Box("Statistics")
        source_box.add(self.sample)
        self._what_box.add(what)
        self.lay_out(
            [source_box, self._what_box],
            [self.characterize_button, self.open_button],
            results=self._results,
        )
        self.what_box.currentIndexChanged.connect(self._choose_what)
        self.found.changed.connect(self._show)
        self.setAcceptDrops(True)
        self._show()

    def characterize(self) -> None:
        """Ask for the statistics of the chosen layer."""
        try:
            images, name = self.sample.images()
            what = self._what()
        except McrError as error:
            self.show_error(str(error))
            return
        self._made += 1
        sources = [Inline.of(image, name).model_dump(mode="json") for image in images]

        def done(answer: Answer) -> None:
            self._add(Path(answer.content["path"]), name)

        self.say(f"{name} …")
        self.ask(
            "characterize",
            done,
            sources=sources,
            output=str(self.folder / f"{self._made}.h5"),
            **what,
            **({"pool": True} if self.sample.is_pooled else {}),
        )

    def open_files(self, *_: Any) -> None:
        """Ask for files and show them."""
        paths, _filter = QFileDialog.getOpenFileNames(
            self, "Open characterizations", get_open_history()[0], _FILES
        )
        self.open(paths)

    def open(self, paths: Iterable[str]) -> None:
        """Show characterizations from files; an error is shown."""
        for path in paths:
            try:
                self._add(Path(path), Path(path).stem)
            except McrError as error:
                self.show_error(str(error))

    def save(self, *_: Any) -> None:
        """Ask for a name and save the selected characterization."""
        chosen = self.found.current
        if chosen is None:
            self.show_error("expected a characterization to save: select one in the list")
            return
        first = str(Path(get_save_history()[0]) / f"{chosen.name}.h5")
        path, _filter = QFileDialog.getSaveFileName(
            self, "Save the characterization", first, _FILES
        )
        if not path:
            return
        try:
            # The dialog has asked already whether to replace a file.
            file = path if Path(path).suffix else f"{path}.h5"
            write_characterization(file, chosen.characterization, overwrite=True)
        except McrError as error:
            self.show_error(str(error))
            return
        self.say(f"Saved {Path(file).name}.")

    def dragEnterEvent(self, event: Any) -> None:
        """Qt calls this: files may be dropped; others than characterizations get an answer."""
        if event.mimeData().hasUrls():
            event.acceptProposedAction()

    def dropEvent(self, event: Any) -> None:
        """Qt calls this when something is dropped."""
        paths = [url.toLocalFile() or url.toString() for url in event.mimeData().urls()]
        ours = [path for path in paths if Path(path).suffix.lower() in SUFFIXES]
        self.open(ours)
        others = [Path(path).name for path in paths if path not in ours]
        if others:
            self.show_error(
                f"expected characterizations (.h5), got {', '.join(others)}: open images in the "
                "viewer, and choose their layers here"
            )
        event.acceptProposedAction()

    def let_go(self) -> None:
        """See `VerbDock.let_go`."""
        self.sample.disconnect_viewer()
        self.plot.disconnect_viewer()

    def _shown(self) -> QWidget:
        """Lay out the list and the plot."""
        results = QWidget()
        buttons = QVBoxLayout()
        buttons.setSpacing(4)
        buttons.addWidget(self.save_button)
        buttons.addWidget(self.remove_button)
        buttons.addStretch(1)
        top = QHBoxLayout()
        top.addWidget(self.found, 1)
        top.addLayout(buttons)
        column = QVBoxLayout(results)
        column.setContentsMargins(0, 0, 0, 0)
        column.addLayout(top)
        column.addWidget(self.plot, 1)
        return results

    def _show(self) -> None:
        self._results.setVisible(len(self.found) > 0)
        self.plot.show_sources(self.found.checked)

    def _add(self, path: Path, name: str) -> None:
        found = read_characterization(path)
        source = self.found.add(name, found)
        notes = "".join(f" {note}." for note in found.notes)
        self.say(f"{source.name}: {source_name(found)}.{notes}")

    def _what(self) -> dict[str, Any]:
        """Return the preset or the descriptors, as the verb takes them.

        Raises:
            InputError: none is chosen, or they are not there yet.
        """
        preset = self.what_box.currentData()
        if preset is not None:
            return {"preset": preset}
        if self.terms is None:
            self._describe()
            raise InputError("expected chosen descriptors, their list is not there yet: wait")
        return {"descriptors": [term["descriptor"] for term in self.terms.values()]}

    def _choose_what(self) -> None:
        chosen = self.what_box.currentText() == _CHOSEN
        if self.terms is not None:
            self.terms.setVisible(chosen)
            if chosen:
                bring_up(self._what_box)
        elif chosen:
            self._describe()

    def _describe(self) -> None:
        """Ask the child which descriptors there are; the viewer imports no plugin."""
        self.say("Asking which descriptors there are …")
        self.questions.describe(self._take_terms)

    def _take_terms(self, event: Description) -> None:
        if self.terms is None:
            self.terms = TermList(
                event.content["descriptors"], None, event.content["default_descriptors"]
            )
            self._what_box.add(self.terms)
            self._wheel.watch(self.terms)
            self.say("")
        self._choose_what()
