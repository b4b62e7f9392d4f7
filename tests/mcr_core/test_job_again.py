"""The job of a run that was stopped: where it can, it makes the same voxels again."""

import numpy as np
import pytest

import mcr_core as mcr
from mcr_core import optimizers
from mcr_core.job import Inline, Job
from mcr_core.job_again import job_again
from mcr_core.optimizers import gradient_free

ENDED = {"stop_reason": "STOPPED", "history": [{"iteration": 0}, {"iteration": 3}]}
GRADIENT = sorted(set(optimizers.registry.names()) - set(gradient_free()))


def job_of(image, **settings):
    terms = ["variation", {"descriptor": {"name": "two_point", "options": {"limit_to": 4}}}]
    data = {"terms": terms, "shape": (16, 16)}
    return Job(source=Inline.of(image, "slice"), settings={"seed": 3, **settings}, **data)


def stopped(job, iteration):
    """Run a job, and stop it after some iterations."""
    run = job.start()
    for state in run:
        if state.phase == "running" and state.iteration == iteration:
            run.stop()
    return run.result


@pytest.mark.parametrize("name", GRADIENT)
def test_with_the_iterations_that_were_reached_the_voxels_are_the_same(slice_image, name):
    job = job_of(slice_image, optimizer=name, max_iter=20)
    result = stopped(job, 4)
    assert result.stop_reason is mcr.StopReason.STOPPED
    again = job_again({**job.to_json(), "result": result.record()})
    assert again.same
    assert "stopped after 4 iterations" in again.note
    made = mcr.run(again.job)
    np.testing.assert_array_equal(made.microstructure.labels, result.microstructure.labels)
    assert made.loss == result.loss


@pytest.mark.parametrize(
    "settings",
    [
        {"optimizer": "adam", "planes": 0.5, "max_iter": 12},
        {"parametrization": "box", "finish_smoothing": 0.5, "max_iter": 12},
    ],
)
def test_so_they_are_with_other_settings(slice_image, settings):
    job = job_of(slice_image, **settings).model_copy(update={"shape": (12, 12, 12)})
    result = stopped(job, 5)
    again = job_again(job.to_json(), result.record())
    made = mcr.run(again.job)
    np.testing.assert_array_equal(made.microstructure.labels, result.microstructure.labels)


def test_history_and_stop_reason_of_the_viewer_are_known(slice_image):
    job = job_of(slice_image, max_iter=20).to_json()
    again = job_again(job, ENDED)
    assert again.job == {**job, "settings": {**job["settings"], "max_iter": 3}}
    assert job["settings"]["max_iter"] == 20


@pytest.mark.parametrize(
    "settings",
    [
        {"optimizer": "simulated_annealing"},
        {"coarse_levels": 1},
        {"finish_sweeps": 2},
        {"optimizer": "of_somebody"},
    ],
)
def test_where_more_depends_on_max_iter_it_is_said_so(slice_image, settings):
    job = job_of(slice_image, max_iter=20).to_json()
    job["settings"] |= settings
    again = job_again({**job, "result": {"stop_reason": "max_iter"}}, ENDED)
    assert not again.same
    assert again.job == job
    assert again.note == (
        "This run was stopped after 3 iterations, here it runs all 20 iterations: that makes "
        "another microstructure."
    )


def test_a_run_that_was_stopped_before_its_first_step_is_another_one(slice_image):
    job = job_of(slice_image, max_iter=20)
    run = job.start()
    next(run)
    run.stop()
    for _ in run:
        pass
    again = job_again(job.to_json(), run.result.record())
    assert not again.same
    assert "after 0 iterations" in again.note


def test_a_state_on_the_way_is_no_result(slice_image):
    job = job_of(slice_image, max_iter=20).to_json()
    again = job_again(job, {**ENDED, "stop_reason": None})
    assert not again.same
    assert again.note.startswith("This is a state of a run that had not ended, here it runs all 20")
    assert again.job == job


@pytest.mark.parametrize("run", [None, {**ENDED, "stop_reason": "MAX_ITER"}, {"history": []}])
def test_a_run_that_came_to_its_end_is_what_it_was(slice_image, run):
    job = job_of(slice_image, max_iter=20).to_json()
    again = job_again(job, run)
    assert again.job == job
    assert (again.note, again.same) == ("", True)
