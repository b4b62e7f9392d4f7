"""The dock *Convergence*: how runs went, and what they looked like on the way."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any
from weakref import WeakSet

from napari.utils.notifications import show_error
from qtpy.QtCore import QEvent, Qt, QTimer
from qtpy.QtWidgets import (
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSizePolicy,
    QSlider,
    QVBoxLayout,
    QWidget,
)

from mcr_core.errors import McrError
from mcr_core.recording import SUFFIXES, read_recording, write_recording
from napari_mcr.docks.layout import is_thrown_away
from napari_mcr.docks.reconstruct import Reconstruct
from napari_mcr.forms.narrow_box import NarrowBox
from napari_mcr.forms.schema_form import add_row, form_layout
from napari_mcr.layers.covering import cover, overlap
from napari_mcr.layers.phase_layer import default_colors
from napari_mcr.layers.result_layers import add_microstructure, put
from napari_mcr.layers.source_layer import is_preview
from napari_mcr.plots.convergence_plot import ConvergencePlot
from napari_mcr.plots.theme_colors import text_color
from napari_mcr.runs.recorded_run import RecordedRun, run_of_layer

if TYPE_CHECKING:
    from napari.components import ViewerModel
    from napari.layers import Labels, Layer

#: How often runs that go on are looked at.
_LOOK_MS = 400
_KINDS = "Recordings of runs (*.h5 *.hdf5)"


class Convergence(QWidget):
    """The loss over the iterations, with marks; a click on one shows that state in the viewer.

    Runs are those of the *Reconstruct* docks of the viewer, while they go on and after, those of
    recordings that are opened or dropped here, and those that result layers carry, from this
    session or from a file; of the latter only the numbers are known.

    Args:
        napari_viewer: the viewer; napari gives it.
    """

    def __init__(self, napari_viewer: ViewerModel) -> None:
        super().__init__()
        self._viewer = napari_viewer
        self._runs: list[RecordedRun] = []
        self._opened: list[RecordedRun] = []
        self._drawn: tuple[int, int, int] | None = None
        self._layer: Labels | None = None
        self._states: WeakSet[Layer] = WeakSet()
        self.run_box = NarrowBox()
        self.run_box.setToolTip("Runs of this session, of recordings, and of results.")
        self.plot = ConvergencePlot(text_color(napari_viewer))
        self.slider = QSlider(Qt.Orientation.Horizontal)
        self.slider.setToolTip("Runs through the marks and shows their state in the viewer.")
        self.message = QLabel()
        self.message.setWordWrap(True)
        self.open_button = QPushButton("&Open …")
        self.open_button.setToolTip("Open the recording of a run (.h5); it may be dropped here.")
        self.save_button = QPushButton("&Save …")
        self.save_button.setToolTip("Save the states and numbers of the run as a recording (.h5).")
        head = QWidget()
        add_row(form_layout(head), "run", self.run_box, label_width=30)
        buttons = QHBoxLayout()
        buttons.setSpacing(4)
        buttons.addWidget(self.open_button)
        buttons.addWidget(self.save_button)
        layout = QVBoxLayout(self)
        layout.addWidget(head)
        layout.addLayout(buttons)
        for part in (self.plot, self.slider, self.message):
            layout.addWidget(part)
        layout.setStretch(2, 1)
        self.plot.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.run_box.currentIndexChanged.connect(self._draw)
        self.plot.clicked.connect(self.slider.setValue)
        self.slider.valueChanged.connect(self._show_mark)
        self.open_button.clicked.connect(self.browse)
        self.save_button.clicked.connect(self.save_as)
        self.setAcceptDrops(True)
        napari_viewer.events.theme.connect(self._follow_theme)
        self._timer = QTimer(self)
        self._timer.setInterval(_LOOK_MS)
        self._timer.timeout.connect(self.look)
        self._timer.start()
        self._draw()
        self.look()

    @property
    def run(self) -> RecordedRun | None:
        """The chosen run."""
        index = self.run_box.currentIndex()
        return self._runs[index] if 0 <= index < len(self._runs) else None

    def look(self) -> None:
        """Look for runs, and for what is new of the one that is shown."""
        found = self._found()
        names = [run.name for run in found]
        listed = [self.run_box.itemText(row) for row in range(self.run_box.count())]
        if (found, names) != (self._runs, listed):
            chosen, newest = self.run, found[-1] if found else None
            known = {id(run) for run in self._runs}
            self._runs = found
            self.run_box.blockSignals(True)
            self.run_box.clear()
            self.run_box.addItems(names)
            # A run that has just begun is what one wants to see.
            keep = chosen in found and (newest is None or id(newest) in known or newest.ended)
            self.run_box.setCurrentIndex(found.index(chosen) if keep else len(found) - 1)  # type: ignore[arg-type]
            self.run_box.blockSignals(False)
            self._draw()
        elif self.run is not None and self._state(self.run) != self._drawn:
            self._draw()

    def browse(self) -> None:
        """Ask for recordings, and open them."""
        paths, _ = QFileDialog.getOpenFileNames(self, "Recordings of runs", "", _KINDS)
        self.open(paths)

    def open(self, paths: Iterable[str | Path]) -> None:
        """Open recordings; the last one is shown."""
        for path in paths:
            try:
                recording = read_recording(path)
            except McrError as error:
                self._report(str(error))
                continue
            name = recording.name or Path(path).stem
            taken = {run.name for run in (*self._runs, *self._opened)}
            self._opened.append(RecordedRun.of(recording, _free(name, taken)))
            self.look()
            self.run_box.setCurrentIndex(self._runs.index(self._opened[-1]))

    def save_as(self) -> None:
        """Ask for a file, and save the run that is shown."""
        path, _ = QFileDialog.getSaveFileName(self, "Save the run", "", _KINDS)
        if path:
            self.save(Path(path) if Path(path).suffix else Path(path).with_suffix(".h5"))

    def save(self, path: str | Path) -> None:
        """Save the states and numbers of the run that is shown; a file that exists is replaced."""
        run = self.run
        if run is None:
            return
        try:
            file = write_recording(path, run.recording(), overwrite=True)
        except McrError as error:
            self._report(str(error))
        else:
            self.message.setText(f"Saved as {file.name}.")

    def dragEnterEvent(self, event: Any) -> None:
        """Qt calls this: recordings may be dropped."""
        if _dropped(event):
            event.acceptProposedAction()

    def dropEvent(self, event: Any) -> None:
        """Qt calls this when something is dropped."""
        self.open(_dropped(event))
        event.acceptProposedAction()

    def event(self, event: QEvent) -> bool:
        """Qt calls this before anything else: here, when the dock is thrown away."""
        if is_thrown_away(self, event):
            self._timer.stop()
            self._viewer.events.theme.disconnect(self._follow_theme)
        return bool(super().event(event))

    def _found(self) -> list[RecordedRun]:
        window = getattr(self._viewer, "window", None)
        docks = [] if window is None else list(window.dock_widgets.values())
        own = [run for dock in docks if isinstance(dock, Reconstruct) for run in dock.runs]
        names = {run.name for run in own if run.ended}
        known = {run.name: run for run in self._runs}
        of_layers = []
        for layer in self._viewer.layers:
            if layer.name not in names:
                run = known.get(layer.name) or run_of_layer(layer)
                of_layers += [run] if run is not None else []
        return [*of_layers, *self._opened, *own]

    def _follow_theme(self) -> None:
        self.plot.set_color(text_color(self._viewer))

    def _report(self, text: str) -> None:
        self.message.setText(text)
        show_error(text)

    def _state(self, run: RecordedRun) -> tuple[int, int, int]:
        return id(run), len(run.points), len(run.marks)

    def _draw(self) -> None:
        run = self.run
        self.save_button.setEnabled(run is not None and bool(run.marks))
        if run is None:
            self._drawn = None
            self.plot.show_run([], [])
            self.plot.choose(None)
            self.slider.setEnabled(False)
            self.message.setText(
                "No run yet: start one in Reconstruct, or open a recording or a result of one."
            )
            return
        before = self._drawn
        self._drawn = self._state(run)
        self.plot.show_run(run.points, [(mark.iteration, mark.loss) for mark in run.marks])
        self.slider.blockSignals(True)
        self.slider.setRange(0, max(len(run.marks) - 1, 0))
        self.slider.setEnabled(bool(run.marks))
        if before is None or before[0] != id(run):
            self.slider.setValue(self.slider.maximum())
            self.plot.choose(None)
        self.slider.blockSignals(False)
        self._tell(run)

    def _tell(self, run: RecordedRun) -> None:
        if not run.points:
            self.message.setText("The run has not made an iteration yet.")
            return
        iteration, loss, _ = run.points[-1]
        text = f"{iteration} iterations, loss {loss:.2e}"
        kept = f"; {len(run.marks)} states kept: click a mark" if run.marks else "; no states kept"
        self.message.setText(f"{text}{kept}.")

    def _show_mark(self, number: int) -> None:
        run = self.run
        if run is None or not 0 <= number < len(run.marks):
            return
        mark = run.marks[number]
        self.plot.choose(mark.iteration)
        try:
            microstructure = mark.microstructure()
        except McrError as error:
            self._report(str(error))
            return
        name = f"{run.name}, state"
        shown = self._layer
        if shown is not None and shown in self._viewer.layers and shown.name == name:
            put(shown, microstructure)
        else:
            others = [layer for layer in self._viewer.layers if self._is_result(layer)]
            self._layer = add_microstructure(
                self._viewer, microstructure, name, default_colors(microstructure)
            )
            self._states.add(self._layer)
            dims = self._viewer.dims
            cover(self._viewer, self._layer, [x for x in others if overlap(x, self._layer, dims)])
        self.message.setText(f"Iteration {mark.iteration}, loss {mark.loss:.2e}.")

    def _is_result(self, layer: Layer) -> bool:
        """Whether a layer is the result of a run, grows to be one, or shows a state."""
        return is_preview(layer) or layer in self._states or run_of_layer(layer) is not None


def _dropped(event: Any) -> list[str]:
    """Return the paths of what may be recordings."""
    paths = [url.toLocalFile() for url in event.mimeData().urls()]
    return [path for path in paths if Path(path).suffix.lower() in SUFFIXES]


def _free(name: str, taken: Collection[str]) -> str:
    """Return a name that no other run has."""
    number = 1
    free = name
    while free in taken:
        free, number = f"{name} [{number}]", number + 1
    return free
