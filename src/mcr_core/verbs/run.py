"""run: a job as data, or the job that a result carries."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mcr_core.errors import FileFormatError, InputError
from mcr_core.images import read_job
from mcr_core.job import Job
from mcr_core.reconstruction import Run, RunResult
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
        job: a `Job`, its JSON data, or the path of a `.json` file or of a result (`.tif`, `.npy`)
            that carries its job. Paths in a job are those of the current folder.

    Raises:
        InputError: a file that cannot be read, or a job that cannot start.
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
    if path.is_dir():
        raise InputError(f"{path}: expected a .json job or a result of mcr, this is a folder")
    if not path.exists():
        raise InputError(f"{path}: no such file")
    content = _content(path)
    try:
        return Job.parse(content)
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
