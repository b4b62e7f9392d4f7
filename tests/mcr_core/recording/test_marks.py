"""Which states of a run are kept."""

import zlib

import numpy as np
import pytest

from mcr_core.errors import FileFormatError
from mcr_core.microstructure import Microstructure
from mcr_core.recording import Mark, Marks, mark


def image(seed):
    labels = np.random.default_rng(seed).integers(0, 3, (4, 5, 6)).astype(np.uint8)
    return Microstructure(
        labels=labels,
        phase_values=(0, 7, 9),
        phase_names=("void", "a", "b"),
        voxel_size=(0.5, 0.5, 1.0),
        unit="um",
        periodic=True,
    )


def moment(iteration):
    return Mark.of(iteration, 0, 1 / (iteration + 1), image(iteration))


def offered(count):
    marks = Marks()
    for iteration in range(count):
        marks.offer(lambda iteration=iteration: moment(iteration))
    return marks


def test_a_mark_gives_its_microstructure_back():
    assert moment(3).microstructure() == image(3)


def test_marks_stay_few_and_spread_evenly():
    iterations = [one.iteration for one in offered(500).kept]
    assert len(iterations) <= mark.MOST_MARKS
    assert iterations[0] == 0
    assert iterations[-1] >= 480
    steps = np.diff(iterations)
    assert steps.max() <= 2 * 16
    assert len(set(steps[:-1])) <= 2


def test_marks_stay_within_the_memory(monkeypatch):
    monkeypatch.setattr(mark, "MOST_BYTES", 1000)
    marks = offered(100)
    assert sum(len(one.labels) for one in marks.kept) <= 1000
    assert len(marks.kept) >= 2


def test_what_is_not_kept_is_not_made():
    made = []
    marks = Marks()
    for iteration in range(1000):
        marks.offer(lambda iteration=iteration: made.append(iteration) or moment(iteration))
    assert len(made) < 200


def test_the_last_one_is_always_kept():
    marks = offered(mark.MOST_MARKS)
    marks.close(moment(1000))
    assert marks.kept[0].iteration == 0
    assert marks.kept[-1].iteration == 1000
    assert len(marks.kept) <= mark.MOST_MARKS


@pytest.mark.parametrize(
    "labels",
    [
        b"",
        b"nothing",
        zlib.compress(bytes(119)),
        zlib.compress(bytes(121)),
        zlib.compress(bytes([3]) * 120),
        zlib.compress(bytes(10_000_000)),
    ],
    ids=["none", "no zlib", "too few", "too many", "unknown phase", "far too many"],
)
def test_damaged_labels_are_refused(labels):
    damaged = Mark(0, 0, 1.0, labels, moment(0).meaning)
    with pytest.raises(FileFormatError, match="a state in the recording is damaged"):
        damaged.microstructure()
