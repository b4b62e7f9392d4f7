"""What is kept of a run: no viewer is needed."""

import math
from types import SimpleNamespace

import numpy as np
import pytest

from mcr_core.errors import InputError
from mcr_core.microstructure import Microstructure
from mcr_core.recording import read_recording, write_recording
from mcr_core.remote import Result, State
from napari_mcr.runs.recorded_run import RecordedRun, run_of_layer


def image(seed):
    labels = np.random.default_rng(seed).integers(0, 3, (4, 5, 6)).astype(np.uint8)
    labels.flat[:3] = 0, 1, 2
    return Microstructure(
        labels=labels,
        phase_values=(0, 7, 9),
        phase_names=("void", "a", "b"),
        voxel_size=(0.5, 0.5, 0.5),
        unit="um",
        periodic=True,
    )


def state(iteration, preview=None, phase="running", loss=None):
    loss = 1 / (iteration + 1) if loss is None else loss
    parts = {"s2": loss}
    return State(1, phase, 0, iteration, iteration, 100, loss, parts, 0.1 * iteration, preview)


def result(iterations):
    history = tuple(
        {"iteration": n, "loss": 1 / (n + 1), "parts": {"s2": 1.0}} for n in range(iterations)
    )
    return Result(1, image(99), history, "MAX_ITER", "all done", 0.01, 1.0, (), {"source": {}})


def test_numbers_and_marks():
    run = RecordedRun("a run")
    run.add(state(0, phase="loading"))
    run.add(state(0, image(0)))
    run.add(state(1))
    run.add(state(2, image(2)))
    assert [point[0] for point in run.points] == [0, 1, 2]
    assert [mark.iteration for mark in run.marks] == [0, 2]
    assert run.marks[1].microstructure() == image(2)
    assert not run.ended
    run.end(result(4))
    assert run.ended
    assert [point[0] for point in run.points] == [0, 1, 2, 3]
    assert run.marks[-1].microstructure() == image(99)
    assert run.marks[-1].loss == 0.01


def test_a_loss_that_is_no_number_has_no_place():
    run = RecordedRun("a run")
    run.add(state(0, loss=math.nan))
    assert run.points == []


def test_marks_of_a_long_run_stay_few():
    run = RecordedRun("a long run")
    for iteration in range(500):
        run.add(state(iteration, image(iteration)))
    assert 30 <= len(run.marks) <= 60


def test_it_becomes_a_recording_and_comes_back(tmp_path):
    job = {"source": {"kind": "inline"}}
    run = RecordedRun("a run", job)
    with pytest.raises(InputError, match="only the numbers are known"):
        run.recording()
    run.add(state(0, image(0)))
    run.add(state(1))
    for ends in (False, True):
        if ends:
            run.end(result(4))
        file = write_recording(tmp_path / "r.h5", run.recording(), overwrite=True)
        found = read_recording(file)
        assert found.has_ended is ends
        assert found.max_iter == 100
        again = RecordedRun.of(found, "again")
        assert again.ended
        assert [point[:2] for point in again.points] == [point[:2] for point in run.points]
        assert again.marks == run.marks
        assert again.recording() is found
    assert found.microstructure == image(99)


def layer(metadata):
    return SimpleNamespace(name="result", metadata=metadata)


def test_a_result_of_this_session_has_all_its_numbers():
    history = [{"iteration": n, "loss": 1.0, "parts": {}} for n in range(3)]
    run = run_of_layer(layer({"mcr": {"run": {"history": history}, "job": {}}}))
    assert run.name == "result"
    assert [point[0] for point in run.points] == [0, 1, 2]
    assert run.ended
    assert run.marks == ()


def test_a_result_from_a_file_has_those_that_files_carry():
    columns = {name: [0, 1] for name in ("level", "iteration", "evaluations", "seconds")}
    record = {**columns, "loss": [1.0, None], "parts": {"variation": [0.5, 0.25]}}
    run = run_of_layer(layer({"mcr": {"job": {"result": {"history": record}}}}))
    assert run.points == [(0, 1.0, {"variation": 0.5})]


@pytest.mark.parametrize(
    "metadata",
    [
        {},
        {"mcr": None},
        {"mcr": {"job": None}},
        {"mcr": {"job": {"result": {"history": "none"}}}},
        {"mcr": {"run": {"history": []}}},
    ],
)
def test_other_layers_have_none(metadata):
    assert run_of_layer(layer(metadata)) is None
