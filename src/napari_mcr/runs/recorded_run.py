"""What is kept of a run for a look back: its numbers, and now and then its microstructure."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from mcr_core import StopReason
from mcr_core.errors import InputError, McrError
from mcr_core.history import from_record
from mcr_core.recording import Mark, Marks, Recording
from mcr_core.remote import Result, State

if TYPE_CHECKING:
    from napari.layers import Layer

#: Numbers of a state that are recorded, as `mcr_core.RunState.record` has them.
_NUMBERS = ("level", "iteration", "evaluations", "loss", "seconds", "grey")


class RecordedRun:
    """The numbers of a run, and marks: as many as memory allows, spread evenly.

    Args:
        name: for people.
        job: JSON data, where it is known.

    Attributes:
        points: iteration, loss and what each term adds, as they came.
        ended: whether nothing more will come.
    """

    def __init__(self, name: str, job: Mapping[str, Any] | None = None) -> None:
        self.name = name
        self.points: list[tuple[int, float, Mapping[str, float]]] = []
        self.ended = False
        self._job = job
        self._rows: list[Mapping[str, Any]] = []
        self._marks = Marks()
        self._began = datetime.now(UTC)
        self._max_iter = 0
        self._result: Result | None = None
        self._recording: Recording | None = None

    @classmethod
    def of(cls, recording: Recording, name: str) -> RecordedRun:
        """Return the run of a recording, as far as it goes."""
        run = cls(name, recording.job_data)
        run.points = list(_points(recording.history))
        run.ended = True
        run._recording = recording
        return run

    @property
    def marks(self) -> tuple[Mark, ...]:
        """Moments with a microstructure, ascending."""
        return self._marks.kept if self._recording is None else self._recording.marks

    def add(self, state: State) -> None:
        """Take a state of a run that goes on."""
        if state.phase != "running":
            return
        self._max_iter = state.max_iter
        row = {name: getattr(state, name) for name in _NUMBERS} | {"parts": dict(state.parts)}
        self._rows.append(row)
        self.points += _points([row])
        shown = state.preview
        if shown is not None:
            self._marks.offer(lambda: Mark.of(state.iteration, state.level, state.loss, shown))

    def end(self, result: Result) -> None:
        """Take the result: the numbers of all iterations, and the last mark."""
        self._rows = list(result.history)
        self.points = list(_points(result.history))
        last = result.history[-1] if result.history else {}
        iteration, level = last.get("iteration", 0), last.get("level", 0)
        self._marks.close(Mark.of(iteration, level, result.loss, result.microstructure))
        self._job, self._result = result.job_data, result
        self.ended = True

    def recording(self) -> Recording:
        """Return the run as a recording.

        Raises:
            InputError: no state of it is known.
        """
        if self._recording is not None:
            return self._recording
        if self._job is None or not self.marks:
            raise InputError(
                "expected a run of this session, or of a recording: of this one only the numbers "
                "are known, no states"
            )
        result = self._result
        seconds = result.seconds if result else float(self._rows[-1]["seconds"])
        return Recording(
            name=self.name,
            job_data=self._job,
            history=tuple(self._rows),
            marks=self.marks,
            began=self._began,
            written=datetime.now(UTC),
            seconds=seconds,
            max_iter=self._max_iter,
            stop_reason=StopReason[result.stop_reason] if result else None,
            loss=result.loss if result else math.nan,
            notes=result.notes if result else (),
        )


def run_of_layer(layer: Layer) -> RecordedRun | None:
    """Return the run whose result a layer is, as its metadata tell; None if they do not.

    A result in the viewer has all numbers, one that was read from a file those that files carry;
    there are no marks.
    """
    carried = layer.metadata.get("mcr") if isinstance(layer.metadata, Mapping) else None
    if not isinstance(carried, Mapping):
        return None
    run, job = carried.get("run"), carried.get("job")
    found = RecordedRun(layer.name)
    if isinstance(run, Mapping) and isinstance(run.get("history"), list):
        found.points = list(_points(run["history"]))
    elif isinstance(job, Mapping) and isinstance(job.get("result"), Mapping):
        try:
            found.points = list(_points(from_record(job["result"].get("history"))))
        except McrError:
            return None
    found.ended = True
    return found if found.points else None


def _points(history: Any) -> Iterator[tuple[int, float, Mapping[str, float]]]:
    for row in history:
        loss = row["loss"]
        if loss is not None and math.isfinite(loss):
            yield int(row["iteration"]), float(loss), dict(row.get("parts") or {})
