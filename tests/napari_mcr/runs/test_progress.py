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


def state(phase, iteration=0, loss=math.nan, max_iter=100, **known):
    return State(1, phase, 0, iteration, iteration, max_iter, loss, {}, 1.0, **known)


def test_phases(progress):
    said = []
    for moment in (
        state("loading"),
        state("running", 0, 1.0, grey=0.5),
        state("running", 20, 0.5, grey=0.041, left=40.0),
        state("finishing", 100, 0.25, grey=0.0),
    ):
        progress.show_state(moment)
        said.append((progress.status.text(), progress.numbers.text(), progress.bar.maximum()))
    assert said == [
        ("Loading TensorFlow …", "", 0),
        ("Iteration 0 of 100", "loss 1.0e0 · 50 % grey voxels", 100),
        ("Iteration 20 of 100 · 40 s left", "loss 5.0e-1 · 4 % grey voxels", 100),
        ("Finishing …", "loss 2.5e-1 · 0 % grey voxels", 0),
    ]
    assert not progress.numbers.isHidden()
    progress.end("Done")
    assert progress.numbers.isHidden()
    assert progress.curve.points == [(0, 1.0), (20, 0.5)]


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (99.4, " · 99 s left"),
        (299.0, " · 4 min left"),
        (36_000.0, " · 10 h left"),
        (1e6, ""),
        (math.nan, ""),
    ],
)
def test_time_left(progress, seconds, words):
    progress.show_state(state("running", 2, 1.0, left=seconds))
    assert progress.status.text() == f"Iteration 2 of 100{words}"


def test_the_lines_fit(progress):
    progress.show_state(state("running", 98765, 1.23e-10, 100_000, grey=1.0, left=5900.0))
    assert progress.status.text() == "Iteration 98765 of 100000 · 98 min left"
    assert progress.numbers.text() == "loss 1.2e-10 · 100 % grey voxels"
    for line in (progress.status, progress.numbers):
        assert line.sizeHint().width() <= 300


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


def test_pause_and_resume(progress):
    progress.show_state(state("running", 2, 1.0, left=98.0))
    progress.announce("Paused")
    progress.show_state(state("running", 3, 1.0, left=97.0))
    assert progress.status.text() == "Paused"
    progress.resume()
    progress.show_state(state("running", 4, 1.0, left=96.0))
    assert progress.status.text().endswith(" · 96 s left")
