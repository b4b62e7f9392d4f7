"""Events on their way out of the child, thinned to what the parent can take."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from mcr_core.microstructure import Microstructure
from mcr_core.reconstruction import RunResult, RunState
from mcr_core.remote.events import meaning
from mcr_core.remote.frames import Frame, encode


class Outbox:
    """Sends events; of the states, at most one is on its way, and the newest wins.

    A state that comes while an earlier one is not acknowledged waits, and is replaced by the next
    one; its preview is handed on to that. What ends a job goes out at once and drops the state that
    waits, so no preview comes after the result. Used by the computing and by the reading thread.

    Args:
        write: sends bytes.
    """

    def __init__(self, write: Callable[[bytes], None]) -> None:
        self._write = write
        self._lock = threading.Lock()
        self._waiting: Frame | None = None
        self._in_flight = False
        self._shows_preview = False

    @property
    def takes_preview(self) -> bool:
        """Whether the parent has taken the last preview."""
        return not self._shows_preview

    def post(self, job: int, state: RunState, preview: bool = False) -> None:
        """Send a state, as soon as the parent has acknowledged the one before."""
        message = {"event": "state", "job": job, "phase": state.phase, "level": state.level}
        arrays = {}
        if preview:
            shown = state.microstructure
            message["meaning"] = meaning(shown)
            arrays["labels"] = shown.labels
        message |= {**state.record(), "max_iter": state.max_iter, "left": state.left}
        self._post(Frame(message, arrays))

    def acknowledge(self) -> None:
        """The parent has taken the state that was on its way."""
        with self._lock:
            waiting, self._waiting = self._waiting, None
            self._in_flight = waiting is not None
            self._shows_preview = waiting is not None and bool(waiting.arrays)
            if waiting is not None:
                self._write(encode(waiting))

    def note(self, job: int, text: str) -> None:
        """Send a sentence."""
        self._send({"event": "note", "job": job, "text": text})

    def describe(self, content: dict[str, Any]) -> None:
        """Send the description of all plugins."""
        self._send({"event": "description", "content": content})

    def result(self, job: int, result: RunResult, job_data: dict[str, Any]) -> None:
        """Send the end of a run."""
        message = {
            "event": "result",
            "job": job,
            "meaning": meaning(result.microstructure),
            "history": list(result.history),
            "stop_reason": result.stop_reason.name,
            "stop_sentence": result.stop_reason.value,
            "loss": result.loss,
            "seconds": result.seconds,
            "notes": list(result.notes),
            "job_data": job_data,
        }
        self._send(message, {"labels": result.microstructure.labels}, last=True)

    def answer(self, job: int, content: dict[str, Any], made: Microstructure | None) -> None:
        """Send what a verb gives."""
        message: dict[str, Any] = {"event": "answer", "job": job, "content": content}
        arrays = {}
        if made is not None:
            message["meaning"] = meaning(made)
            arrays["labels"] = made.labels
        self._send(message, arrays, last=True)

    def paused(self, job: int) -> None:
        """Send that a run rests until it is resumed."""
        self._send({"event": "paused", "job": job})

    def discarded(self, job: int) -> None:
        """Send that a run has ended without a result."""
        self._send({"event": "discarded", "job": job}, last=True)

    def error(
        self,
        job: int | None,
        name: str,
        text: str,
        exit_code: int,
        trace: str = "",
        *,
        command: str = "",
    ) -> None:
        """Send that a run, or the description, has failed; see `McrError` for text and command."""
        said = {"class": name, "message": text, "command": command}
        message = {"event": "error", "job": job, **said}
        self._send({**message, "exit_code": exit_code, "trace": trace}, last=True)

    def _post(self, frame: Frame) -> None:
        with self._lock:
            self._shows_preview |= bool(frame.arrays)
            if not self._in_flight:
                self._in_flight = True
                self._write(encode(frame))
                return
            if self._waiting is not None and not frame.arrays and self._waiting.arrays:
                shown = {"meaning": self._waiting.message["meaning"]}
                frame = Frame({**frame.message, **shown}, self._waiting.arrays)
            self._waiting = frame

    def _send(
        self, message: dict[str, Any], arrays: dict[str, Any] | None = None, last: bool = False
    ) -> None:
        frame = encode(Frame(message, arrays or {}))
        with self._lock:
            if last:
                self._waiting = None
            self._write(frame)
