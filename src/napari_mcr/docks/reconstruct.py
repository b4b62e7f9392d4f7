"""The dock *Reconstruct*: from a layer to a run in the child process to a layer."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from napari.utils.notifications import show_error
from napari.utils.theme import get_theme
from qtpy.QtCore import QEvent, QTimer
from qtpy.QtWidgets import QPushButton, QWidget

from mcr_core.errors import McrError
from mcr_core.remote import Client, Description, Discarded, Event, Failure, Note, Result, State
from napari_mcr.docks.layout import Box, arrange
from napari_mcr.plugin_forms import TermList
from napari_mcr.progress import Progress
from napari_mcr.result_form import ResultForm
from napari_mcr.result_layers import ResultLayers
from napari_mcr.source_form import SourceForm
from napari_mcr.wheel import IgnoreWheel

if TYPE_CHECKING:
    from napari.components import ViewerModel

log = logging.getLogger("napari_mcr")

_POLL_MS = 40
#: A run that is discarded ends with its next state; a child that takes longer is killed.
_DISCARD_MS = 3000


class Reconstruct(QWidget):
    """Reconstruct a microstructure from the statistics of a layer.

    Args:
        napari_viewer: the viewer; napari gives it.
        client: runs the jobs; default: a new one. It is closed with the dock.
    """

    def __init__(self, napari_viewer: ViewerModel, client: Client | None = None) -> None:
        super().__init__()
        self._viewer = napari_viewer
        self._client = Client() if client is None else client
        self._job: int | None = None
        self._layers: ResultLayers | None = None
        self._loaded = self._describing = False
        theme = get_theme(napari_viewer.theme)
        self.source = SourceForm(napari_viewer)
        self.terms: TermList | None = None
        self.result: ResultForm | None = None
        self.progress = Progress(theme.text.as_hex(), "#ff6b6b")
        self.run_button = QPushButton("Run")
        self.stop_button = QPushButton("Stop")
        self.stop_button.setToolTip("End the run and keep what there is.")
        self.discard_button = QPushButton("Discard")
        self.discard_button.setToolTip("End the run and keep nothing.")
        self._term_box, self._result_box = Box("Statistics"), Box("Result")
        source_box = Box("Source")
        source_box.add(self.source)
        self._term_box.hide()
        self._result_box.hide()
        arrange(
            self,
            forms=(source_box, self._term_box, self._result_box),
            buttons=(self.run_button, self.stop_button, self.discard_button),
            below=self.progress,
        )
        self.run_button.clicked.connect(self.run)
        self.stop_button.clicked.connect(self.stop)
        self.discard_button.clicked.connect(self.discard)
        # A timer that polls, not a thread_worker: the client never blocks, so no thread has to
        # wait for it, and nothing outlives the dock. It rests while nothing is expected.
        self._timer = QTimer(self)
        self._timer.setInterval(_POLL_MS)
        self._timer.timeout.connect(self._poll)
        self._patience = QTimer(self)
        self._patience.setSingleShot(True)
        self._patience.setInterval(_DISCARD_MS)
        self._patience.timeout.connect(self._client.kill)
        # When Qt destroys the dock, with the viewer or without, the child must go, too.
        self.destroyed.connect(self._client.close)
        self._wheel = IgnoreWheel(self)
        self._describe()

    @property
    def is_running(self) -> bool:
        """Whether a run is going on."""
        return self._job is not None

    def run(self) -> None:
        """Start a run, or explain why not."""
        if self.is_running:
            return
        if not self._loaded:
            self._describe()
            return
        try:
            job, layers = self._prepared()
            self._job = self._client.run(job)
        except McrError as error:
            self._report(str(error))
            return
        self._layers = layers
        self.progress.reset("Starting …")
        self._timer.start()
        self._enable()

    def stop(self) -> None:
        """End the run early and keep what there is."""
        self._client.stop()
        self.stop_button.setEnabled(False)
        self.progress.announce("Stopping …")

    def discard(self) -> None:
        """End the run and keep nothing."""
        self._client.discard()
        self._patience.start()
        self.stop_button.setEnabled(False)
        self.discard_button.setEnabled(False)
        self.progress.announce("Discarding …")

    def event(self, event: QEvent) -> bool:
        """Qt calls this before anything else: here, when the dock is thrown away."""
        # The x of a dock does not close the widget inside: napari takes it out of the window.
        removed = event.type() == QEvent.Type.ParentChange and self.parent() is None
        if removed or event.type() == QEvent.Type.Close:
            self._shut_down()
        return bool(super().event(event))

    def _shut_down(self) -> None:
        self._timer.stop()
        self._patience.stop()
        self.source.disconnect_viewer()
        self._client.close()
        if self._layers is not None:
            self._layers.remove_preview()

    def _describe(self) -> None:
        """Ask the child what there is; the viewer imports no plugin."""
        try:
            self._client.describe()
        except McrError as error:
            self._report(str(error))
            return
        self._describing = True
        self.progress.reset("Starting the child process that computes …")
        self._timer.start()
        self._enable()

    def _poll(self) -> None:
        for event in self._client.poll():
            self._handle(event)
        if not self._client.is_busy and not self._describing:
            self._timer.stop()

    def _handle(self, event: Event) -> None:
        if isinstance(event, Description):
            self._build(event)
        elif event.job != self._job:
            return
        elif isinstance(event, State):
            self.progress.show_state(event)
            if event.preview is not None and self._layers is not None:
                self._layers.show_preview(event.preview)
        elif isinstance(event, Note):
            self.progress.tell(f"Note: {event.text}.")
        elif isinstance(event, Result):
            self._end()
            if self._layers is not None:
                self._layers.show_result(event)
                self._layers = None
            self.progress.show_result(event)
        elif isinstance(event, Discarded):
            self._give_up("Discarded")
        elif isinstance(event, Failure):
            if event.trace:
                log.error("%s", event.trace)
            discarded = self._patience.isActive() or not self.discard_button.isEnabled()
            if self.is_running and discarded:
                self._give_up("Discarded")
            else:
                self._give_up("Failed")
                self._report(str(event.error))

    def _prepared(self) -> tuple[dict[str, Any], ResultLayers]:
        """Return the job that the forms describe, and where its result goes."""
        # Here, not above: HDF5 and the like need not be loaded to open the dock.
        from mcr_core.job import Inline

        layer = self.source.layer
        microstructure = self.source.microstructure()
        if self.terms is None or self.result is None or layer is None:
            raise RuntimeError("a run was started before the forms were there")
        settings = self.result.values()
        job = {
            "source": Inline.of(microstructure, layer.name).model_dump(mode="json"),
            "terms": self.terms.values(),
            "shape": list(self.result.shape),
            "settings": settings,
        }
        layers = ResultLayers(
            self._viewer,
            layer,
            microstructure,
            settings["seed"],
            self.result.show_in_3d.isChecked(),
        )
        return job, layers

    def _end(self) -> None:
        self._job, self._describing = None, False
        self._patience.stop()
        self._enable()

    def _give_up(self, status: str) -> None:
        if self._layers is not None:
            self._layers.remove_preview()
            self._layers = None
        self._end()
        self.progress.end(status)

    def _report(self, text: str) -> None:
        self.progress.show_error(text)
        show_error(text)

    def _enable(self) -> None:
        self.run_button.setText("Run" if self._loaded else "Try again")
        self.run_button.setEnabled(not self.is_running and not self._describing)
        self.stop_button.setEnabled(self.is_running)
        self.discard_button.setEnabled(self.is_running)

    def _build(self, event: Description) -> None:
        """Make the forms from the schemas."""
        content = event.content
        optimizers = content["optimizers"]["plugins"]
        self.terms = TermList(
            content["descriptors"],
            content["term"],
            content["default_descriptors"],
            [plugin["name"] for plugin in optimizers if not plugin["needs_gradient"]],
        )
        self.result = ResultForm(content)
        for box, form in ((self._term_box, self.terms), (self._result_box, self.result)):
            box.add(form)
            box.show()
        self.source.changed.connect(self._suggest)
        self._suggest()
        self._wheel.watch(self)
        self._loaded, self._describing = True, False
        self.progress.end("")
        for kind in ("descriptors", "losses", "optimizers", "starts"):
            for reason in content[kind]["broken"].values():
                self.progress.tell(reason)
        self._enable()

    def _suggest(self) -> None:
        if self.result is not None and self.source.extent is not None:
            self.result.suggest(self.source.extent)
