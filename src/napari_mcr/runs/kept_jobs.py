"""The jobs of a dock that have no recording yet: napari may die while they wait."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

from napari_mcr.forms.run_queue import Waiting
from napari_mcr.runs.kept_job import KEPT, KeptJob, write_kept
from napari_mcr.runs.own_files import delete, own_name, taken_over, usable_folder


class KeptJobs:
    """A file for every job that has not begun, in the folder of the recordings.

    Files are written by a thread, one after the other: a volume inside of a job takes a moment, and
    disks may be slow.
    """

    def __init__(self) -> None:
        self._batches = secrets.token_hex(4)
        self._files: dict[Waiting, Path] = {}
        self._writing: dict[Path, Future[None]] = {}
        self._writer = _writer()

    def keep(self, jobs: Iterable[Waiting]) -> None:
        """Write jobs down, unless they are kept already.

        A job that goes on from a recording is not: the recording stands for it.
        """
        new = [job for job in jobs if job.replaces is None and job not in self._files]
        where = usable_folder() if new else None
        if where is None:
            return
        now = datetime.now(UTC)
        for job in new:
            file = self._files[job] = where / own_name(KEPT)
            kept = KeptJob.of(job, f"{self._batches}-{job.batch}", now)
            self._writing[file] = self._writer.submit(write_kept, file, kept)

    def file_of(self, job: Waiting) -> Path | None:
        """Return where a job is kept; None: nowhere."""
        return self._files.get(job)

    def take_over(self, job: Waiting, file: Path) -> bool:
        """Make a file that was left behind that of a job; False: it is gone."""
        for other, own in list(self._files.items()):
            if own == file:
                self._files[job] = self._files.pop(other)
                return file.exists()
        mine = taken_over(file)
        if mine is not None:
            self._files[job] = mine
        return mine is not None

    def forget(self, job: Waiting) -> None:
        """Delete the file of a job, if it has one: at once, or when it has been written."""
        file = self._files.pop(job, None)
        if file is None:
            return
        writing = self._writing.pop(file, None)
        if writing is None:
            delete(file)
        else:
            writing.cancel()
            writing.add_done_callback(lambda _: delete(file))

    def clear(self) -> None:
        """Delete all files."""
        self._writer.shutdown(cancel_futures=True)
        for file in self._files.values():
            delete(file)
        self._files.clear()
        self._writing.clear()
        self._writer = _writer()


def _writer() -> ThreadPoolExecutor:
    """Return a thread that begins with the first file."""
    return ThreadPoolExecutor(max_workers=1, thread_name_prefix="mcr-kept-jobs")
