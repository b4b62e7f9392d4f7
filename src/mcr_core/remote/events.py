"""What the child reports, as typed records."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from mcr_core import errors
from mcr_core.errors import McrError, RemoteError, RunError
from mcr_core.microstructure import Microstructure
from mcr_core.remote.frames import Frame


@dataclass(frozen=True)
class Description:
    """All plugins and settings as JSON schemas; see `mcr_core.remote.description`."""

    content: Mapping[str, Any]


@dataclass(frozen=True, eq=False)
class State:
    """A moment of a run: the numbers of a `RunState`, now and then with a preview.

    Attributes:
        job: which run.
        phase: `loading`, `compiling`, `running` or `finishing`.
        level: level of the schedule.
        iteration: iterations done.
        evaluations: evaluations of the objective done.
        max_iter: iterations that were asked for.
        loss: NaN before the first evaluation.
        parts: what each term adds to the loss.
        seconds: since the start of the run.
        preview: the microstructure of this or of a slightly earlier moment, if there is a new one.
        grey: share of voxels that have no phase yet; NaN while there are no fields.
        left: seconds that the iterations that are left may take; NaN while no pace is known.
    """

    job: int
    phase: str
    level: int
    iteration: int
    evaluations: int
    max_iter: int
    loss: float
    parts: Mapping[str, float]
    seconds: float
    preview: Microstructure | None = None
    grey: float = math.nan
    left: float = math.nan


@dataclass(frozen=True)
class Note:
    """A sentence that the user should know."""

    job: int
    text: str


@dataclass(frozen=True, eq=False)
class Result:
    """The end of a run: the last event of its job.

    Attributes:
        job: which run.
        microstructure: the result.
        history: the numbers of every iteration.
        stop_reason: name of a `mcr_core.reconstruction.StopReason`.
        stop_sentence: what that means, with advice.
        loss: objective of the result.
        seconds: duration.
        notes: what the user should know about the target.
        job_data: the whole job as JSON data, with the images inside; `Job.parse` takes it.
    """

    job: int
    microstructure: Microstructure
    history: tuple[Mapping[str, Any], ...]
    stop_reason: str
    stop_sentence: str
    loss: float
    seconds: float
    notes: tuple[str, ...]
    job_data: Mapping[str, Any]


@dataclass(frozen=True, eq=False)
class Answer:
    """What a verb gives: the last event of its job.

    Attributes:
        job: the number of what was asked.
        content: JSON data; see `mcr_core.remote.verbs`.
        microstructure: for verbs that make one.
    """

    job: int
    content: Mapping[str, Any]
    microstructure: Microstructure | None = None


@dataclass(frozen=True)
class Paused:
    """A run rests, as asked, until it is resumed, stopped or discarded."""

    job: int


@dataclass(frozen=True)
class Discarded:
    """A run has ended without a result, as asked: the last event of its job."""

    job: int


@dataclass(frozen=True, eq=False)
class Failure:
    """A run, a verb, or the description, has failed: the last event of its job.

    Attributes:
        job: which run, or None.
        error: the error, of the class it had in the child where that is one of `mcr_core`.
        exit_code: for the command line.
        trace: traceback of an unexpected error, for a report; may be empty.
    """

    job: int | None
    error: McrError
    exit_code: int = 3
    trace: str = ""


Event = Description | State | Note | Paused | Result | Answer | Discarded | Failure


def meaning(microstructure: Microstructure) -> dict[str, Any]:
    """Return what labels mean, as JSON data."""
    return {
        "phase_values": list(microstructure.phase_values),
        "phase_names": list(microstructure.phase_names),
        "voxel_size": list(microstructure.voxel_size),
        "unit": microstructure.unit,
        "periodic": microstructure.periodic,
    }


def parse(frame: Frame) -> Event:
    """Return the event in a frame.

    Raises:
        RemoteError: it holds none.
    """
    message = dict(frame.message)
    kind = message.pop("event", None)
    try:
        if kind == "description":
            return Description(message["content"])
        if kind == "state":
            meant = message.pop("meaning", None)
            preview = None if meant is None else _microstructure(frame, meant)
            numbers = {name: _number(message[name]) for name in ("loss", "grey", "left")}
            return State(**{**message, **numbers}, preview=preview)
        if kind == "note":
            return Note(**message)
        if kind == "result":
            found = _microstructure(frame, message.pop("meaning"))
            message.update(
                loss=_number(message["loss"]),
                history=tuple(message["history"]),
                notes=tuple(message["notes"]),
            )
            return Result(**message, microstructure=found)
        if kind == "answer":
            meant = message.pop("meaning", None)
            made = None if meant is None else _microstructure(frame, meant)
            return Answer(**message, microstructure=made)
        if kind == "paused":
            return Paused(**message)
        if kind == "discarded":
            return Discarded(**message)
        if kind == "error":
            error = _error(message["class"], message["message"], message.get("command", ""))
            return Failure(message["job"], error, message["exit_code"], message["trace"])
    except (KeyError, TypeError, ValueError) as error:
        raise RemoteError(f"the child process sent a damaged {kind} event ({error})") from None
    raise RemoteError(f"the child process sent an unknown event {kind!r}")


def _number(value: float | None) -> float:
    return math.nan if value is None else value


def _microstructure(frame: Frame, meant: Mapping[str, Any]) -> Microstructure:
    labels = frame.arrays["labels"]
    values = tuple(meant["phase_values"])
    if labels.dtype != "uint8" or labels.size == 0 or labels.max() >= len(values):
        raise ValueError("labels that name no phase")
    return Microstructure(
        labels=labels,
        phase_values=values,
        phase_names=tuple(meant["phase_names"]),
        voxel_size=tuple(meant["voxel_size"]),
        unit=meant["unit"],
        periodic=meant["periodic"],
    )


def _error(name: str, text: str, command: str) -> McrError:
    kind = getattr(errors, name, None)
    if isinstance(kind, type) and issubclass(kind, McrError):
        return kind(text, command=command)
    return RunError(text, command=command)
