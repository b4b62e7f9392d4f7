"""What the command line says while a run goes on."""

import io
from types import SimpleNamespace

import pytest
from rich.console import Console

from mcr_core.cli import progress
from mcr_core.reconstruction import RunState


class Fake(list):
    """States that come as those of a run do."""

    notes = ("something to know",)


STATES = Fake(
    [
        RunState("loading"),
        RunState("compiling", max_iter=100, seconds=1.0, _grey=lambda: 0.5),
        RunState("running", 0, 12, 13, 100, 1.2e-4, {}, 20.0, None, 145.0, lambda: 0.04),
        RunState("finishing", 0, 100, 101, 100, 1e-4, {}, 160.0, None, _grey=lambda: 0.0),
    ]
)


def test_lines():
    console = Console(file=io.StringIO(), width=100)
    progress._follow_in_lines(STATES, STATES, console)
    assert console.file.getvalue().splitlines() == [
        "note: something to know",
        "loading: iteration 0 of 0, loss -, 0 s",
        "compiling: iteration 0 of 100, loss -, 50 % grey, 1 s",
        "running: iteration 12 of 100, loss 1.200e-04, 4 % grey, 20 s, 145 s left",
        "finishing: iteration 100 of 100, loss 1.000e-04, 0 % grey, 160 s",
    ]


def test_bar():
    console = Console(file=io.StringIO(), width=120, force_terminal=True)
    progress._follow_in_bar(STATES, STATES[:3], console)
    last = [line for line in console.file.getvalue().splitlines() if "running" in line][-1]
    for part in ("12/100", "loss 1.200e-04, 4 % grey"):
        assert part in last


@pytest.mark.parametrize(("left", "words"), [(None, "--:-- left"), (145.0, "02:25 left")])
def test_time_left(left, words):
    task = SimpleNamespace(fields={"left": left})
    assert progress._TimeLeft().render(task).plain == words
