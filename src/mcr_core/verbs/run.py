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
from mcr_core.regular_file import check_regular
from mcr_core.verbs.inputs import AnyPath


def run_iter(job: Job | Mapping[str, Any] | AnyPath, *, max_iter: int | None = None) -> Run:
    """Start a job and return its stream of states; see `run`.

    Raises:
        InputError: a file that cannot be read, or a job that cannot start.
    """
    return as_job(job, max_iter).start()


def run(job: Job | Mapping[str, Any] | AnyPath, *, max_iter: int | None = None) -> RunResult:
    """Run a job, or repeat the one that a result carries, and return the result.

    Args:
        job: a `Job`, its JSON data, or the path of a `.json` file or of a result (`.tif`, `.npy`,
            `.zarr`) that carries its job. Paths in a job are those of the current folder. Or the
            path of the recording (`.h5`) of a run that was interrupted or stopped: it goes on from
            its last state.
        max_iter: of the path of a recording: for how many iterations to go on, also from the
            result of a run that has come to its end. Default: those that are left.

    Raises:
        InputError: a file that cannot be read, a job that cannot start, or the recording of a run
            that has come to its end.
    """
    stream = run_iter(job, max_iter=max_iter)
    for _ in stream:
        pass
    return stream.result


def as_job(job: Job | Mapping[str, Any] | AnyPath, max_iter: int | None = None) -> Job:
    """Return a job, read if a path is given.

    Args:
        job: as `run` takes it.
        max_iter: as `run` takes it.

    Raises:
        InputError: a path where there is nothing to read, or something else.
        FileFormatError: the file holds no job.
    """
    if isinstance(job, (Job, Mapping)):
        _check_no_number(max_iter, "the job")
        return job if isinstance(job, Job) else Job.parse(job)
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
    check_regular(path)
    if path.suffix.lower() in SUFFIXES:
        return _going_on(path, max_iter)
    _check_no_number(max_iter, path)
    content = _content(path)
    try:
        return Job.parse(content)
    except InputError as error:
        raise type(error)(f"{path}: {error}") from None


def _check_no_number(max_iter: int | None, what: object) -> None:
    if max_iter is not None:
        raise InputError(
            f"{what}: --max-iter (max_iter in Python) is for going on with a recording (.h5), this "
            "is none: change max_iter in the settings of the job"
        )


def _going_on(path: Path, max_iter: int | None) -> Job:
    recording = read_recording(path)
    try:
        return recording.continued(max_iter)
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
