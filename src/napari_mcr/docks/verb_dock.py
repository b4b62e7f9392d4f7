"""What the docks have in common that ask the child for an answer and show it."""

from __future__ import annotations

import shutil
import tempfile
import weakref
from collections.abc import Callable, Iterable
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from napari.utils.notifications import show_error
from qtpy.QtCore import QEvent, Qt
from qtpy.QtWidgets import QLabel, QProgressBar, QPushButton, QVBoxLayout, QWidget

from mcr_core.remote import Answer, Client
from napari_mcr.docks.layout import arrange, is_thrown_away
from napari_mcr.forms.wheel import IgnoreWheel
from napari_mcr.plots.theme_colors import error_color
from napari_mcr.runs.questions import Questions

if TYPE_CHECKING:
    from napari.components import ViewerModel


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
        self.questions = Questions(self, Client() if client is None else client)
        self.questions.changed.connect(self._enable)
        self.questions.failed.connect(self.show_error)
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
        self._wheel = IgnoreWheel(self)

    @property
    def is_busy(self) -> bool:
        """Whether an answer is awaited."""
        return self.questions.is_busy

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
        results: QWidget | None = None,
    ) -> None:
        """Put the parts in their places: forms that scroll, buttons, and what is told.

        Args:
            forms: from top to bottom.
            buttons: those that ask; they rest while an answer is awaited. *Cancel* comes last.
            below: what shows answers, under the line of text.
            results: what shows answers and grows with the dock, under all else.
        """
        self._buttons = list(buttons)
        told = QWidget()
        column = QVBoxLayout(told)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        for part in (self.bar, self.message, *below):
            column.addWidget(part)
        arrange(
            self,
            forms=forms,
            buttons=(*self._buttons, self.cancel_button),
            below=told,
            results=results,
        )
        self._wheel.watch(self)

    def ask(self, verb: str, done: Callable[[Answer], None], **arguments: Any) -> None:
        """Ask the child; `done` gets the answer, an error is shown.

        Args:
            verb: a name of `mcr_core.remote.verbs.VERBS`.
            done: called in the viewer's thread.
            arguments: JSON data.
        """
        self.questions.ask(verb, done, **arguments)

    def cancel(self) -> None:
        """Stop computing. The child ends; the next question starts another."""
        self.questions.cancel()
        self.say("Cancelled.")

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
            self.questions.close()
            if self._remove_folder is not None:
                self._remove_folder()
            self.let_go()
        return bool(super().event(event))

    def _enable(self) -> None:
        for button in self._buttons:
            button.setEnabled(not self.is_busy)
        self.cancel_button.setEnabled(self.is_busy)
        self.bar.setVisible(self.is_busy)
