"""The dock *Reconstruct*: from a layer to a run in the child process to a layer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from napari.utils.notifications import show_error
from qtpy.QtCore import QEvent
from qtpy.QtWidgets import QWidget

from mcr_core.errors import McrError
from mcr_core.remote import Client, Description
from napari_mcr.docks.layout import Box, arrange, is_thrown_away
from napari_mcr.forms.interrupted_runs import InterruptedRuns
from napari_mcr.forms.plugin_forms import TermList
from napari_mcr.forms.result_form import ResultForm
from napari_mcr.forms.run_buttons import RunButtons
from napari_mcr.forms.run_queue import RunQueue
from napari_mcr.forms.target_form import TargetForm
from napari_mcr.forms.wheel import IgnoreWheel
from napari_mcr.layers import appearing
from napari_mcr.plots.theme_colors import error_color, text_color
from napari_mcr.preferences import preferences
from napari_mcr.runs.checkpoints import Checkpoints
from napari_mcr.runs.estimates import Estimates
from napari_mcr.runs.interrupted import Interrupted
from napari_mcr.runs.job_maker import JobMaker
from napari_mcr.runs.progress import Progress
from napari_mcr.runs.questions import Questions
from napari_mcr.runs.recorded_run import RecordedRun
from napari_mcr.runs.remembered import Remembered
from napari_mcr.runs.runner import Runner

if TYPE_CHECKING:
    from napari.components import ViewerModel


class Reconstruct(QWidget):
    """Reconstruct a microstructure from the statistics of a layer, a file or slices.

    Args:
        napari_viewer: the viewer; napari gives it.
        client: runs the jobs; default: a new one. It is closed with the dock.
    """

    def __init__(self, napari_viewer: ViewerModel, client: Client | None = None) -> None:
        super().__init__()
        self._viewer = napari_viewer
        if client is None:
            client = Client(preview_interval=preferences().preview_interval)
        self._client = client
        self.target = TargetForm(napari_viewer)
        self.source = self.target.layer
        self.terms: TermList | None = None
        self.result: ResultForm | None = None
        self.progress = Progress(text_color(napari_viewer), error_color(napari_viewer))
        self.queue = RunQueue()
        self.buttons = RunButtons()
        self.run_button, self.pause_button = self.buttons.run, self.buttons.pause
        self.stop_button, self.discard_button = self.buttons.stop, self.buttons.discard
        checkpoints = Checkpoints()
        self.runner = Runner(self, client, self.buttons, self.queue, self.progress, checkpoints)
        self.offer = InterruptedRuns()
        self.interrupted = Interrupted(self, napari_viewer, checkpoints, self.runner, self.offer)
        self.questions = Questions(self, Client())
        self._memory = Remembered("reconstruct")
        self._maker: JobMaker | None = None
        self._estimates: Estimates | None = None
        self._suggested: tuple[int, ...] | None = None
        self._result_box = Box("Result")
        source_box = Box("Source")
        source_box.add(self.target)
        self._result_box.hide()
        arrange(
            self,
            forms=(self.offer, source_box, self._result_box, self.queue),
            first_buttons=self.buttons.asking,
            buttons=self.buttons.steering,
            below=self.progress,
        )
        for button, act in (
            (self.run_button, self.run),
            (self.pause_button, self.runner.pause),
            (self.stop_button, self.stop),
            (self.discard_button, self.discard),
            (self.buttons.preview, self.preview),
            (self.buttons.proceed, self.proceed),
        ):
            button.clicked.connect(act)
        self.questions.changed.connect(self._enable)
        self.questions.failed.connect(self._report)
        self.runner.changed.connect(self._enable)
        self.runner.failed.connect(self._report)
        self.interrupted.failed.connect(self._report)
        self.runner.described.connect(self._build)
        napari_viewer.events.theme.connect(self._follow_theme)
        napari_viewer.layers.selection.events.active.connect(self._enable)
        self._wheel = IgnoreWheel(self)
        appearing.prepare()
        self.runner.describe()

    @property
    def is_running(self) -> bool:
        """Whether a run is going on; it may be paused."""
        return self.runner.is_running

    @property
    def runs(self) -> list[RecordedRun]:
        """The last runs, for the dock *Convergence*."""
        return self.runner.runs

    def run(self) -> None:
        """Start a run, or put it into the queue behind the one that goes on; or say why not."""
        if self._maker is None or self.result is None:
            if not self.runner.is_describing:
                self.runner.describe()
            return
        try:
            jobs = self._maker.jobs()
            self._memory.write(self.result.state())
        except McrError as error:
            self._report(str(error))
            return
        self.runner.start(jobs)

    def proceed(self) -> None:
        """Run the job of the selected result once more, from where that ended."""
        if self._maker is None:
            return
        try:
            jobs = self._maker.continued()
        except McrError as error:
            self._report(str(error))
            return
        self.runner.start(jobs)

    def preview(self) -> None:
        """Ask for what the run would start from, as a layer; while it is awaited: cancel."""
        if self.questions.is_busy:
            self.questions.cancel()
            self.progress.say("Cancelled.")
        elif self._maker is not None:
            try:
                self._maker.preview(self.questions, self.progress.say)
            except McrError as error:
                self._report(str(error))

    def stop(self) -> None:
        """End the run early and keep what there is."""
        self.runner.stop()

    def discard(self) -> None:
        """End the run and keep nothing."""
        self.runner.discard()

    def event(self, event: QEvent) -> bool:
        """Qt calls this before anything else: here, when the dock is thrown away."""
        if is_thrown_away(self, event):
            self._shut_down()
        elif event.type() == QEvent.Type.Show and self._estimates is not None:
            self._estimates.look()
        return bool(super().event(event))

    def _shut_down(self) -> None:
        self._viewer.events.theme.disconnect(self._follow_theme)
        self._viewer.layers.selection.events.active.disconnect(self._enable)
        self.target.disconnect_viewer()
        if self._estimates is not None:
            self._estimates.close()
        self.questions.close()
        self.interrupted.close()
        self.runner.close()

    def _report(self, text: str) -> None:
        self.progress.show_error(text)
        show_error(text)

    def _follow_theme(self) -> None:
        self.progress.set_colors(text_color(self._viewer), error_color(self._viewer))
        if self.result is not None:
            self.result.estimate.set_error_color(error_color(self._viewer))

    def _enable(self, event: Any = None) -> None:
        self.buttons.enable(
            loaded=self._maker is not None,
            describing=self.runner.is_describing,
            running=self.is_running,
            asking=self.questions.is_busy,
            result=self._maker is not None and self._maker.can_continue,
        )
        if self._estimates is not None:
            self._estimates.look(running=self.is_running)

    def _build(self, event: Description) -> None:
        """Make the forms from the schemas."""
        self.result = ResultForm(event.content)
        self.terms = self.result.terms
        self.result.restore(self._memory.read())
        self._maker = JobMaker(self._viewer, self.target, self.result)
        self._result_box.add(self.result)
        self._result_box.show()
        self.result.estimate.set_error_color(error_color(self._viewer))
        self._estimates = Estimates(self, self.questions, self._maker, self.result.estimate)
        self.result.changed.connect(self._estimates.follow)
        self.target.changed.connect(self._estimates.follow_source)
        self.target.changed.connect(self._suggest)
        self._suggest()
        self._estimates.follow()
        self._wheel.watch(self)
        for kind in ("descriptors", "losses", "optimizers", "starts"):
            for reason in event.content[kind]["broken"].values():
                self.progress.tell(reason)

    def _suggest(self) -> None:
        if self.result is None:
            return
        self.result.preset.allow_file(self.target.from_file)
        extent = self.target.extent
        # Once for every extent: what the user has written since stays.
        if extent is not None and extent != self._suggested:
            self._suggested = extent
            self.result.grid.suggest(extent)
