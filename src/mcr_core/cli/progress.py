"""A run's states as a progress bar."""

from __future__ import annotations

import math
import os
import sys
import time
from collections.abc import Callable, Iterable, Iterator
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
    """Time left, as the run tells it."""

    max_refresh = 1.0

    def render(self, task: Task) -> Text:
        seconds = task.fields.get("left")
        if seconds is None:
            return Text("--:-- left", style="cyan")
        return Text(f"{int(seconds) // 60:02d}:{int(seconds) % 60:02d} left", style="cyan")


def follow(run: Run, watch: Callable[[RunState], None] | None = None) -> None:
    """Take all states of a run and show them on standard error.

    Args:
        run: that has not begun.
        watch: is called with each state before it is shown.
    """
    watched = run if watch is None else _watched(run, watch)
    # A copy of the descriptor, because that of standard error is silent while TensorFlow loads.
    with _copy_of_stderr() as stream:
        console = Console(file=stream)
        if console.is_terminal:
            _follow_in_bar(run, watched, console)
        else:
            _follow_in_lines(run, watched, console)


def _watched(run: Run, watch: Callable[[RunState], None]) -> Iterator[RunState]:
    for state in run:
        watch(state)
        yield state


def _copy_of_stderr() -> AbstractContextManager[TextIO]:
    try:
        return open(os.dup(sys.stderr.fileno()), "w", encoding="utf-8")
    except (OSError, ValueError):  # standard error is no file: a test has replaced it
        return nullcontext(sys.stderr)


def _follow_in_bar(run: Run, watched: Iterable[RunState], console: Console) -> None:
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("loss {task.fields[loss]}{task.fields[grey]}"),
        TimeElapsedColumn(),
        _TimeLeft(),
    )
    with Progress(*columns, console=console) as progress:
        task = progress.add_task("loading", total=None, loss="-", grey="", left=None)
        told = 0
        for state in watched:
            told = _tell(run, told, console)
            if state.phase == "loading":
                progress.refresh()
            progress.update(
                task,
                description=state.phase,
                completed=state.iteration,
                total=state.max_iter or None,
                loss=_loss(state),
                grey=_grey(state),
                left=None if math.isnan(state.left) else state.left,
            )


def _follow_in_lines(run: Run, watched: Iterable[RunState], console: Console) -> None:
    shown, phase, told = -_LINE_EVERY, "", 0
    for state in watched:
        told = _tell(run, told, console)
        now = time.monotonic()
        if state.phase != phase or now - shown >= _LINE_EVERY:
            shown, phase = now, state.phase
            text = f"{state.phase}: iteration {state.iteration} of {state.max_iter}"
            left = "" if math.isnan(state.left) else f", {state.left:.0f} s left"
            line = f"{text}, loss {_loss(state)}{_grey(state)}, {state.seconds:.0f} s{left}"
            console.print(line, highlight=False)


def _tell(run: Run, told: int, console: Console) -> int:
    """Print the notes that are new, and return how many there are."""
    for note in run.notes[told:]:
        console.print(f"note: {note}", highlight=False, soft_wrap=True)
    return len(run.notes)


def _loss(state: RunState) -> str:
    return "-" if math.isnan(state.loss) else f"{state.loss:.3e}"


def _grey(state: RunState) -> str:
    """The share of grey voxels; nothing where it is not known."""
    return "" if math.isnan(state.grey) else f", {100 * state.grey:.0f} % grey"
