"""How long a run would take; the clock is moved by hand."""

import math
from types import SimpleNamespace

import numpy as np
import pytest

from mcr_core.job import Inline, Job
from mcr_core.optimizers import Evaluation, Step
from mcr_core.reconstruction import Plan, Run, finisher
from mcr_core.verbs import expected_time
from mcr_core.verbs.expected_time import expected_seconds


@pytest.fixture
def started(monkeypatch):
    """Runs that were started: they take a second an iteration for every 2^18 voxels."""
    jobs = []
    clock = SimpleNamespace(now=50.0)

    class Steady:
        descends = True

        def __init__(self, voxels):
            self._seconds = voxels / 2**18

        def iterate(self, objective, start, max_iter):
            for iteration in range(max_iter + 1):
                clock.now += 20 if iteration == 1 else self._seconds  # the first one looks around
                yield Step(iteration, iteration + 1, 1.0, {}, start)

    def start(job):
        jobs.append(job)
        clock.now += 7.0
        image = job.source.load()
        voxels = math.prod(job.shape)
        fields = np.zeros((1, 2, 2))
        plan = Plan(
            None,
            lambda fields: Evaluation(0.5, {}, None),
            fields,
            finisher(image, image.phase_fractions, 0),
            Steady(voxels),
        )
        return Run(lambda: plan, job.settings.max_iter)

    monkeypatch.setattr(Job, "start", start)
    monkeypatch.setattr(expected_time, "time", SimpleNamespace(perf_counter=lambda: clock.now))
    return jobs


def job(image, shape, **changes):
    settings = {"symmetry": "cubic", "max_iter": 40, "device": "cpu"}
    data = {"source": Inline.of(image), "shape": shape, "settings": {**settings, **changes}}
    return Job(**data)


@pytest.fixture
def image(slice_image):
    return slice_image.with_labels(np.tile(slice_image.labels, (8, 8)))


def test_a_small_run_is_timed_itself(started, image):
    assert expected_seconds(job(image, (64, 64, 64)), (64, 64, 64)) == 7 + 1 + 40
    assert started[0].shape == (64, 64, 64)


@pytest.mark.parametrize(
    ("shape", "timed"),
    [
        ((256, 256, 256), (64, 64, 64)),
        ((96, 96, 96), (48, 48, 96)),
        ((50, 400, 300), (50, 50, 75)),
        ((1024, 1024), (512, 512)),
        ((80, 80, 80), (80, 80, 80)),  # its halves were too short for the lags of a preset
    ],
)
def test_of_a_large_one_a_smaller_one_is_timed(started, image, shape, timed):
    found = expected_seconds(job(image, shape), shape)
    assert started[0].shape == timed
    voxels = math.prod(shape)
    pace, grown = voxels / 2**18, voxels / math.prod(timed)
    before = 7 + math.prod(timed) / 2**18
    assert found == pytest.approx(before + pace * (40 + (2 if grown > 1 else 0)))
    # What decides how long an evaluation takes is that of the large one.
    asked = job(image, shape).resolved()
    assert started[0].terms == asked.terms
    assert started[0].preset is None


def test_long_lags_are_not_cut(started, image):
    given = job(image, (128, 128, 128)).model_copy(
        update={"terms": Job(source=Inline.of(image), terms=[_two_point(60)]).terms}
    )
    expected_seconds(given, (128, 128, 128))
    assert started[0].shape == (128, 128, 128)


def _two_point(limit):
    return {"descriptor": {"name": "two_point", "options": {"limit_to": limit}}}


@pytest.mark.parametrize(
    ("shape", "share"), [((64, 64, 64), 1 + 1 / 8 + 1 / 64), ((512, 512), 1 + 1 / 4 + 1 / 16)]
)
def test_coarser_levels_count_by_their_voxels(started, image, shape, share):
    found = expected_seconds(job(image, shape, coarse_levels=2, max_iter=60), shape)
    assert started[0].settings.coarse_levels == 0
    assert found == pytest.approx(7 + 1 + 20 * share)


def test_without_gradients_nothing_is_scaled(started, image):
    given = job(image, (1024, 1024), optimizer="swaps_post")
    expected_seconds(given, (1024, 1024))
    assert started[0].shape == (1024, 1024)


@pytest.mark.parametrize("max_iter", [0, 1, 2])
def test_a_run_that_is_too_short_to_tell(started, image, max_iter):
    assert expected_seconds(job(image, (64, 64), max_iter=max_iter), (64, 64)) is None
