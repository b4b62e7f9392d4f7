"""What a crash has left, runs and jobs that wait: found, offered, shown and gone on with."""

from __future__ import annotations

import itertools
import threading
from pathlib import Path
from typing import TYPE_CHECKING

from qtpy.QtCore import QObject, QTimer, Signal  # type: ignore[attr-defined]

from mcr_core.errors import InputError, McrError
from mcr_core.recording import Recording, read_recording
from napari_mcr.forms.interrupted_runs import InterruptedRuns
from napari_mcr.forms.run_queue import Waiting
from napari_mcr.layers.phase_layer import metadata
from napari_mcr.layers.result_layers import ResultLayers, add_microstructure
from napari_mcr.runs.checkpoints import Checkpoint, Checkpoints, Left, left, left_behind
from napari_mcr.runs.kept_job import LeftJob, read_kept
from napari_mcr.runs.own_files import folder
from napari_mcr.runs.recorded_colors import colors_from
from napari_mcr.runs.recorded_run import RecordedRun
from napari_mcr.runs.runner import Runner

if TYPE_CHECKING:
    from napari.components import ViewerModel
    from napari.layers import Labels

_LOOK_MS = 50


class Interrupted(QObject):
    """Looks for what is left of runs when the dock opens, and when one breaks off.

    Args:
        parent: that this ends with.
        viewer: where states are shown.
        checkpoints: of the dock.
        runner: goes on with runs.
        offer: the form.
    """

    #: An error, in one line.
    failed = Signal(str)

    def __init__(
        self,
        parent: QObject,
        viewer: ViewerModel,
        checkpoints: Checkpoints,
        runner: Runner,
        offer: InterruptedRuns,
    ) -> None:
        super().__init__(parent)
        self._viewer = viewer
        self._checkpoints = checkpoints
        self._runner = runner
        self._offer = offer
        self._batches = itertools.count(-1, -1)  # the forms count from 0
        self._shown: dict[Path, Labels] = {}
        self._before: dict[str, ResultLayers] = {}
        offer.proceed.connect(self._proceed)
        offer.show_state.connect(self._show)
        offer.discard.connect(self._discard)
        runner.broken_off.connect(self._offer_one)
        # Files are read in a thread: those of large runs take a moment, and disks may be slow.
        self._found: list[Left] = []
        self._search = threading.Thread(
            target=_search, args=(folder(), self._found), name="mcr-left-behind", daemon=True
        )
        self._timer = QTimer(self)
        self._timer.setInterval(_LOOK_MS)
        self._timer.timeout.connect(self._look)
        self._search.start()
        self._timer.start()

    @property
    def is_searching(self) -> bool:
        """Whether there may be more to come."""
        return bool(self._timer.isActive())

    def close(self) -> None:
        """Look no further."""
        self._timer.stop()
        self._search.join(timeout=5)

    def _look(self) -> None:
        if not self._search.is_alive():
            self._timer.stop()
            self._offer.offer(self._found)

    def _offer_one(self, file: str) -> None:
        found = left(Path(file))
        if found is not None:
            self._offer.offer([found])

    def _proceed(self, chosen: Left) -> None:
        taken = self._begin(chosen) if isinstance(chosen, LeftJob) else self._go_on(chosen)
        if taken is not None:
            self._offer.take_away(chosen)
            self._runner.start([taken])

    def _go_on(self, chosen: Checkpoint) -> Waiting | None:
        """Return the job of the iterations that are left, and take its recording over."""
        recording = self._read(chosen)
        if recording is None:
            return None
        try:
            job = recording.continued_data()
            layers = self._layers(recording, chosen)
        except McrError as error:
            self.failed.emit(str(error))
            return None
        file = self._checkpoints.adopt(chosen.file)
        return Waiting(job, layers, next(self._batches), replaces=file)

    def _begin(self, chosen: LeftJob) -> Waiting | None:
        """Return a job that had not begun, and take its file over."""
        try:
            kept = read_kept(chosen.file)
            # A batch of its own: should one be refused now, the others are tried all the same.
            waiting = kept.waiting(self._viewer, next(self._batches), self._before.get(kept.batch))
            if not self._checkpoints.jobs.take_over(waiting, chosen.file):
                raise InputError(f"{chosen.name}: another napari has taken this job")
        except McrError as error:
            self._offer.take_away(chosen)
            self.failed.emit(str(error))
            return None
        self._before[kept.batch] = waiting.layers
        return waiting

    def _show(self, chosen: Checkpoint) -> None:
        recording = self._read(chosen)
        if recording is None:
            return
        run = {
            "history": [dict(row) for row in recording.history],
            "stop_reason": recording.stop_reason and recording.stop_reason.name,
            "loss": recording.loss if recording.loss == recording.loss else None,
            "seconds": recording.seconds,
            "notes": list(recording.notes),
        }
        try:
            state = recording.microstructure
        except McrError as error:
            self.failed.emit(str(error))
            return
        name = chosen.name if chosen.ended else f"{chosen.name}, iteration {chosen.iteration}"
        layer = add_microstructure(
            self._viewer,
            state,
            name,
            colors_from(recording.about, state),
            meta=metadata(state, recording.job_data, run=run),
        )
        self._shown[chosen.file] = layer
        self._runner.look_back(RecordedRun.of(recording, layer.name))
        if chosen.ended:
            self._checkpoints.adopt(chosen.file)
            self._offer.take_away(chosen)

    def _discard(self, chosen: Left) -> None:
        self._checkpoints.delete(chosen.file)
        self._offer.take_away(chosen)

    def _read(self, chosen: Checkpoint) -> Recording | None:
        """Return a recording; None, and no further offer, where it is gone by now."""
        try:
            return read_recording(chosen.file)
        except McrError as error:
            self._offer.take_away(chosen)
            self.failed.emit(str(error))
            return None

    def _layers(self, recording: Recording, chosen: Checkpoint) -> ResultLayers:
        state = recording.microstructure
        shape = recording.job_data.get("shape") or state.shape
        return ResultLayers(
            self._viewer,
            name=f"{chosen.name}, going on",
            title=f"{chosen.name}, continued",
            colors=colors_from(recording.about, state),
            voxel_size=tuple(
                size * count / wanted
                for size, count, wanted in zip(state.voxel_size, state.shape, shape, strict=True)
            ),
            turn_to_3d=False,
            before=self._shown.get(chosen.file),
        )


def _search(where: Path, found: list[Left]) -> None:
    found += left_behind(where)
