"""What the dock says while a run goes on."""

import math

import pytest

from mcr_core.remote import State
from napari_mcr.runs.progress import Progress


@pytest.fixture
def progress(qtbot):
    progress = Progress("#ffffff", "#ff0000")
    qtbot.addWidget(progress)
    progress.reset("Starting …")
    return progress


def state(phase, iteration=0, loss=math.nan, seconds=0.0, max_iter=100):
    return State(1, phase, 0, iteration, iteration, max_iter, loss, {}, seconds)


def test_phases(progress):
    said = []
    for moment in (
        state("loading"),
        state("running", 0, 1.0, 10.0),
        state("running", 20, 0.5, 20.0),
        state("finishing", 100, 0.25),
    ):
        progress.show_state(moment)
        said.append((progress.status.text(), progress.bar.maximum()))
    assert said == [
        ("Loading TensorFlow …", 0),
        ("Iteration 0 of 100 · loss 1.00e+00", 100),
        ("Iteration 20 of 100 · loss 5.00e-01 · 40 s left", 100),
        ("Finishing … · loss 2.50e-01", 0),
    ]
    assert progress.curve.points == [(0, 1.0), (20, 0.5)]


@pytest.mark.parametrize(
    ("max_iter", "left"),
    [(101, " · 99 s left"), (301, " · 4 min left"), (36_002, " · 10 h left"), (10**6, "")],
)
def test_time_left(progress, max_iter, left):
    for iteration in (1, 2):
        progress.show_state(state("running", iteration, 1.0, float(iteration), max_iter))
    assert progress.status.text() == f"Iteration 2 of {max_iter} · loss 1.00e+00{left}"


def test_what_was_asked_for_stays(progress):
    progress.announce("Stopping …")
    progress.show_state(state("running", 5, 1.0))
    progress.show_state(state("finishing", 5, 1.0))
    assert progress.status.text() == "Stopping …"
    assert progress.curve.points == [(5, 1.0)]
    progress.end("Stopped")
    assert progress.status.text() == "Stopped"
    progress.reset("Starting …")
    progress.show_state(state("compiling"))
    assert progress.status.text() == "Compiling …"


def test_a_rest_says_nothing_about_the_pace(progress):
    for iteration, seconds in ((1, 1.0), (2, 2.0)):
        progress.show_state(state("running", iteration, 1.0, seconds))
    progress.announce("Paused")
    progress.show_state(state("running", 3, 1.0, 3.0))
    assert progress.status.text() == "Paused"
    progress.resume()
    progress.show_state(state("running", 4, 1.0, 1000.0))
    assert progress.status.text() == "Iteration 4 of 100 · loss 1.00e+00"
    progress.show_state(state("running", 5, 1.0, 1001.0))
    assert progress.status.text().endswith("95 s left")
