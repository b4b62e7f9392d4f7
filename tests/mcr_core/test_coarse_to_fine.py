"""Runs that begin with coarser volumes."""

import math

import numpy as np
import pytest

from mcr_core import Microstructure, Settings, Term, characterize, match_iter, reconstruct_iter
from mcr_core.coarse_fields import halved
from mcr_core.descriptors import Correlations, TwoPoint, Variation
from mcr_core.errors import InputError, OptionError
from mcr_core.optimizers import Evaluation, Step
from mcr_core.phases import exact_counts
from mcr_core.reconstruction import CoarseLevel, Plan, Run, StopReason, finisher
from mcr_core.reconstruction.time_left import iterations_of_level
from mcr_core.starts import GaussianField, Noise
from mcr_core.starts.first_fields import start_fields

SHAPE = (16, 16, 16)
TWO = [TwoPoint(limit_to=2), Variation()]


@pytest.fixture(scope="module")
def target():
    from scipy.ndimage import gaussian_filter

    field = gaussian_filter(np.random.default_rng(0).standard_normal((32, 32)), 2.0, mode="wrap")
    image = field > np.quantile(field, 0.65)
    return characterize(Microstructure.from_array(image, voxel_size=0.5, unit="um"), TWO)


def running(states):
    return [state for state in states if state.phase == "running"]


def test_levels_phases_and_iterations(target):
    run = reconstruct_iter(target, SHAPE, max_iter=8, coarse_levels=2)
    states = list(run)
    assert [s.phase for s in states] == [
        *("loading", "compiling", *["running"] * 3),
        *("compiling", *["running"] * 4),
        *("compiling", *["running"] * 4, "finishing"),
    ]
    assert [s.level for s in states] == [0] * 5 + [1] * 5 + [2] * 6
    assert [s.iteration for s in running(states)] == [0, 1, 2, 2, 3, 4, 5, 5, 6, 7, 8]
    assert [s.iteration for s in states if s.phase == "compiling"] == [0, 2, 5]
    evaluations = [s.evaluations for s in running(states)]
    assert evaluations == sorted(set(evaluations))
    assert states[-1].evaluations == evaluations[-1] + 1
    assert run.result.stop_reason is StopReason.MAX_ITER
    assert [row["level"] for row in run.result.history] == [0] * 3 + [1] * 4 + [2] * 4
    assert set(run.result.history[0]["parts"]) == {"two_point"}
    assert set(run.result.history[-1]["parts"]) == {"two_point", "variation"}
    assert run.result.record()["history"]["level"][-1] == 2


def test_previews_are_coarse_volumes_of_the_same_size(target):
    wanted = target.phase_fractions
    for state in reconstruct_iter(target, SHAPE, max_iter=3, coarse_levels=2):
        if state.has_microstructure:
            made = state.microstructure
            assert made.shape == (4 << state.level,) * 3
            assert made.voxel_size == (2.0 / 2**state.level,) * 3
            assert made.unit == "um"
            counts = np.bincount(made.labels.ravel(), minlength=2)
            np.testing.assert_array_equal(counts, exact_counts(wanted, made.labels.size))


def test_notes_say_what_comes_at_full_resolution_only(target):
    run = reconstruct_iter(target, SHAPE, max_iter=0, coarse_levels=1)
    list(run)
    assert run.result.notes[-1] == (
        "at full resolution only: variation, which has no pyramid for coarser volumes"
    )


@pytest.mark.parametrize("stop_at", [0, 1])
def test_a_stop_on_a_coarse_level_gives_a_whole_result(target, stop_at):
    run = reconstruct_iter(target, SHAPE, max_iter=50, coarse_levels=2)
    for state in run:
        if state.phase == "running" and (state.level, state.iteration) == (stop_at, 20 * stop_at):
            run.stop()
    result = run.result
    assert result.stop_reason is StopReason.STOPPED
    assert result.history[-1]["level"] == stop_at
    assert (state.phase, state.level) == ("finishing", 2)
    labels = result.microstructure.labels
    assert labels.shape == SHAPE
    assert result.microstructure.voxel_size == (0.5, 0.5, 0.5)
    wanted = exact_counts(target.phase_fractions, labels.size)
    np.testing.assert_array_equal(np.bincount(labels.ravel(), minlength=2), wanted)
    assert math.isfinite(result.loss)
    assert set(state.parts) == {"two_point", "variation"}


@pytest.mark.parametrize(
    ("iterations", "levels", "expected"), [(300, 1, 300), (300, 3, 100), (2, 3, 0), (7, 2, 3)]
)
def test_levels_share_what_is_left(iterations, levels, expected):
    assert iterations_of_level(iterations, levels) == expected


class Few:
    """An optimizer that ends after its second iteration on coarse volumes, or at a bad loss."""

    descends = True

    def __init__(self, bad=None):
        self._bad = bad
        self.asked = []

    def iterate(self, objective, start, max_iter):
        self.asked.append(max_iter)
        most = max_iter if start.shape[-1] == SHAPE[-1] else 2
        for iteration in range(min(max_iter, most) + 1):
            level = int(math.log2(start.shape[-1])) - 2
            bad = self._bad == (level, iteration)
            yield Step(iteration, iteration + 1, math.nan if bad else 1.0, {}, start)


@pytest.fixture
def run_of(target):
    def objective(fields):
        return Evaluation(0.5, {}, np.zeros_like(fields))

    def refine(fields):
        return np.repeat(np.repeat(np.repeat(fields, 2, 1), 2, 2), 2, 3)

    def finish(extent):
        template = Microstructure.from_array(
            np.zeros((extent,) * 3, int), phase_values=[0, 1], phase_names=["a", "b"]
        )
        return finisher(template, target.phase_fractions, 0)

    def run(optimizer, max_iter):
        start = np.random.default_rng(0).random((1, 4, 4, 4))
        coarse = tuple(CoarseLevel(objective, finish(extent), refine) for extent in (4, 8))
        plan = Plan(target, objective, start, finish(16), optimizer, coarse=coarse)
        return Run(lambda: plan, max_iter), finish(16)(refine(refine(start)))

    return run


def test_a_level_that_ends_early_leaves_its_rest_to_the_next(run_of):
    optimizer = Few()
    run, expected = run_of(optimizer, 32)
    list(run)
    assert optimizer.asked == [10, 15, 28]
    assert run.result.history[-1]["iteration"] == 32
    assert run.result.stop_reason is StopReason.MAX_ITER
    assert run.result.microstructure == expected


@pytest.mark.parametrize("bad", [(0, 1), (1, 0), (2, 1)])
def test_a_loss_that_becomes_nan_ends_the_run_on_any_level(run_of, bad):
    run, expected = run_of(Few(bad), 12)
    assert all(state.level <= bad[0] for state in running(run))
    assert run.result.stop_reason is StopReason.DIVERGED
    assert run.result.microstructure == expected


def test_a_result_is_compared_with_the_start_of_its_own_level(run_of):
    class Rising(Few):
        """The loss of coarse volumes is lower than that of the result."""

        def iterate(self, objective, start, max_iter):
            loss = 1.0 if start.shape[-1] == SHAPE[-1] else 0.1
            yield Step(0, 1, loss, {}, start)

    run, _ = run_of(Rising(), 3)
    list(run)
    assert run.result.loss == 0.5
    assert run.result.notes == ()


@pytest.mark.parametrize("parametrization", ["simplex", "box"])
@pytest.mark.parametrize("optimizer", ["lbfgsb", "tnc", "lbfgs", "adam"])
def test_every_optimizer_goes_through_all_levels_and_repeats(target, optimizer, parametrization):
    options = {"optimizer": optimizer, "parametrization": parametrization, "max_iter": 4}
    options["start"] = "noise"  # TNC stays where fields with steep edges meet their bounds
    results = []
    for _ in range(2):
        run = reconstruct_iter(target, SHAPE, coarse_levels=1, seed=3, **options)
        states = running(run)
        results.append(run.result)
        first = next(state for state in states if state.level == 1)
        assert states[-1].loss < first.loss
        assert {state.level for state in states} == {0, 1}
    assert results[0].microstructure == results[1].microstructure
    assert results[0].loss == results[1].loss


def test_a_part_of_the_planes(target):
    run = reconstruct_iter(target, SHAPE, coarse_levels=1, planes=0.5, optimizer="adam", max_iter=4)
    assert len(running(run)) == 6
    assert run.result.microstructure.shape == SHAPE


@pytest.mark.parametrize("options", [{}, {"open_result": True}, {"start": "noise"}])
def test_three_phases(three_phases, options):
    options = {"coarse_levels": 1, "symmetry": "cubic", "max_iter": 4, **options}
    run = match_iter(three_phases, SHAPE, TWO, **options)
    states = running(run)
    counts = np.bincount(run.result.microstructure.labels.ravel(), minlength=3)
    np.testing.assert_array_equal(counts, exact_counts(three_phases.phase_fractions, 16**3))
    assert states[-1].loss < next(s for s in states if s.level == 1).loss


def test_an_image_from_an_image(slice_image):
    run = match_iter(slice_image, (32, 32), TWO, coarse_levels=2, max_iter=6)
    assert [s.microstructure.shape[0] for s in running(run)][:1] == [8]
    assert run.result.microstructure.shape == (32, 32)


def test_starts_on_the_coarsest_level(target):
    settings = Settings(coarse_levels=2, seed=1)
    whole = GaussianField().fields(target, SHAPE, 1)
    found = start_fields(target, SHAPE, None, settings)
    np.testing.assert_array_equal(found, halved(halved(whole)))
    noisy = start_fields(target, SHAPE, None, Settings(coarse_levels=2, seed=1, start="noise"))
    np.testing.assert_array_equal(noisy, Noise().fields(target, (4, 4, 4), 1).astype("float32"))
    given = Microstructure.from_array(np.arange(16**3).reshape(SHAPE) % 2)
    found = start_fields(target, SHAPE, given, settings)
    np.testing.assert_array_equal(found, np.full((1, 4, 4, 4), 0.5, np.float32))


def term(descriptor, **weights):
    return Term(descriptor=descriptor, **weights)


@pytest.mark.parametrize(
    ("shape", "terms", "count", "message"),
    [
        ((16, 16, 18), TWO, 2, r"extents that 4 divides, got the shape \(16, 16, 18\): choose "
         "coarse_levels=1, or another shape"),
        ((15, 16, 16), TWO, 1, "extents that 2 divides, .*: choose coarse_levels=0, or another"),
        ((16, 16, 16), [Correlations(limit_to=4)], 2, "needs 3 pyramid levels of every descriptor "
         "that has a pyramid, correlations has 2 on the xy planes .*: choose coarse_levels=1, or a "
         "larger shape"),
        ((16, 32, 32), [Correlations(limit_to=4)], 2, "correlations has 2 on the xz planes"),
        ((64, 64, 64), [Correlations(limit_to=4)], 3, "correlations has 3 on .*coarse_levels=2 or"),
        ((16, 16, 16), [Variation()], 1, "needs a descriptor with a pyramid, such as correlations, "
         "got variation"),
        ((16, 16, 16), [term(TwoPoint(limit_to=2), level_weights=(1, 0, 0))], 1, "on a level where "
         "all level_weights are 0"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_refused_before_the_start(slice_image, shape, terms, count, message):
    with pytest.raises(InputError, match=message):
        match_iter(slice_image, shape, terms, coarse_levels=count)
    found = characterize(slice_image, [one.descriptor for one in map(as_term, terms)])
    with pytest.raises(InputError, match=message):
        reconstruct_iter(found, shape, terms, coarse_levels=count)


def as_term(what):
    return what if isinstance(what, Term) else term(what)


def test_a_mask_that_leaves_too_few_levels_is_told(slice_image):
    mask = np.ones((32, 32), bool)
    mask[::4, ::4] = False
    masked = Microstructure.from_array(slice_image.labels, mask=mask)
    run = match_iter(masked, SHAPE, TWO, coarse_levels=2)
    with pytest.raises(InputError, match="two_point has 2 on the xy planes that source and"):
        list(run)


@pytest.mark.parametrize("optimizer", ["simulated_annealing", "swaps_post"])
def test_optimizers_without_gradients_are_refused(optimizer):
    with pytest.raises(OptionError, match=f"use gradients, {optimizer} uses none: use coarse_l"):
        Settings(optimizer=optimizer, coarse_levels=1)


@pytest.mark.parametrize("count", [-1, 7, 1.5])
def test_numbers_of_levels_that_there_are_not(count):
    with pytest.raises(OptionError, match="coarse_levels"):
        Settings(coarse_levels=count)
