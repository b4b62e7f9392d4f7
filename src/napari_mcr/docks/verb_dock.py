"""What the docks have in common that ask the child for an answer and show it."""

from __future__ import annotations

import logging
import shutil
import tempfile
import weakref
from collections.abc import Callable, Iterable, Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from napari.utils.notifications import show_error
from qtpy.QtCore import QEvent, Qt, QTimer
from qtpy.QtWidgets import QLabel, QProgressBar, QPushButton, QVBoxLayout, QWidget

from mcr_core.errors import McrError
from mcr_core.remote import Answer, Client, Discarded, Event, Failure, Result, State
from napari_mcr.docks.layout import arrange, is_thrown_away
from napari_mcr.forms.wheel import IgnoreWheel
from napari_mcr.plots.theme_colors import error_color

if TYPE_CHECKING:
    from napari.components import ViewerModel

log = logging.getLogger("napari_mcr")

_POLL_MS = 40


class VerbDock(QWidget):
    """A dock with forms, a button, *Cancel*, and a line that says what came of it.

    A subclass makes its forms, calls `lay_out`, and asks the child with `ask` when its button is
    pressed. The child starts with the first question, and ends with the dock.

    Args:
        napari_viewer: the viewer.
        client: asks the child; default: a new one. It is closed with the dock.
    """

    def __init__(self, napari_viewer: ViewerModel, client: Client | None = None) -> None:
        super().__init__()
        self._viewer = napari_viewer
        self._client = Client() if client is None else client
        self._waiting: dict[int, Callable[[Any], None]] = {}
        self._watching: dict[int, Callable[[State], None]] = {}
        self._remove_folder: weakref.finalize[..., Any] | None = None
        self.cancel_button = QPushButton("Ca&ncel")
        self.cancel_button.setToolTip("Stop computing and keep what was there before.")
        self.cancel_button.clicked.connect(self.cancel)
        self.cancel_button.setEnabled(False)
        self.bar = QProgressBar()
        self.bar.setRange(0, 0)
        self.bar.setTextVisible(False)
        self.bar.setFixedHeight(10)
        self.bar.hide()
        self.message = QLabel()
        self.message.setWordWrap(True)
        self.message.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.message.hide()
        self._timer = QTimer(self)
        self._timer.setInterval(_POLL_MS)
        self._timer.timeout.connect(self._poll)
        # When Qt destroys the dock, with the viewer or without, the child must go, too.
        self.destroyed.connect(self._client.close)
        self._wheel = IgnoreWheel(self)

    @property
    def is_busy(self) -> bool:
        """Whether an answer is awaited."""
        return bool(self._waiting)

    @cached_property
    def folder(self) -> Path:
        """A folder for files that travel to the child and back; it goes with the dock."""
        folder = tempfile.mkdtemp(prefix="napari-mcr-")
        # Also at the end of the interpreter, should nobody have closed the dock.
        self._remove_folder = weakref.finalize(self, shutil.rmtree, folder, ignore_errors=True)
        return Path(folder)

    def lay_out(
        self,
        forms: Iterable[QWidget],
        buttons: Iterable[QPushButton],
        below: Iterable[QWidget] = (),
    ) -> None:
        """Put the parts in their places: forms that scroll, buttons, and what is told.

        Args:
            forms: from top to bottom.
            buttons: those that ask; they rest while an answer is awaited. *Cancel* comes last.
            below: what shows answers, under the line of text.
        """
        self._buttons = list(buttons)
        told = QWidget()
        column = QVBoxLayout(told)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        for part in (self.bar, self.message, *below):
            column.addWidget(part)
        arrange(self, forms=forms, buttons=(*self._buttons, self.cancel_button), below=told)
        self._wheel.watch(self)

    def ask(self, verb: str, done: Callable[[Answer], None], **arguments: Any) -> None:
        """Ask the child; `done` gets the answer, an error is shown.

        Args:
            verb: a name of `mcr_core.remote.verbs.VERBS`.
            done: called in the viewer's thread.
            arguments: JSON data.
        """
        try:
            self._waiting[self._client.ask(verb, **arguments)] = done
        except McrError as error:
            self.show_error(str(error))
            return
        self._timer.start()
        self._enable()

    def reconstruct(
        self,
        job: Mapping[str, Any],
        done: Callable[[Result], None],
        watch: Callable[[State], None],
    ) -> None:
        """Have the child run a job; `done` gets the result, `watch` every state on the way."""
        try:
            number = self._client.run(job)
        except McrError as error:
            self.show_error(str(error))
            return
        self._waiting[number], self._watching[number] = done, watch
        self._timer.start()
        self._enable()

    def cancel(self) -> None:
        """Stop computing. The child ends; the next question starts another."""
        self._waiting.clear()
        self._watching.clear()
        self._client.kill()
        self._client.close()
        self._timer.stop()
        self.say("Cancelled.")
        self._enable()

    def say(self, text: str) -> None:
        """Show a text below the buttons; an empty one hides the line."""
        self.message.setStyleSheet("")
        self.message.setText(text)
        self.message.setVisible(bool(text))

    def show_error(self, text: str) -> None:
        """Show an error below the buttons, and as napari shows them."""
        self.message.setStyleSheet(f"color: {error_color(self._viewer)};")
        self.message.setText(text)
        self.message.show()
        show_error(text)

    def let_go(self) -> None:
        """Let go of the viewer, when the dock is closed; for subclasses that listen to it."""

    def event(self, event: QEvent) -> bool:
        """Qt calls this before anything else: here, when the dock is thrown away."""
        if is_thrown_away(self, event):
            self._timer.stop()
            self._waiting.clear()
            self._client.close()
            if self._remove_folder is not None:
                self._remove_folder()
            self.let_go()
        return bool(super().event(event))

    def _poll(self) -> None:
        for event in self._client.poll():
            self._take(event)
        if not self._waiting:
            self._timer.stop()
        self._enable()

    def _take(self, event: Event) -> None:
        number = getattr(event, "job", None) or 0
        if isinstance(event, State):
            if number in self._watching:
                self._watching[number](event)
            return
        if not isinstance(event, (Answer, Result, Discarded, Failure)):
            return
        self._watching.pop(number, None)
        done = self._waiting.pop(number, None)
        if done is None:
            return
        if isinstance(event, (Answer, Result)):
            try:
                done(event)
            except McrError as error:
                self.show_error(str(error))
        elif isinstance(event, Failure):
            if event.trace:
                log.error("%s", event.trace)
            self.show_error(str(event.error))

    def _enable(self) -> None:
        for button in self._buttons:
            button.setEnabled(not self.is_busy)
        self.cancel_button.setEnabled(self.is_busy)
        self.bar.setVisible(self.is_busy)
