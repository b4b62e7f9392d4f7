"""The runs of a command, one or several, and what is there of them from before."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from mcr_core.cli.beside import scorecard_files
from mcr_core.cli.source import check_not_source
from mcr_core.errors import InputError
from mcr_core.images import check_writable, read_job
from mcr_core.images.suffixes import with_stem_end
from mcr_core.job import Job
from mcr_core.reconstruction import StopReason
from mcr_core.recording import SUFFIXES, Recording, is_recording, read_recording

#: Where results and recordings of runs that went on say what they began as.
BEGUN_AS = "begun_as"


@dataclass(frozen=True)
class Planned:
    """A run that is to be made.

    Attributes:
        job: what to run; of a run that goes on, from the state that was recorded.
        output: where to write.
        overwrite: whether to replace what is there.
        record: where to record it.
        begun_as: the job that the run began as, see `origin`.
        goes_on: the recording that it goes on from.
        is_done: whether the result is there.
    """

    job: Job
    output: Path
    overwrite: bool
    record: Path | None
    begun_as: str
    goes_on: Recording | None = None
    is_done: bool = False

    @property
    def about(self) -> dict[str, str]:
        """What result and recording carry beside their job, so that they are known again."""
        return {BEGUN_AS: self.begun_as} if origin(self.job.to_json()) != self.begun_as else {}


def planned(
    job: Job,
    output: str,
    *,
    overwrite: bool,
    realizations: int | None,
    score: bool,
    record: str | None,
    file: Path | None,
) -> list[Planned]:
    """Return the runs of a command; see `execute` for what it takes.

    Raises:
        InputError: a run cannot be made, or what it would write cannot be written.
    """
    numbers = [None] if realizations is None else range(realizations)
    places = [
        (_numbered(output, number), None if record is None else _numbered(record, number))
        for number in numbers
    ]
    for result, recorded in places:
        for written in (result, *(scorecard_files(result) if score else ()), recorded):
            if written is not None:
                check_not_source(written, *job.files(), file)
    resolved = job.resolved()
    runs = []
    for number, (result, recorded) in zip(numbers, places, strict=True):
        one = resolved
        if number is not None:
            settings = resolved.settings.model_copy(update={"seed": job.settings.seed + number})
            one = resolved.model_copy(update={"settings": settings})
        before = None if file is None or number is not None else _recording(file)
        begun_as = origin(one.to_json()) if before is None else origin_of(before)
        run = Planned(one, result, overwrite, recorded, begun_as)
        runs.append(_checked(run, score=score, repeatable=number is not None))
    return runs


def origin(job: Mapping[str, Any], about: Mapping[str, Any] | None = None) -> str:
    """Return what tells the job that a run began as from any other.

    Args:
        job: JSON data of the job that was run, perhaps from a state on the way.
        about: what result or recording carry beside it.
    """
    text = json.dumps({key: value for key, value in job.items() if key != "result"}, sort_keys=True)
    return str((about or {}).get(BEGUN_AS) or hashlib.sha256(text.encode()).hexdigest())


def origin_of(recording: Recording) -> str:
    """Return what tells the job that a recorded run began as from any other."""
    return origin(recording.job_data, recording.about)


def _checked(run: Planned, *, score: bool, repeatable: bool) -> Planned:
    """Return a run as it is to be made, after what is there of it.

    Raises:
        InputError: it cannot be written, or there is something else.
    """
    overwrite = run.overwrite
    if repeatable and not overwrite and run.output.exists():
        if _is_done(run):
            return replace(run, is_done=True)
        overwrite = True
    check_writable(run.output, overwrite)
    for file in scorecard_files(run.output) if score else ():
        check_writable(file, run.overwrite, (file.suffix,))
    if run.record is None:
        return replace(run, overwrite=overwrite)
    before = None if run.overwrite else _before(run.record, run.begun_as)
    place = check_writable(run.record, run.overwrite or before is not None, SUFFIXES)
    job = run.job
    if before is not None:
        try:
            job = before.continued()
        except InputError as error:
            raise type(error)(f"{run.record}: {error}") from None
    return replace(run, job=job, overwrite=overwrite, record=place, goes_on=before)


def _before(file: Path, begun_as: str) -> Recording | None:
    """Return the recording of a run that began as a job; None: there is none."""
    found = _recording(file)
    return found if found is not None and origin_of(found) == begun_as else None


def _recording(file: Path) -> Recording | None:
    return read_recording(file) if is_recording(file) else None


def _is_done(run: Planned) -> bool:
    """Whether the file of a result holds all of it, not what was reached when it was stopped.

    Raises:
        InputError: the file is the result of another job.
    """
    carried = read_job(run.output) or {}
    result = carried.get("result") or {}
    if origin(carried, result) != run.begun_as:
        raise InputError(
            f"{run.output} exists and is no realization of this job: use --overwrite or another "
            "name"
        )
    return bool(result.get("stop_reason") != StopReason.STOPPED.name.lower())


def _numbered(path: str, number: int | None) -> Path:
    return Path(path) if number is None else with_stem_end(path, f"_{number:03d}")
