"""The time left of a run: by its pace, also where coarser volumes come first, and after rests."""

import math
from types import SimpleNamespace

import numpy as np
import pytest

from mcr_core import Microstructure
from mcr_core.optimizers import Evaluation, Step
from mcr_core.reconstruction import CoarseLevel, Plan, Run, finisher
from mcr_core.reconstruction.time_left import TimeLeft


def test_one_level_at_its_mean_pace():
    left = TimeLeft(101, [64])
    assert math.isnan(left.at(0, 0, 5.0, moving=False))
    assert math.isnan(left.at(0, 0, 10.0, moving=True))
    # The first iteration is all there is; then it no longer counts.
    assert left.at(0, 1, 40.0, moving=True) == 30 * 100
    assert left.at(0, 2, 42.0, moving=True) == 2 * 99
    assert left.at(0, 5, 44.0, moving=True) == 1 * 96
    assert left.at(0, 101, 300.0, moving=True) == 0


@pytest.mark.parametrize(("dimensions", "growth"), [(2, 4), (3, 8)])
def test_finer_levels_take_longer(dimensions, growth):
    """Of 30 iterations each of three levels gets 10; making the first one ready takes 3 s."""
    voxels = [8**dimensions * growth**level for level in range(3)]
    left = TimeLeft(30, voxels)
    left.at(0, 0, 0.0, moving=False)
    left.at(0, 0, 3.0, moving=True)
    left.at(0, 1, 5.0, moving=True)
    assert left.at(0, 2, 6.0, moving=True) == 8 + 10 * growth + 10 * growth**2 + 3 + 3
    # The level ends early: the others get 14 each, and the pace is still its own.
    assert left.at(1, 2, 6.0, moving=False) == 14 * growth + 14 * growth**2 + 3
    assert left.at(1, 2, 16.0, moving=True) == 14 * growth + 14 * growth**2 + 10
    # The first iteration of a level is none to judge by where there is another pace.
    assert left.at(1, 3, 99.0, moving=True) == 13 * growth + 14 * growth**2 + 10
    assert left.at(1, 4, 101.0, moving=True) == 12 * 2 + 14 * 2 * growth + 10
    assert left.at(2, 16, 200.0, moving=True) == 14 * 2 * growth
    left.at(2, 17, 200.0, moving=True)
    assert left.at(2, 18, 205.0, moving=True) == 12 * 5


def test_levels_without_iterations():
    left = TimeLeft(2, [1, 8, 64])  # none for the first level, one for each of the others
    assert math.isnan(left.at(0, 0, 1.0, moving=True))
    assert math.isnan(left.at(1, 0, 2.0, moving=True))
    assert left.at(1, 1, 3.0, moving=True) == 8 + 0
    assert left.at(2, 1, 4.0, moving=True) == 8


class Clock:
    """A clock that stands still until it is moved."""

    def __init__(self):
        self.now = 100.0

    def perf_counter(self):
        return self.now


class Steady:
    """An optimizer whose iterations take a second for each voxel of the coarsest volume."""

    descends = True

    def __init__(self, clock):
        self._clock = clock

    def iterate(self, objective, start, max_iter):
        for iteration in range(max_iter + 1):
            yield Step(iteration, iteration + 1, 1.0, {}, start)
            self._clock.now += start.size / 8


@pytest.fixture
def clock(monkeypatch):
    clock = Clock()
    monkeypatch.setattr(
        "mcr_core.reconstruction.run.time", SimpleNamespace(perf_counter=clock.perf_counter)
    )
    return clock


@pytest.fixture
def run(clock):
    def objective(fields):
        return Evaluation(0.5, {}, np.zeros_like(fields))

    def refine(fields):
        return np.repeat(np.repeat(np.repeat(fields, 2, 1), 2, 2), 2, 3)

    def finish(extent):
        labels = np.zeros((extent,) * 3, int)
        template = Microstructure.from_array(labels, phase_values=[0, 1], phase_names=["a", "b"])
        return finisher(template, (0.5, 0.5), 0)

    coarse = (CoarseLevel(objective, finish(2), refine), CoarseLevel(objective, finish(4), refine))
    start = np.random.default_rng(0).random((1, 2, 2, 2))
    plan = Plan(None, objective, start, finish(8), Steady(clock), coarse=coarse)
    return Run(lambda: plan, 30)


def test_a_run_tells_it_and_a_rest_does_not_count(run, clock):
    told = {}
    for state in run:
        if state.phase == "running":
            told[state.level, state.iteration] = state.left
        elif state.phase in ("loading", "finishing"):
            assert math.isnan(state.left)
        clock.now += 1000.0  # somebody looks at the state
    assert math.isnan(told.pop((0, 0)))
    # The whole truth from the first iteration on, 10 on each level of 1, 8 and 64 s.
    for (level, iteration), left in told.items():
        done = iteration - 10 * level
        finer = sum(10 * 8**other for other in range(level + 1, 3))
        assert left == pytest.approx((10 - done) * 8**level + finer)
    assert told[2, 30] == 0
