"""Questions to a child, and what is done with its answers."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from qtpy.QtCore import QObject, QTimer, Signal  # type: ignore[attr-defined]

from mcr_core.errors import McrError
from mcr_core.remote import Answer, Client, Description, Event, Failure, Result, State
from napari_mcr.forms.in_docks import told

log = logging.getLogger("napari_mcr")

_POLL_MS = 40
#: The number that a description has among what is awaited.
_DESCRIPTION = 0


@dataclass(frozen=True)
class _Asked:
    done: Callable[[Any], None]
    #: Of a run.
    watch: Callable[[State], None] | None = None
    #: Of what nobody waits for: it is told the error; None: another question has taken its place.
    failed: Callable[[McrError | None], None] | None = None
    brief: bool = False


class Questions(QObject):
    """Asks a child, which starts with the first question.

    What is asked quietly, one question at a time, makes way for what somebody waits for, and is
    nowhere seen but by who asked.

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
        self._waiting: dict[int, _Asked] = {}
        self._timer = QTimer(self)
        self._timer.setInterval(_POLL_MS)
        self._timer.timeout.connect(self._poll)
        self.destroyed.connect(client.close)

    @property
    def is_busy(self) -> bool:
        """Whether somebody waits for an answer."""
        return any(asked.failed is None for asked in self._waiting.values())

    def ask(self, verb: str, done: Callable[[Answer], None], **arguments: Any) -> None:
        """Ask; `done` gets the answer in the viewer's thread.

        Args:
            verb: a name of `mcr_core.remote.verbs.VERBS`.
            done: may raise errors of `mcr_core`.
            arguments: JSON data.
        """
        self._make_way(replaced=True)
        self._await(lambda: self._client.ask(verb, **arguments), _Asked(done))

    def run(
        self,
        job: Mapping[str, Any],
        done: Callable[[Result], None],
        watch: Callable[[State], None],
    ) -> None:
        """Run a job; `done` gets the result, `watch` every state on the way."""
        self._make_way(replaced=True)
        self._await(lambda: self._client.run(job), _Asked(done, watch))

    def describe(self, done: Callable[[Description], None]) -> None:
        """Ask what there is, unless that is asked already."""

        def send() -> int:
            self._client.describe()
            return _DESCRIPTION

        if _DESCRIPTION not in self._waiting:
            self._make_way(replaced=True)
            self._await(send, _Asked(done))

    def ask_quietly(
        self,
        verb: str,
        done: Callable[[Answer], None],
        failed: Callable[[McrError | None], None],
        *,
        brief: bool,
        **arguments: Any,
    ) -> None:
        """Ask what nobody waits for, in the place of what was asked quietly before.

        Args:
            verb: a name of `mcr_core.remote.verbs.VERBS`.
            done: gets the answer in the viewer's thread.
            failed: is called where there is none, with the error; with None where another question
                has come.
            brief: the answer is there so soon that the child need not be ended to be asked anew.
            arguments: JSON data.

        Raises:
            RuntimeError: somebody waits for an answer.
        """
        if self.is_busy:
            raise RuntimeError("somebody waits for another answer")
        self._make_way(replaced=False)
        asked = _Asked(done, failed=failed, brief=brief)
        self._await(lambda: self._client.ask(verb, **arguments), asked)

    def rest(self) -> bool:
        """End the child, and with it the memory that it holds, unless somebody waits for an answer.

        Returns:
            Whether a quiet question is dropped; nobody else is told.
        """
        if self.is_busy:
            return False
        dropped = bool(self._waiting)
        self.close()
        return dropped

    def cancel(self) -> None:
        """Stop computing; the child ends, and the next question starts another."""
        self.close()
        self.changed.emit()

    def close(self) -> None:
        """End the child without any further answer."""
        self._timer.stop()
        self._waiting.clear()
        self._client.close()

    def _await(self, send: Callable[[], int], asked: _Asked) -> None:
        try:
            number = send()
        except McrError as error:
            self._refuse(asked, error)
            return
        self._waiting[number] = asked
        self._timer.start()
        if asked.failed is None:
            self.changed.emit()

    def _make_way(self, *, replaced: bool) -> None:
        """Drop a quiet question."""
        for number, asked in list(self._waiting.items()):
            if asked.failed is None:
                continue
            del self._waiting[number]
            if not asked.brief:
                self._client.close()
            if replaced:
                asked.failed(None)

    def _poll(self) -> None:
        for event in self._client.poll():
            self._take(event)
        if not self._waiting:
            self._timer.stop()
            self.changed.emit()

    def _take(self, event: Event) -> None:
        number = getattr(event, "job", None) or _DESCRIPTION
        asked = self._waiting.get(number)
        if asked is None:
            return
        if isinstance(event, State) and asked.watch is not None:
            asked.watch(event)
        elif isinstance(event, (Answer, Description, Result)):
            del self._waiting[number]
            try:
                asked.done(event)
            except McrError as error:
                self.failed.emit(told(error))
        elif isinstance(event, Failure):
            del self._waiting[number]
            if event.trace:
                log.error("%s", event.trace)
            self._refuse(asked, event.error)

    def _refuse(self, asked: _Asked, error: McrError) -> None:
        if asked.failed is not None:
            asked.failed(error)
        else:
            self.failed.emit(told(error))
