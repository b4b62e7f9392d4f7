"""Questions to a child of their own, which a run does not keep waiting."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from qtpy.QtCore import QObject, QTimer, Signal  # type: ignore[attr-defined]

from mcr_core.errors import McrError
from mcr_core.remote import Answer, Client, Failure

log = logging.getLogger("napari_mcr")

_POLL_MS = 40


@dataclass(frozen=True)
class _Asked:
    job: int
    done: Callable[[Answer], None]
    #: Of what nobody waits for: it is told whether another question has taken its place.
    failed: Callable[[bool], None] | None = None
    brief: bool = False


class Questions(QObject):
    """One question at a time; the child starts with the first one.

    What is asked quietly makes way for what somebody waits for, and is nowhere seen but by who
    asked.

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
        self._waiting: _Asked | None = None
        self._timer = QTimer(self)
        self._timer.setInterval(_POLL_MS)
        self._timer.timeout.connect(self._poll)
        self.destroyed.connect(client.close)

    @property
    def is_busy(self) -> bool:
        """Whether somebody waits for an answer."""
        return self._waiting is not None and self._waiting.failed is None

    def ask(self, verb: str, done: Callable[[Answer], None], **arguments: Any) -> None:
        """Ask; `done` gets the answer in the viewer's thread.

        Args:
            verb: a name of `mcr_core.remote.verbs.VERBS`.
            done: may raise errors of `mcr_core`.
            arguments: JSON data.
        """
        self._make_way(replaced=True)
        try:
            self._waiting = _Asked(self._client.ask(verb, **arguments), done)
        except McrError as error:
            self.failed.emit(str(error))
            return
        self._timer.start()
        self.changed.emit()

    def ask_quietly(
        self,
        verb: str,
        done: Callable[[Answer], None],
        failed: Callable[[bool], None],
        *,
        brief: bool,
        **arguments: Any,
    ) -> None:
        """Ask what nobody waits for, in the place of what was asked quietly before.

        Args:
            verb: a name of `mcr_core.remote.verbs.VERBS`.
            done: gets the answer in the viewer's thread.
            failed: is called where there is none; with true where another question has come.
            brief: the answer is there so soon that the child need not be ended to be asked anew.
            arguments: JSON data.

        Raises:
            RuntimeError: somebody waits for an answer.
        """
        if self.is_busy:
            raise RuntimeError("somebody waits for another answer")
        self._make_way(replaced=False)
        try:
            job = self._client.ask(verb, **arguments)
        except McrError:
            failed(False)
            return
        self._waiting = _Asked(job, done, failed, brief)
        self._timer.start()

    def rest(self) -> bool:
        """End the child, and with it the memory that it holds, unless somebody waits for an answer.

        Returns:
            Whether a quiet question is dropped; nobody else is told.
        """
        if self.is_busy:
            return False
        dropped = self._waiting is not None
        self.close()
        return dropped

    def cancel(self) -> None:
        """Stop computing; the child ends, and the next question starts another."""
        self.close()
        self.changed.emit()

    def close(self) -> None:
        """End the child without any further answer."""
        self._timer.stop()
        self._waiting = None
        self._client.close()

    def _make_way(self, *, replaced: bool) -> None:
        """Drop a quiet question."""
        dropped, self._waiting = self._waiting, None
        if dropped is None:
            return
        if not dropped.brief:
            self._client.close()
        if replaced and dropped.failed is not None:
            dropped.failed(True)

    def _poll(self) -> None:
        for event in self._client.poll():
            asked = self._waiting
            if asked is None or getattr(event, "job", None) != asked.job:
                continue
            if isinstance(event, Answer):
                self._waiting = None
                try:
                    asked.done(event)
                except McrError as error:
                    self.failed.emit(str(error))
            elif isinstance(event, Failure):
                self._waiting = None
                self._refuse(asked, event)
        if self._waiting is None:
            self._timer.stop()
            self.changed.emit()

    def _refuse(self, asked: _Asked, event: Failure) -> None:
        if event.trace:
            log.error("%s", event.trace)
        if asked.failed is not None:
            asked.failed(False)
        else:
            self.failed.emit(str(event.error))
