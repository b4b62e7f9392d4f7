"""run: a job as data, the job that a result carries, or a run that was interrupted."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mcr_core.errors import FileFormatError, InputError
from mcr_core.images import ome_zarr, read_job
from mcr_core.job import Job
from mcr_core.reconstruction import Run, RunResult
from mcr_core.recording import SUFFIXES, read_recording
from mcr_core.verbs.inputs import AnyPath


def run_iter(job: Job | Mapping[str, Any] | AnyPath) -> Run:
    """Start a job and return its stream of states; see `run`.

    Raises:
        InputError: a file that cannot be read, or a job that cannot start.
    """
    return as_job(job).start()


def run(job: Job | Mapping[str, Any] | AnyPath) -> RunResult:
    """Run a job, or repeat the one that a result carries, and return the result.

    Args:
        job: a `Job`, its JSON data, or the path of a `.json` file or of a result (`.tif`, `.npy`,
            `.zarr`) that carries its job. Paths in a job are those of the current folder. Or the
            path of the recording (`.h5`) of a run that has not ended: it goes on from its last
            state.

    Raises:
        InputError: a file that cannot be read, a job that cannot start, or the recording of a run
            that has ended.
    """
    stream = run_iter(job)
    for _ in stream:
        pass
    return stream.result


def as_job(job: Job | Mapping[str, Any] | AnyPath) -> Job:
    """Return a job, read if a path is given.

    Raises:
        InputError: a path where there is nothing to read, or something else.
        FileFormatError: the file holds no job.
    """
    if isinstance(job, Job):
        return job
    if isinstance(job, Mapping):
        return Job.parse(job)
    if not isinstance(job, (str, os.PathLike)):
        raise InputError(
            "expected a Job, its JSON data or the path of a file with a job, got "
            f"{type(job).__name__}"
        )
    path = Path(job)
    if path.is_dir() and not ome_zarr.is_zarr(path):
        raise InputError(f"{path}: expected a .json job or a result of mcr, this is a folder")
    if not path.exists():
        raise InputError(f"{path}: no such file")
    if path.suffix.lower() in SUFFIXES:
        return _going_on(path)
    content = _content(path)
    try:
        return Job.parse(content)
    except InputError as error:
        raise type(error)(f"{path}: {error}") from None


def _going_on(path: Path) -> Job:
    recording = read_recording(path)
    if recording.stop_reason is not None:
        raise InputError(
            f"{path}: this run has ended ({recording.stop_reason.value}): write its result by "
            "mcr_core.write(FILE, mcr_core.read_recording(...).microstructure)"
        )
    try:
        return recording.continued()
    except InputError as error:
        raise type(error)(f"{path}: {error}") from None


def _content(path: Path) -> bytes | dict[str, Any]:
    if path.suffix.lower() == ".json":
        try:
            return path.read_bytes()
        except OSError as error:
            raise InputError(f"{path}: cannot be read: {error.strerror}") from None
    carried = read_job(path)
    if carried is None:
        raise FileFormatError(f"{path} carries no job: expected a result of mcr or a .json file")
    return carried
