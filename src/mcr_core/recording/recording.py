"""A recording: how far a run has come, and all that it takes to go on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from mcr_core.errors import InputError
from mcr_core.job import Job
from mcr_core.microstructure import Microstructure
from mcr_core.reconstruction import StopReason
from mcr_core.reconstruction.result import outcome
from mcr_core.recording.continued import continued
from mcr_core.recording.mark import Mark


@dataclass(frozen=True, eq=False)
class Recording:
    """How far a run has come, and all that it takes to go on.

    Attributes:
        name: of the run, for people.
        job_data: the job as JSON data, with its images inside.
        history: the numbers of every iteration.
        marks: states that were kept, in the order of time, at least one; of a run that has ended
            the last one is the result.
        began: when the run began.
        written: when this was recorded last.
        seconds: how long it had taken until then.
        max_iter: iterations that were asked for.
        stop_reason: why the run has ended; None: it has not.
        loss: objective of the result; NaN where there is none.
        notes: what the user should know about the run.
        about: what the program that recorded it wants to know again, as JSON data.
    """

    name: str
    job_data: Mapping[str, Any] = field(repr=False)
    history: tuple[Mapping[str, Any], ...] = field(repr=False)
    marks: tuple[Mark, ...] = field(repr=False)
    began: datetime
    written: datetime
    seconds: float
    max_iter: int
    stop_reason: StopReason | None
    loss: float
    notes: tuple[str, ...] = ()
    about: Mapping[str, Any] = field(default_factory=dict, repr=False)

    @property
    def job(self) -> Job:
        """The job.

        Raises:
            InputError: it names what is not installed here.
        """
        return Job.parse(self.job_data)

    @property
    def has_ended(self) -> bool:
        """Whether the run has come to its end."""
        return self.stop_reason is not None

    @property
    def iteration(self) -> int:
        """Iterations that the last state has behind it."""
        return self.marks[-1].iteration

    @property
    def microstructure(self) -> Microstructure:
        """The last state; the result of a run that has ended.

        Raises:
            FileFormatError: its labels are damaged.
        """
        return self.marks[-1].microstructure()

    def carried(self) -> dict[str, Any] | None:
        """Return what the file of the result carries: the job, and how it went, as JSON data.

        None: the run has not ended, and no job makes a state on the way.
        """
        if self.stop_reason is None:
            return None
        how = outcome(self.stop_reason, self.history, self.loss, self.seconds, self.notes)
        return {**self.job_data, "result": how}

    def continued(self, max_iter: int | None = None) -> Job:
        """Return the job that goes on from the last state.

        It begins with that state in place of coarser volumes, and keeps the seed. Where no
        iteration was done, it begins afresh: the result is that of a run without interruption.

        Args:
            max_iter: its iterations. Default: those that are left of the recorded run, of one that
                was stopped, too.

        Raises:
            InputError: no number is given and the run has come to its end, or the job names what
                is not installed here.
            FileFormatError: the labels of the state are damaged.
        """
        return Job.parse(self.continued_data(max_iter))

    def continued_data(self, max_iter: int | None = None) -> dict[str, Any]:
        """Return the job of `continued` as JSON data; no plugin that it names is loaded."""
        reason = self.stop_reason
        early = reason is None or reason is StopReason.STOPPED
        if max_iter is None:
            if reason is not None and not early:
                raise InputError(
                    f"this run has ended ({reason.value}): `mcr run --max-iter N` "
                    "(max_iter=N in Python) goes on from its result for N iterations, "
                    "`mcr export` writes it as an image"
                )
            max_iter = max(0, self.max_iter - self.iteration)
        if early and self.iteration == 0:
            # Not from its state: that has one phase in each voxel, the run began from grey ones.
            settings = {**(self.job_data.get("settings") or {}), "max_iter": max_iter}
            return {**self.job_data, "settings": settings}
        name = f"{self.name}, iteration {self.iteration}".removeprefix(", ")
        return continued(self.job_data, self.microstructure, name=name, max_iter=max_iter)
