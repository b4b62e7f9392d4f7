"""A run's states as a progress bar."""

from __future__ import annotations

import os
import sys
import time
from contextlib import AbstractContextManager, nullcontext
from typing import TextIO

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    SpinnerColumn,
    Task,
    TextColumn,
    TimeElapsedColumn,
)
from rich.text import Text

from mcr_core.reconstruction import Run, RunState

#: Seconds between lines where there is no terminal to draw a bar in.
_LINE_EVERY = 10.0


class _TimeLeft(ProgressColumn):
    """Time left at the mean pace of the iterations: loading and compiling do not count."""

    max_refresh = 1.0

    def render(self, task: Task) -> Text:
        seconds = task.fields.get("left")
        if seconds is None:
            return Text("--:-- left", style="cyan")
        return Text(f"{int(seconds) // 60:02d}:{int(seconds) % 60:02d} left", style="cyan")


def follow(run: Run) -> None:
    """Take all states of a run and show them on standard error."""
    # A copy of the descriptor, because that of standard error is silent while TensorFlow loads.
    with _copy_of_stderr() as stream:
        console = Console(file=stream)
        if console.is_terminal:
            _follow_in_bar(run, console)
        else:
            _follow_in_lines(run, console)


def _copy_of_stderr() -> AbstractContextManager[TextIO]:
    try:
        return open(os.dup(sys.stderr.fileno()), "w", encoding="utf-8")
    except (OSError, ValueError):  # standard error is no file: a test has replaced it
        return nullcontext(sys.stderr)


def _follow_in_bar(run: Run, console: Console) -> None:
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("loss {task.fields[loss]}"),
        TimeElapsedColumn(),
        _TimeLeft(),
    )
    with Progress(*columns, console=console) as progress:
        task = progress.add_task("loading", total=None, loss="-", left=None)
        began, told = 0.0, 0
        for state in run:
            told = _tell(run, told, console)
            if state.phase == "running" and state.iteration == 0:
                began = state.seconds
            if state.phase == "loading":
                progress.refresh()
            progress.update(
                task,
                description=state.phase,
                completed=state.iteration,
                total=state.max_iter or None,
                loss=_loss(state),
                left=_left(state, began),
            )


def _follow_in_lines(run: Run, console: Console) -> None:
    shown, phase, told = -_LINE_EVERY, "", 0
    for state in run:
        told = _tell(run, told, console)
        now = time.monotonic()
        if state.phase != phase or now - shown >= _LINE_EVERY:
            shown, phase = now, state.phase
            text = f"{state.phase}: iteration {state.iteration} of {state.max_iter}"
            console.print(f"{text}, loss {_loss(state)}, {state.seconds:.0f} s", highlight=False)


def _tell(run: Run, told: int, console: Console) -> int:
    """Print the notes that are new, and return how many there are."""
    for note in run.notes[told:]:
        console.print(f"note: {note}", highlight=False, soft_wrap=True)
    return len(run.notes)


def _loss(state: RunState) -> str:
    return "-" if state.loss != state.loss else f"{state.loss:.3e}"


def _left(state: RunState, began: float) -> float | None:
    if state.iteration < 1:
        return None
    return (state.seconds - began) / state.iteration * (state.max_iter - state.iteration)
