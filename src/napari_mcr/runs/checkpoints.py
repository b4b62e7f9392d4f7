"""Recordings of the runs of a dock: they go when it is closed, and stay when napari dies."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from mcr_core.recording import read_recording
from napari_mcr.preferences import preferences
from napari_mcr.runs.kept_job import KEPT, LeftJob, left_job
from napari_mcr.runs.kept_jobs import KeptJobs
from napari_mcr.runs.own_files import (
    delete,
    orphans,
    own_name,
    read_or_delete,
    taken_over,
    usable_folder,
)

_RECORDED = ".h5"


@dataclass(frozen=True)
class Checkpoint:
    """A recording that a run has left.

    Attributes:
        file: where it is.
        name: of the run.
        iteration: iterations done.
        max_iter: iterations that were asked for.
        written: when it was written.
        ended: whether the run has come to its end, so that it holds a result.
    """

    file: Path
    name: str
    iteration: int
    max_iter: int
    written: datetime
    ended: bool


#: What a dead napari has left: how far a run was, or a job that had not begun.
Left = Checkpoint | LeftJob


class Checkpoints:
    """The recordings of one dock, in the folder that the preferences name.

    Attributes:
        jobs: those that have no recording yet, in the same folder.
    """

    def __init__(self) -> None:
        self.jobs = KeptJobs()
        self._own: list[Path] = []

    def record(
        self, name: str, about: Mapping[str, Any], job_file: Path | None = None
    ) -> dict[str, Any] | None:
        """Return how to record the next run; see `Client.run`. None: not at all.

        Args:
            name: of the run.
            about: JSON data to be kept with it.
            job_file: where its job is kept; both names then differ in their ending only.
        """
        where = usable_folder()
        if where is None:
            return None
        name_of_file = own_name(_RECORDED) if job_file is None else f"{job_file.stem}{_RECORDED}"
        self._own.append(where / name_of_file)
        return {
            "file": str(self._own[-1]),
            "seconds": preferences().checkpoint_seconds,
            "name": name,
            "about": dict(about),
        }

    def adopt(self, file: Path) -> Path | None:
        """Make a file that another napari has left one of this dock; None: it is gone."""
        if file in self._own:
            return file if file.exists() else None
        mine = taken_over(file)
        if mine not in (None, file):
            self._own.append(mine)
        return mine

    def delete(self, file: Path) -> None:
        """Delete a file."""
        if file in self._own:
            self._own.remove(file)
        delete(file)

    def clear(self) -> None:
        """Delete what the runs of this dock have left; the child that writes it must be gone."""
        self.jobs.clear()
        for file in self._own:
            delete(file)
            for partial in file.parent.glob(f".{file.name}.*.partial"):
                delete(partial)
        self._own.clear()


def left_behind(where: Path) -> Iterator[Left]:
    """Yield what dead processes of this machine have left in a folder.

    Recordings come first, the newest first of all; then jobs that had not begun, as they would have
    followed each other. What is damaged is deleted, and the log says so.
    """
    files = list(orphans(where))
    begun: set[str] = set()
    recorded = [file for file in files if file.suffix == _RECORDED]
    for file in sorted(recorded, key=_modified, reverse=True):
        found = checkpoint(file)
        if found is not None:
            begun.add(file.stem)
            yield found
    for file in files:
        if file.suffix != KEPT:
            continue
        if file.stem in begun:
            delete(file)  # napari has died in between
            continue
        job = left_job(file)
        if job is not None:
            yield job


def left(file: Path) -> Left | None:
    """Read what is left of a run; what is damaged is deleted, and the log says so."""
    return left_job(file) if file.suffix == KEPT else checkpoint(file)


def checkpoint(file: Path) -> Checkpoint | None:
    """Read a recording; one that is damaged is deleted, and the log says so."""
    found = read_or_delete(file, read_recording, "the recording of a run")
    if found is None:
        return None
    return Checkpoint(
        file, found.name, found.iteration, found.max_iter, found.written, found.has_ended
    )


def _modified(file: Path) -> float:
    try:
        return file.stat().st_mtime
    except OSError:
        return 0.0
