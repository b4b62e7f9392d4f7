"""The search: acceptance by Metropolis, schedules, ends, random numbers."""

import math
from collections import Counter

import numpy as np
import pytest
from threadpoolctl import threadpool_info, threadpool_limits

from mcr_core.optimizers import Evaluation
from mcr_core.swaps.moves import SwapTerm
from mcr_core.swaps.search import Schedule, swap_steps
from mcr_core.swaps.swap_state import SwapState

ENERGIES = (0.0, 1.0, 1.5, 3.0)


class Energies(SwapTerm):
    """One voxel in four places, each with an energy."""

    def __init__(self, labels):
        self._place = int(np.argmax(labels))
        self._next = self._place

    @property
    def parts(self):
        return {"energy": ENERGIES[self._place]}

    def work(self):
        return 0.0

    def propose(self, first, second, moves):
        (one, two) = (first[2], second[2])
        self._next = two if one == self._place else one
        return ENERGIES[self._next] - ENERGIES[self._place]

    def accept(self):
        self._place = self._next

    def recount(self):
        pass


class Places:
    """An objective that offers its own state."""

    def __init__(self, seed=0):
        self.seed = seed

    def __call__(self, fields):
        raise NotImplementedError

    def swaps(self, start):
        labels = np.array([[0, 0, 0, 1]], np.uint8)
        return SwapState(labels, None, 2, [Energies(labels)], periodic=True, seed=self.seed)


def _steps(objective=None, max_iter=50, rule="any", **options):
    schedule = Schedule(**{"first": 0.0, **options.pop("schedule", {})})
    options = {"proposals": 1, "patience": math.inf, **options}
    return list(
        swap_steps(objective or Places(), None, max_iter, rule=rule, schedule=schedule, **options)
    )


@pytest.mark.parametrize("temperature", [0.7, 2.0])
def test_metropolis_visits_places_as_boltzmann_says(temperature):
    steps = _steps(max_iter=12_000, schedule={"first": temperature, "factor": 1.0})
    visits = Counter(step.loss for step in steps[100:])
    weights = np.exp(-np.array(ENERGIES) / temperature)
    for energy, share in zip(ENERGIES, weights / weights.sum(), strict=True):
        assert visits[energy] / len(steps[100:]) == pytest.approx(share, abs=0.025)


def test_a_rise_is_accepted_as_often_as_metropolis_says():
    """From the lowest place, one of three rises is proposed: mean of exp(−E / T)."""
    losses = np.array(
        [s.loss for s in _steps(max_iter=12_000, schedule={"first": 1.0, "factor": 1.0})]
    )
    at_lowest = losses[:-1] == 0.0
    left = (losses[1:] > 0.0)[at_lowest].mean()
    assert left == pytest.approx(np.exp(-np.array(ENERGIES[1:])).mean(), abs=0.025)


def test_zero_temperature_never_raises_the_loss():
    losses = [step.loss for step in _steps(max_iter=40)]
    assert losses == sorted(losses, reverse=True)
    assert losses[-1] == 0.0


def test_first_temperature_is_that_of_the_asked_acceptance():
    """The voxel lies highest: there is no rise, and the search is a descent."""
    losses = [s.loss for s in _steps(max_iter=40, schedule={"first": None, "acceptance": 0.5})]
    assert losses == sorted(losses, reverse=True)
    state = Places().swaps(None)
    state.propose(3, 0)
    state.accept()

    class Lowest(Places):
        def swaps(self, start):
            return state

    steps = _steps(Lowest(), 4000, schedule={"first": None, "acceptance": 0.2, "factor": 1.0})
    assert steps[1].evaluations == 1 + 200 + 1
    # T = mean rise / ln 5 = 1.83 / 1.61
    temperature = np.mean(ENERGIES[1:]) / math.log(5)
    weights = np.exp(-np.array(ENERGIES) / temperature)
    lowest = np.mean([step.loss == 0.0 for step in steps])
    assert lowest == pytest.approx(weights[0] / weights.sum(), abs=0.05)


def test_temperature_falls_and_is_reheated():
    hot = {"first": 1e6, "factor": 1e-9}
    # From the second iteration on there is no heat: the loss falls to the end.
    losses = [step.loss for step in _steps(max_iter=60, schedule=hot)][2:]
    assert losses == sorted(losses, reverse=True)
    losses = [step.loss for step in _steps(max_iter=200, schedule={**hot, "reheat": 10})][2:]
    assert losses != sorted(losses, reverse=True)
    assert losses.count(0.0) > 100


def test_default_cooling_ends_at_the_last_temperature():
    """1000 iterations: at the end T is a thousandth, so rises are frozen out."""
    losses = [step.loss for step in _steps(max_iter=1000, schedule={"first": 10.0})]
    assert max(losses[:100]) == 3.0
    assert set(losses[-200:]) == {0.0}


def test_steps_are_the_walk():
    """Reheated at the end, the walk leaves the lowest place: no step comes twice."""
    steps = _steps(max_iter=61, schedule={"first": 1e-9, "factor": 1e3})
    assert [step.iteration for step in steps] == list(range(62))
    assert steps[-1].loss > min(step.loss for step in steps) == 0.0
    for step in steps:
        assert step.loss == ENERGIES[int(np.argmax(step.fields))]


class Slow(Energies):
    """Takes three bits of time to prepare, and looks at the threads of BLAS."""

    def __init__(self, labels, seen):
        super().__init__(labels)
        self._seen = seen

    def prepare(self):
        for _ in range(3):
            self._seen.append(blas_threads())
            yield

    def propose(self, first, second, moves):
        self._seen.append(blas_threads())
        return super().propose(first, second, moves)


def blas_threads():
    """What each BLAS is set to."""
    return [lib["num_threads"] for lib in threadpool_info() if lib["user_api"] == "blas"]


def test_steps_without_fields_come_while_terms_are_prepared():
    labels = np.array([[0, 0, 0, 1]], np.uint8)

    class Objective(Places):
        def swaps(self, start):
            return SwapState(labels, None, 2, [Slow(labels, [])], periodic=True, seed=0)

    steps = _steps(Objective(), max_iter=1)
    assert [step.fields is None for step in steps] == [True] * 3 + [False] * 2
    assert all(math.isnan(step.loss) and step.evaluations == 0 for step in steps[:3])
    assert [step.iteration for step in steps[3:]] == [0, 1]


def test_blas_has_one_thread_between_the_steps_only():
    labels = np.array([[0, 0, 0, 1]], np.uint8)
    inside = []

    class Objective(Places):
        def swaps(self, start):
            return SwapState(labels, None, 2, [Slow(labels, inside)], periodic=True, seed=0)

    with threadpool_limits(limits=2, user_api="blas"):
        outside = blas_threads()
        steps = swap_steps(
            Objective(), None, 9, rule="any", schedule=Schedule(), proposals=1, patience=9.0
        )
        for step in steps:
            assert blas_threads() == outside
            if step.iteration == 2:
                break
        steps.close()
        assert blas_threads() == outside
    assert len(inside) == 3 + 2
    assert {threads for moment in inside for threads in moment} == {1}
    assert 2 in outside


def test_same_seed_same_walk():
    hot = {"first": 1.0, "factor": 1.0}
    walks = [[s.loss for s in _steps(Places(seed), 60, schedule=hot)] for seed in (0, 0, 1)]
    assert walks[0] == walks[1] != walks[2]


def test_ends_where_nothing_lowers_the_loss():
    steps = _steps(max_iter=10_000, patience=5.0)
    assert steps[-1].loss == 0.0
    assert 20 <= len(steps) < 60  # 5 swaps for each of the 4 voxels, after the last fall


def test_iterations_and_evaluations_are_counted():
    steps = _steps(max_iter=3, proposals=7)
    assert [step.iteration for step in steps] == [0, 1, 2, 3]
    assert [step.evaluations for step in steps] == [1, 8, 15, 22]
    # Without a number, an iteration proposes a swap a voxel where that is quick.
    assert [step.evaluations for step in _steps(max_iter=2, proposals=None)] == [1, 5, 9]


def test_proposals_are_fewer_where_one_takes_long(monkeypatch):
    monkeypatch.setattr(Energies, "work", lambda self: 1.4e8)
    assert [step.evaluations for step in _steps(max_iter=2, proposals=None)] == [1, 3, 5]


def test_one_phase_has_nothing_to_swap():
    def objective(fields):
        return Evaluation(1.0, {"one": 1.0}, None)

    start = np.ones((1, 3, 3))
    steps = list(
        swap_steps(objective, start, 5, rule="any", schedule=Schedule(), proposals=2, patience=1.0)
    )
    assert [step.iteration for step in steps] == [0]
