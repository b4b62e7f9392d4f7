"""Runs jobs one after the other in the child process, and shows how they go."""

from __future__ import annotations

import logging
from functools import partial
from pathlib import Path

from qtpy.QtCore import QObject, QTimer, Signal  # type: ignore[attr-defined]

from mcr_core.errors import McrError
from mcr_core.microstructure import Microstructure
from mcr_core.remote import (
    Client,
    Description,
    Discarded,
    Event,
    Failure,
    Note,
    Paused,
    Result,
    State,
)
from napari_mcr.forms.in_docks import told
from napari_mcr.forms.run_buttons import RunButtons
from napari_mcr.forms.run_queue import RunQueue, Waiting
from napari_mcr.layers.appearing import canvas_beside, take
from napari_mcr.runs.checkpoints import Checkpoints
from napari_mcr.runs.drawing_pace import DrawingPace
from napari_mcr.runs.progress import Progress
from napari_mcr.runs.recorded_colors import about_colors
from napari_mcr.runs.recorded_run import RecordedRun

log = logging.getLogger("napari_mcr")

_POLL_MS = 40
#: A run that is discarded ends with its next state; a child that takes longer is killed.
_DISCARD_MS = 3000
#: Runs that are kept for a look back.
_KEPT_RUNS = 10


class Runner(QObject):
    """The run that goes on, and those that wait.

    Args:
        parent: that this ends with.
        client: runs the jobs; it is closed with the parent.
        buttons: that steer the run.
        queue: the jobs that wait.
        progress: shows the run.
        checkpoints: where the child records the runs, and jobs are kept until it does.

    Attributes:
        runs: the last runs.
    """

    #: What is running, or waited for, has changed.
    changed = Signal()
    #: A `Description` has come.
    described = Signal(object)
    #: An error, in one line.
    failed = Signal(str)
    #: The file of a recording, or of a job that was not recorded yet, whose run has ended without a
    #: result, though nobody asked it to.
    broken_off = Signal(str)

    def __init__(
        self,
        parent: QObject,
        client: Client,
        buttons: RunButtons,
        queue: RunQueue,
        progress: Progress,
        checkpoints: Checkpoints,
    ) -> None:
        super().__init__(parent)
        self._client = client
        self._buttons = buttons
        self._queue = queue
        self._progress = progress
        self._checkpoints = checkpoints
        self._file: Path | None = None
        self._is_recorded = False
        self._job: int | None = None
        self._current: Waiting | None = None
        self._failures: list[str] = []
        self.is_describing = False
        self.runs: list[RecordedRun] = []
        queue.removed.connect(checkpoints.jobs.forget)
        # A timer that polls, not a thread_worker: the client never blocks, so no thread has to
        # wait for it, and nothing outlives the dock. It rests while nothing is expected.
        self.timer = QTimer(self)
        self.timer.setInterval(_POLL_MS)
        self.timer.timeout.connect(self._poll)
        self._pace = DrawingPace(_POLL_MS / 1000)
        self.patience = QTimer(self)
        self.patience.setSingleShot(True)
        self.patience.setInterval(_DISCARD_MS)
        self.patience.timeout.connect(client.kill)
        # When Qt destroys the dock, with the viewer or without, the child must go, too.
        self.destroyed.connect(client.close)
        self.destroyed.connect(checkpoints.clear)

    @property
    def is_running(self) -> bool:
        """Whether a run is going on; it may be paused."""
        return self._job is not None

    def look_back(self, run: RecordedRun) -> None:
        """Keep a run of another session among the last ones."""
        self.runs.insert(len(self.runs) - self.is_running, run)

    def describe(self) -> None:
        """Ask the child what there is; the viewer imports no plugin."""
        try:
            self._client.describe()
        except McrError as error:
            self.failed.emit(str(error))
            return
        self.is_describing = True
        self._progress.reset("Starting the child process that computes …")
        self.timer.start()
        self.changed.emit()

    def start(self, jobs: list[Waiting]) -> None:
        """Run jobs, after those that wait."""
        self._checkpoints.jobs.keep(jobs)
        self._queue.add(jobs)
        if not self.is_running:
            self._next()
        self.changed.emit()

    def pause(self) -> None:
        """Let the run rest, or go on."""
        if self._buttons.is_paused:
            self._client.resume()
            self._progress.resume()
        else:
            self._client.pause()
            self._progress.announce("Pausing …")
        self._buttons.show_paused(not self._buttons.is_paused)

    def stop(self) -> None:
        """End the run early and keep what there is."""
        self._client.stop()
        self._buttons.end(discard=False)
        self._progress.announce("Stopping …")

    def discard(self) -> None:
        """End the run and keep nothing."""
        self._client.discard()
        self.patience.start()
        self._buttons.end(discard=True)
        self._progress.announce("Discarding …")

    def close(self) -> None:
        """End the child; nothing more is shown."""
        self.timer.stop()
        self.patience.stop()
        self._client.close()
        self._checkpoints.clear()
        if self._current is not None:
            self._current.layers.remove_preview()
            self._current = None

    def _next(self) -> None:
        """Start the next job, if there is one."""
        waiting = self._queue.pop()
        if waiting is None:
            return
        title = waiting.layers.title
        kept = self._checkpoints.jobs
        about = about_colors(waiting.layers.colors)
        record = self._checkpoints.record(title, about, kept.file_of(waiting))
        self._file = None if record is None else Path(record["file"])
        self._is_recorded = False
        try:
            self._job = self._client.run(waiting.job, record)
        except McrError as error:
            kept.forget(waiting)
            self._queue.drop(waiting.batch)
            self.failed.emit(str(error))
            self._next()
            return
        if self._pace.is_slow:
            self._client.stand_back()  # it may be a new child
        self._current = waiting
        self.runs = [*self.runs[1 - _KEPT_RUNS :], RecordedRun(title, waiting.job)]
        self._progress.reset("Starting …")
        for text in self._failures:
            self._progress.tell(text)
        self._failures.clear()
        self._buttons.begin()
        self.timer.start()

    def _poll(self) -> None:
        was_slow = self._pace.is_slow
        self._pace.look()
        if self._pace.is_slow and not was_slow:
            self._client.stand_back()
        for event in self._client.poll():
            self._handle(event)
        if not self._client.is_busy and not self.is_describing:
            self.timer.stop()

    def _handle(self, event: Event) -> None:
        if isinstance(event, Description):
            self.is_describing = False
            self._progress.end("")
            self.described.emit(event)
        elif isinstance(event, Failure) and event.job is None:
            self.is_describing = False
            self._fail(event)
        elif event.job == self._job and self._current is not None:
            self._follow(event, self._current)
            return
        self.changed.emit()

    def _follow(self, event: Event, current: Waiting) -> None:
        """Show what comes of the run that goes on."""
        if isinstance(event, State):
            self._progress.show_state(event)
            self.runs[-1].add(event)
            self._note_recording(current)
            if event.preview is not None and self._pace.takes_preview():
                # What waits in the event loop comes first: this may take a moment. It does not come
                # at all once the dock is thrown away.
                take([partial(self._show_preview, current, event.preview)], self)
        elif isinstance(event, Note):
            self._progress.tell(f"Note: {event.text}.")
        elif isinstance(event, Paused) and self._buttons.is_paused:
            self._progress.announce("Paused")
        elif isinstance(event, (Result, Discarded, Failure)):
            self._job = self._current = None
            self.patience.stop()
            self._end(event, current)
            self._next()
            self.changed.emit()

    def _show_preview(self, current: Waiting, microstructure: Microstructure) -> None:
        if current is self._current:
            current.layers.show_preview(microstructure, canvas_beside(self._progress))

    def _end(self, event: Result | Discarded | Failure, current: Waiting) -> None:
        kept = self._checkpoints.jobs
        if isinstance(event, Result):
            kept.forget(current)
            layer = current.layers.show_result(event)
            self.runs[-1].end(event)
            self.runs[-1].name = layer.name  # it may be one more of that title
            self._progress.show_result(event)
            return
        # First: when a layer goes, the buttons are set anew.
        discarded = isinstance(event, Discarded) or self._buttons.is_discarding
        current.layers.remove_preview()
        if discarded or isinstance(event, Discarded):
            self.runs.pop()
            kept.forget(current)
            if self._file is not None:
                self._checkpoints.delete(self._file)  # a child that was killed leaves it
            self._progress.end("Discarded")
            self._offer_left(current)
            return
        if event.exit_code == 2:
            kept.forget(current)
            # The others of the same click would be refused, too.
            self._queue.drop(current.batch)
        if len(self._queue):
            self._failures.append(f"{current.layers.title}: {told(event.error)}")
        self._fail(event)
        self._offer_left(current)

    def _note_recording(self, current: Waiting) -> None:
        """Delete what a run could begin from again, once there is a recording of its own."""
        if self._is_recorded or self._file is None or not self._file.exists():
            return
        self._is_recorded = True
        self._checkpoints.jobs.forget(current)
        if current.replaces is not None:
            self._checkpoints.delete(current.replaces)

    def _offer_left(self, current: Waiting) -> None:
        """Tell of what there is of a run that has left no result."""
        self._note_recording(current)
        for file in (current.replaces, self._file, self._checkpoints.jobs.file_of(current)):
            if file is not None and file.exists():
                self.broken_off.emit(str(file))
                return

    def _fail(self, event: Failure) -> None:
        if event.trace:
            log.error("%s", event.trace)
        self._progress.end("Failed")
        self.failed.emit(told(event.error))
