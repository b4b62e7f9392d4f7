"""Record a run while it goes on."""

from __future__ import annotations

import logging
import math
import os
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from mcr_core.errors import InputError
from mcr_core.job import Job
from mcr_core.reconstruction import RunResult, RunState
from mcr_core.recording.mark import Mark, Marks
from mcr_core.recording.recording import Recording
from mcr_core.recording.writing import replace_recording, seal_of

log = logging.getLogger("mcr_core.recording")

#: Marks, and files, may each take this share of the time of a run at most.
_SHARE = 0.025
#: Seconds between two marks, at least.
_MARK_EVERY = 1.0


class Recorder:
    """Writes how far a run has come, from time to time, so that it can go on after a crash.

    The file appears with the first state that has a microstructure, and is always a whole one: the
    last that was written. It is written with every state if `seconds` is 0, but recording takes a
    twentieth of the time of a run at most. A file that cannot be written does not end the run.
    Nor does one that another run has written in the same place: that one stays.

    Args:
        path: of the file.
        job: the resolved job; see `Job.resolved`.
        name: of the run, for people.
        overwrite: replace the file that is there now.
        seconds: between two writes, at least.
        note: is told once, in a sentence, if the file cannot be written; see `Run.note`. Default:
            the log.
        about: JSON data to be kept with the recording.
        clock: seconds of a clock that never goes back.

    Raises:
        InputError: the file exists and `overwrite` is False.
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        job: Job,
        *,
        name: str = "",
        overwrite: bool = False,
        seconds: float = 60.0,
        note: Callable[[str], None] | None = None,
        about: Mapping[str, Any] | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._path = Path(path)
        #: The file that may be replaced: at first the one that is there, later the own one.
        self._seal = seal_of(self._path)
        if self._seal is not None and not overwrite:
            raise InputError(
                f"{path} exists: use overwrite=True to replace it, or choose another name"
            )
        self._note: Callable[[str], None] | None = note or log.warning
        self._clock = clock
        self._marks = Marks()
        self._history: list[dict[str, Any]] = []
        self._mark_pace = _Pace(_MARK_EVERY)
        self._file_pace = _Pace(seconds)
        now = datetime.now(UTC)
        self._recording = Recording(
            name=name,
            job_data=job.to_json(),
            history=(),
            marks=(),
            began=now,
            written=now,
            seconds=0.0,
            max_iter=job.settings.max_iter,
            stop_reason=None,
            loss=math.nan,
            about=dict(about or {}),
        )

    def add(self, state: RunState, *, now: bool = False) -> None:
        """Take a state of the run.

        Args:
            state: as it comes.
            now: write the file, however recently it was written: the run may rest for long.
        """
        if state.phase != "running" or not state.has_microstructure:
            return
        self._history.append(state.record())
        began = self._clock()
        writes = now or self._file_pace.is_due(began)
        if writes or self._mark_pace.is_due(began):
            made: list[Mark] = []

            def make() -> Mark:
                if not made:
                    made.append(
                        Mark.of(state.iteration, state.level, state.loss, state.microstructure)
                    )
                return made[0]

            self._marks.offer(make)
            if writes:
                kept, last = self._marks.kept, make()
                self._mark_pace.took(began, self._clock())
                self._write(kept if kept[-1] is last else (*kept, last), seconds=state.seconds)
            else:
                self._mark_pace.took(began, self._clock())

    def end(self, result: RunResult) -> None:
        """Take the result, and write the file for the last time."""
        self._history = list(result.history)
        last = result.history[-1] if result.history else {"iteration": 0, "level": 0}
        made = Mark.of(last["iteration"], last["level"], result.loss, result.microstructure)
        self._marks.close(made)
        self._write(
            self._marks.kept,
            seconds=result.seconds,
            stop_reason=result.stop_reason,
            loss=result.loss,
            notes=result.notes,
        )

    def discard(self) -> None:
        """Delete the file, unless it is that of another run by now."""
        if seal_of(self._path) == self._seal:
            self._path.unlink(missing_ok=True)

    def _write(self, marks: tuple[Mark, ...], **changes: Any) -> None:
        began = self._clock()
        written = datetime.now(UTC)
        self._recording = replace(
            self._recording, history=tuple(self._history), marks=marks, written=written, **changes
        )
        try:
            self._seal = replace_recording(self._path, self._recording, self._seal)
        except (OSError, MemoryError) as error:
            self._tell(error)
        self._file_pace.took(began, self._clock())

    def _tell(self, error: OSError | MemoryError) -> None:
        if self._note is not None:
            reason = getattr(error, "strerror", None) or error or "no memory is left"
            self._note(
                f"the recording {self._path} cannot be written ({reason}): the run goes on "
                "without it"
            )
        self._note = None


class _Pace:
    """How often something is done: not too often, and not if it takes too much of the time."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._next = -math.inf

    def is_due(self, now: float) -> bool:
        return now >= self._next

    def took(self, began: float, ended: float) -> None:
        self._next = max(began + self._seconds, ended + (ended - began) / _SHARE)
