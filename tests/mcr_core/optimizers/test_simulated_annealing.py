"""Annealing and the finish by swaps, as reconstructions see them."""

from typing import ClassVar, final

import numpy as np
import pytest

from mcr_core import characterize, match_iter, reconstruct, reconstruct_iter
from mcr_core.descriptors import Correlations, Descriptor, TwoPoint, Variation
from mcr_core.errors import InputError, OptionError
from mcr_core.microstructure import Microstructure
from mcr_core.objective import TargetObjective
from mcr_core.optimizers import Evaluation, registry
from mcr_core.optimizers.simulated_annealing import SimulatedAnnealing
from mcr_core.optimizers.swaps_post import SwapsPost
from mcr_core.phases import exact_counts
from mcr_core.reconstruction import StopReason
from mcr_core.settings import Settings
from mcr_core.starts import Noise
from mcr_core.term import Term

SHAPE = (24, 24)


@final
class Pairs(Descriptor):
    """Share of horizontal pairs in the phase: NumPy only."""

    name: ClassVar[str] = "pairs"
    differentiable: ClassVar[bool] = False

    def compute(self, image, valid):
        return {"pairs": (image * np.roll(image, 1, 2)).mean(axis=(1, 2))[:, None]}


@pytest.fixture
def target(slice_image):
    return characterize(slice_image, [TwoPoint(limit_to=4)])


def _anneal(target, shape=SHAPE, **options):
    options = {"start": "noise", "max_iter": 20, **options}
    return reconstruct(target, shape, optimizer="simulated_annealing", **options)


def _counts(microstructure):
    return np.bincount(microstructure.labels.ravel(), minlength=microstructure.phase_count)


def test_reconstruction_meets_two_point_statistics(target):
    run = _anneal(target)
    first = run.history[0]["loss"]
    assert run.loss < first / 20
    assert run.loss == min(record["loss"] for record in run.history)
    np.testing.assert_array_equal(
        _counts(run.microstructure), exact_counts(target.phase_fractions, 24 * 24)
    )


def test_the_result_is_the_best_state_of_a_walk_that_is_too_hot(slice_image):
    start = slice_image.with_labels(slice_image.labels[:24, :24])
    target = characterize(start, [TwoPoint(limit_to=4)])
    hot = {"name": "simulated_annealing", "options": {"temperature": 1e9, "cooling": 1.0}}
    run = reconstruct(target, SHAPE, optimizer=hot, initial=start, max_iter=2)
    np.testing.assert_array_equal(run.microstructure.labels, start.labels)
    losses = [record["loss"] for record in run.history]
    assert losses[1] > losses[0] < losses[2]
    assert losses[0] == run.loss
    assert [record["iteration"] for record in run.history] == [0, 1, 2]
    assert run.stop_reason is StopReason.MAX_ITER


def test_a_stopped_walk_gives_its_best_state(slice_image):
    start = slice_image.with_labels(slice_image.labels[:24, :24])
    target = characterize(start, [TwoPoint(limit_to=4)])
    hot = {"name": "simulated_annealing", "options": {"temperature": 1e9, "cooling": 1.0}}
    run = reconstruct_iter(target, SHAPE, optimizer=hot, initial=start, max_iter=100)
    for state in run:
        if state.iteration == 2:
            run.stop()
    np.testing.assert_array_equal(run.result.microstructure.labels, start.labels)
    assert state.microstructure == run.result.microstructure
    assert (state.phase, state.iteration, state.loss) == ("finishing", 2, run.result.loss)
    assert state.evaluations == run.result.history[-1]["evaluations"] > 1
    assert [record["iteration"] for record in run.result.history] == [0, 1, 2]
    assert run.result.stop_reason is StopReason.STOPPED


def test_stopping_while_the_sums_are_counted(slice_image):
    """Planes are counted one by one, and a request to stop is noticed between two of them."""
    terms = [Correlations(limit_to=2)]
    target = characterize(slice_image, terms)
    options = {"descriptors": terms, "optimizer": "simulated_annealing", "max_iter": 5}
    start = reconstruct(target, (6, 7, 8), **{**options, "max_iter": 0}).microstructure
    run = reconstruct_iter(target, (6, 7, 8), **options)
    phases = [state.phase for state in run]
    assert phases[:23] == ["loading", *["compiling"] * (1 + 6 + 7 + 8)]
    assert "compiling" not in phases[23:]
    run, phases = reconstruct_iter(target, (6, 7, 8), **options), []
    for state in run:
        phases.append(state.phase)
        if len(phases) == 6:
            run.stop()
    assert phases == ["loading", *["compiling"] * 5, "finishing"]
    assert run.result.stop_reason is StopReason.STOPPED
    assert run.result.history == ()
    assert np.isfinite(run.result.loss)
    assert run.result.microstructure == start


def test_same_seed_same_bits(target):
    once, again, other = (_anneal(target, max_iter=3, seed=seed) for seed in (5, 5, 6))
    assert once.microstructure == again.microstructure
    assert [h["loss"] for h in once.history] == [h["loss"] for h in again.history]
    assert once.microstructure != other.microstructure


def test_the_seed_reaches_the_swaps(target, slice_image):
    """From the same start, too."""
    start = slice_image.with_labels(np.roll(slice_image.labels, 3)[:24, :24])
    results = [_anneal(target, max_iter=2, seed=seed, initial=start) for seed in (5, 6)]
    assert results[0].microstructure != results[1].microstructure


def test_three_phases_in_a_volume(three_phases):
    terms = [TwoPoint(limit_to=3), Variation()]
    target = characterize(three_phases, terms)
    run = _anneal(target, (8, 8, 8), descriptors=terms, max_iter=4, symmetry="cubic")
    assert run.loss < run.history[0]["loss"] / 2
    np.testing.assert_array_equal(
        _counts(run.microstructure), exact_counts(target.phase_fractions, 512)
    )


def test_descriptors_of_plain_numpy_are_allowed(slice_image):
    terms = [Term(descriptor=Pairs())]
    run = match_iter(
        slice_image,
        (12, 12),
        terms,
        start="noise",
        max_iter=3,
        optimizer={"name": "simulated_annealing", "options": {"proposals": 40}},
    )
    losses = [state.loss for state in run if state.phase == "running"]
    assert losses[-1] < losses[0] / 2
    with pytest.raises(InputError, match="not differentiable and lbfgsb needs gradients"):
        match_iter(slice_image, (12, 12), terms)


def test_stop_and_close(target):
    run = reconstruct_iter(target, SHAPE, optimizer="simulated_annealing", max_iter=1000)
    for state in run:
        if state.iteration == 2:
            run.stop()
    assert run.result.stop_reason is StopReason.STOPPED
    run = reconstruct_iter(target, SHAPE, optimizer="simulated_annealing", max_iter=1000)
    for state in run:
        if state.iteration == 2:
            run.close()
    assert list(run) == []


@pytest.mark.parametrize("swap", ["any", "neighbours", "interface"])
@pytest.mark.parametrize("name", ["simulated_annealing", "swaps_post"])
def test_descent_never_raises_the_loss(target, name, swap):
    objective = TargetObjective(
        target, [Term(descriptor=TwoPoint(limit_to=4))], SHAPE, Settings(dtype="float64")
    )
    options = {"acceptance": "descent"} if name == "simulated_annealing" else {}
    optimizer = registry.get(name)(swap=swap, proposals=200, **options)
    start = Noise().fields(target, SHAPE, 0)
    kept = start.copy()
    steps = list(optimizer.iterate(objective, start, 6))
    assert steps[0].fields is None  # one plane, counted
    del steps[0]
    np.testing.assert_array_equal(start, kept)
    losses = [step.loss for step in steps]
    assert losses == sorted(losses, reverse=True)
    assert losses[-1] < losses[0]
    for step in steps:
        assert step.fields.sum() == steps[0].fields.sum()
        assert step.loss == pytest.approx(objective(step.fields).loss, rel=1e-12)
        assert step.parts == pytest.approx({"two_point": step.loss})


def test_any_objective_can_be_annealed():
    weights = np.random.default_rng(0).permutation(30).reshape(1, 5, 6).astype(float)

    def objective(fields):
        loss = float(np.sum(weights * np.asarray(fields)))
        return Evaluation(loss, {"sum": loss}, None)

    start = np.full((1, 5, 6), 0.2)
    for optimizer in (SimulatedAnnealing(), SwapsPost(swap="any", patience=50)):
        steps = list(optimizer.iterate(objective, start, 60))
        lowest = min(steps, key=lambda step: step.loss)
        assert lowest.loss == sum(range(6))  # the six lightest of thirty places
        assert lowest.loss == objective(lowest.fields).loss


def test_options_are_checked():
    with pytest.raises(OptionError, match="swap"):
        SimulatedAnnealing(swap="two")
    with pytest.raises(OptionError, match="initial_acceptance"):
        SimulatedAnnealing(initial_acceptance=1.0)
    assert SimulatedAnnealing().copies() < 10


def test_finish_sweeps_lower_the_loss_of_a_gradient_run(slice_image):
    terms = [TwoPoint(limit_to=4)]
    target = characterize(slice_image, terms)
    plain = reconstruct(target, SHAPE, max_iter=3)
    run = reconstruct_iter(target, SHAPE, max_iter=3, finish_sweeps=3)
    states = list(run)
    preparing, *finishing = [state for state in states if state.phase == "finishing"]
    assert np.isnan(preparing.loss)
    assert preparing.microstructure == finishing[0].microstructure
    losses = [state.loss for state in finishing]
    assert len(finishing) >= 3
    assert losses[0] == pytest.approx(plain.loss, rel=1e-4)
    assert losses[-1] < 0.9 * plain.loss
    assert all(state.iteration == 3 for state in finishing)
    evaluations = [state.evaluations for state in states]
    assert evaluations == sorted(evaluations)
    assert evaluations[-1] > 3 * 24 * 24
    assert [h["iteration"] for h in run.result.history] == [0, 1, 2, 3]
    assert run.result.stop_reason is StopReason.MAX_ITER
    np.testing.assert_array_equal(_counts(run.result.microstructure), _counts(plain.microstructure))


def test_a_stopped_run_is_not_finished_by_swaps(target):
    run = reconstruct_iter(target, SHAPE, max_iter=50, finish_sweeps=50)
    for state in run:
        if state.iteration == 1:
            run.stop()
    assert state.phase == "finishing"
    assert run.result.stop_reason is StopReason.STOPPED
    assert state.evaluations < 24 * 24


def test_stopping_while_finishing(target):
    run = reconstruct_iter(target, SHAPE, max_iter=1, finish_sweeps=1000)
    seen = 0
    for state in run:
        seen += state.phase == "finishing"
        if state.phase == "finishing":
            run.stop()
    assert seen == 2
    assert run.result.stop_reason is StopReason.STOPPED


def test_swaps_post_starts_from_a_volume(slice_image):
    start = Microstructure.from_array(slice_image.labels[:16, :16])
    target = characterize(start, [TwoPoint(limit_to=4)])
    moved = start.with_labels(np.random.default_rng(0).permutation(start.labels))
    run = reconstruct(target, (16, 16), initial=moved, optimizer="swaps_post", max_iter=3)
    assert run.loss < run.history[0]["loss"] / 2
    np.testing.assert_array_equal(_counts(run.microstructure), _counts(start))
