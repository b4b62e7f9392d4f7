"""Run a job with a progress bar, handle Ctrl-C, write the result and close with one line."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any

import click

from mcr_core.characterization import Characterization
from mcr_core.cli.beside import say_overlap, write_beside
from mcr_core.cli.progress import follow
from mcr_core.cli.realizations import Planned, planned
from mcr_core.given_arrays.lag_extent import FROM_ARRAYS, lag_extent
from mcr_core.images import write
from mcr_core.job import Job
from mcr_core.reconstruction import Run, RunResult, StopReason
from mcr_core.recording import Recorder
from mcr_core.two_point_error import two_point_error

#: A second S₂ error is told if it differs by that much, and by that part.
_NOTABLE = 2e-4
_PART = 0.1


def execute(
    job: Job,
    output: str,
    *,
    overwrite: bool,
    realizations: int | None,
    score: bool = False,
    record: str | None = None,
    file: Path | None = None,
) -> int:
    """Run a job and write its result or results; return the exit code.

    A run that is recorded goes on where a recording of it is there, unless that is to be replaced.

    Args:
        job: what to run.
        output: where to write.
        overwrite: whether to replace files that exist.
        realizations: how many results, from as many seeds; None: one, with the name as given.
        score: whether to write a scorecard beside each result.
        record: where to record the run; of several, the names are numbered as those of results.
        file: that the job was read from.

    Raises:
        InputError: bad input, or an output that cannot be written; before anything is computed.
    """
    runs = planned(
        job,
        output,
        overwrite=overwrite,
        realizations=realizations,
        score=score,
        record=record,
        file=file,
    )
    for run in runs:
        if run.is_done:
            click.echo(f"{run.output}: done before")
            continue
        code = _one(run, score)
        if code:
            return code
    if len(runs) > 1:
        say_overlap([run.output for run in runs])
    return 0


def _one(plan: Planned, score: bool) -> int:
    job = plan.job
    run = job.start()
    recorder = None
    if plan.record is not None:
        recorder = Recorder(
            plan.record,
            job,
            name=plan.output.stem,
            overwrite=plan.overwrite or plan.goes_on is not None,
            note=run.note,
            about=plan.about,
        )
    if plan.goes_on is not None:
        done, of = plan.goes_on.iteration, plan.goes_on.max_iter
        click.echo(f"note: {plan.record} has {done} of {of} iterations: going on", err=True)
    with _interruptible(run) as interrupted:
        follow(run, None if recorder is None else recorder.add)
        result = run.result
        if recorder is not None:
            recorder.end(result)
            for text in run.notes[len(result.notes) :]:
                click.echo(f"note: {text}", err=True)
        carried = {**job.to_json(), "result": {**result.record(), **plan.about}}
        file = write(
            plan.output,
            result.microstructure,
            job=carried,
            overwrite=plan.overwrite,
            rescue=True,
        )
    click.echo(_closing_line(file, result))
    if score and not interrupted:
        write_beside(file, job, result, overwrite=plan.overwrite)
    if result.stop_reason is StopReason.DIVERGED:
        click.echo(f"mcr: {result.stop_reason.value}", err=True)
        return 3
    return 130 if interrupted else 0


@contextmanager
def _interruptible(run: Run) -> Iterator[list[bool]]:
    """First Ctrl-C: end the run well. Second: give up. The list is non-empty after the first."""
    pressed: list[bool] = []

    def on_interrupt(number: int, frame: FrameType | None) -> None:
        if pressed:
            raise KeyboardInterrupt
        pressed.append(True)
        run.stop()
        click.echo("\nstopping: writing the result so far (Ctrl-C again to give up)", err=True)

    before = signal.signal(signal.SIGINT, on_interrupt)
    try:
        yield pressed
    finally:
        signal.signal(signal.SIGINT, before)


def _closing_line(file: Path, result: RunResult) -> str:
    made = result.microstructure
    error = two_point_error(made, result.target)
    asked = two_point_error(made, result.target, prescribed=True)
    other = ""
    if abs(asked.mean - error.mean) > max(_NOTABLE, _PART * error.mean):
        other = f", {asked.mean:.4f} to what was asked for"
    early = "" if result.stop_reason is not StopReason.STOPPED else ", stopped early"
    return (
        f"{file}: {' x '.join(map(str, made.shape))}, fractions {numbers(made.phase_fractions)}, "
        f"S2 error {error.mean:.4f} mean, {error.largest:.4f} at most (lags below "
        f"{error.limit_to} px){other}, {result.seconds:.0f} s{early}"
    )


def described(file: Path, target: Characterization) -> str:
    """Say what a written characterization holds."""
    names = ", ".join(descriptor.name for descriptor in target.descriptors)
    if FROM_ARRAYS in target.notes:
        what = f"arrays ({lag_extent(target)})"
    else:
        many = f"{target.images} images of " if target.images > 1 else ""
        what = f"{many}{' x '.join(map(str, target.source_shape))} pixels"
    line = f"{file}: {names} of {what}, fractions {numbers(target.phase_fractions)}"
    errors = next(iter(target.planes.values())).errors
    if errors is not None:
        line += f", standard error {numbers(errors.phase_fractions)}"
    return line


def numbers(values: Any) -> str:
    """Fractions as text."""
    return " / ".join(f"{value:.4f}" for value in values)
