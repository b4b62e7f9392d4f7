"""Estimates that come by themselves, a moment after the last change of the forms."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from qtpy.QtCore import QObject, QTimer
from qtpy.QtWidgets import QWidget

from mcr_core.errors import GreyImageError, InputError, McrError
from mcr_core.remote import Answer
from napari_mcr.forms.estimate_line import EstimateLine
from napari_mcr.forms.in_docks import told
from napari_mcr.runs.job_maker import JobMaker
from napari_mcr.runs.questions import Questions

#: Who types goes on typing within that time.
_PAUSE_MS = 700


class Estimates(QObject):
    """Asks for memory and time of what the forms describe, while nothing else is computed.

    Memory comes at once, time from some iterations. What would be refused is said so; forms that
    the dock itself cannot read leave the line empty, but for grey images.

    Args:
        dock: that this ends with; nothing is asked before it is seen.
        questions: asks.
        maker: makes the job.
        line: shows what was found.
    """

    def __init__(
        self, dock: QWidget, questions: Questions, maker: JobMaker, line: EstimateLine
    ) -> None:
        super().__init__(dock)
        self._questions = questions
        self._maker = maker
        self._line = line
        self._job: dict[str, Any] | None = None
        self._found: tuple[Mapping[str, Any], bool] | None = None
        self._due = False
        self._running = False
        self.timer = QTimer(self)
        self.timer.setSingleShot(True)
        self.timer.setInterval(_PAUSE_MS)
        self.timer.timeout.connect(self._ask)

    def follow_source(self) -> None:
        """Something else is chosen as the source."""
        self._maker.forget_source()
        self.follow()

    def follow(self) -> None:
        """The forms have changed."""
        self._due = True
        self._line.show_stale()
        self.look()

    def look(self, *, running: bool | None = None) -> None:
        """See whether there is something to ask for, and whether it may be asked now.

        Args:
            running: whether a run goes on; None: as before.
        """
        if running is not None:
            self._running = running
        if self._running:
            self.timer.stop()
            if self._questions.rest():
                self._forget()
        elif self._due and self._may_ask():
            self.timer.start()

    def close(self) -> None:
        """Ask no more."""
        self.timer.stop()

    def _may_ask(self) -> bool:
        # The dock is not kept here: it would never be thrown away.
        dock = self.parent()
        seen = isinstance(dock, QWidget) and dock.isVisible()
        return seen and not self._running and not self._questions.is_busy

    def _ask(self) -> None:
        if not self._may_ask():
            return
        self._due = False
        try:
            job = self._maker.described()
        except McrError as error:
            self._questions.rest()
            self._forget()
            self._due = False
            if isinstance(error, GreyImageError):
                self._line.show_refusal(told(error))
            return
        if job == self._job:
            self._show()  # for as many realizations as are asked for now
            return
        self._job, self._found = job, None
        self._ask_child(timed=False)

    def _ask_child(self, *, timed: bool) -> None:
        def show(answer: Answer) -> None:
            more = not timed and bool(answer.content["fits"])
            self._found = answer.content, more
            self._show()
            if self._due:  # it is of forms that have changed since
                self._line.show_stale()
                self._job = None
            elif more:
                self._ask_child(timed=True)

        self._questions.ask_quietly(
            "estimate", show, self._fail, brief=not timed, job=self._job, timed=timed
        )

    def _show(self) -> None:
        self._line.show_stale(False)
        if self._found is not None:
            content, timing = self._found
            self._line.show_found(content, self._maker.seeds, timing=timing)

    def _fail(self, error: McrError | None) -> None:
        """There is no answer: it was refused, or another question (None) has taken its place."""
        if error is None:
            self._forget()
            return
        self._found = None  # until the forms change
        if isinstance(error, InputError):
            self._line.show_refusal(told(error))
        else:
            self._line.empty()
        self._line.show_stale(self._due)  # it may be of forms that have changed since

    def _forget(self) -> None:
        """Begin anew when that is possible."""
        self._line.empty()
        self._job = self._found = None
        self._due = True
