"""Questions to a child of their own, which a run does not keep waiting."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

from qtpy.QtCore import QObject, QTimer, Signal  # type: ignore[attr-defined]

from mcr_core.errors import McrError
from mcr_core.remote import Answer, Client, Failure

log = logging.getLogger("napari_mcr")

_POLL_MS = 40


class Questions(QObject):
    """One question at a time; the child starts with the first one.

    Args:
        parent: that this ends with.
        client: asks the child. It is closed with the parent.
    """

    #: A question is asked, answered, refused or cancelled.
    changed = Signal()
    #: An error, in one line.
    failed = Signal(str)

    def __init__(self, parent: QObject, client: Client) -> None:
        super().__init__(parent)
        self._client = client
        self._waiting: tuple[int, Callable[[Answer], None]] | None = None
        self._timer = QTimer(self)
        self._timer.setInterval(_POLL_MS)
        self._timer.timeout.connect(self._poll)
        self.destroyed.connect(client.close)

    @property
    def is_busy(self) -> bool:
        """Whether an answer is awaited."""
        return self._waiting is not None

    def ask(self, verb: str, done: Callable[[Answer], None], **arguments: Any) -> None:
        """Ask; `done` gets the answer in the viewer's thread.

        Args:
            verb: a name of `mcr_core.remote.verbs.VERBS`.
            done: may raise errors of `mcr_core`.
            arguments: JSON data.
        """
        try:
            self._waiting = self._client.ask(verb, **arguments), done
        except McrError as error:
            self.failed.emit(str(error))
            return
        self._timer.start()
        self.changed.emit()

    def cancel(self) -> None:
        """Stop computing; the child ends, and the next question starts another."""
        self.close()
        self.changed.emit()

    def close(self) -> None:
        """End the child without any further answer."""
        self._timer.stop()
        self._waiting = None
        self._client.close()

    def _poll(self) -> None:
        for event in self._client.poll():
            if self._waiting is None or getattr(event, "job", None) != self._waiting[0]:
                continue
            done = self._waiting[1]
            if isinstance(event, Answer):
                self._waiting = None
                try:
                    done(event)
                except McrError as error:
                    self.failed.emit(str(error))
            elif isinstance(event, Failure):
                self._waiting = None
                if event.trace:
                    log.error("%s", event.trace)
                self.failed.emit(str(event.error))
        if self._waiting is None:
            self._timer.stop()
            self.changed.emit()
