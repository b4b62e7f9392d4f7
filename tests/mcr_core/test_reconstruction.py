"""The stream of states: its phases, its ends, its result."""

import math
from dataclasses import replace

import numpy as np
import pytest

from mcr_core import characterize, match, match_iter, reconstruct, reconstruct_iter
from mcr_core.descriptors import Correlations, Variation
from mcr_core.errors import InputError, RunError
from mcr_core.optimizers import Adam, Evaluation, Step
from mcr_core.reconstruction import Plan, Run, StopReason, finisher

DESCRIPTORS = [Correlations(limit_to=3), Variation()]
SHAPE = (12, 12, 12)


@pytest.fixture
def target(slice_image):
    return characterize(slice_image, DESCRIPTORS)


def test_phases_iterations_and_result(target):
    run = reconstruct_iter(target, SHAPE, max_iter=4)
    states = list(run)
    assert [s.phase for s in states] == ["loading", "compiling", *["running"] * 5, "finishing"]
    assert [s.iteration for s in states[2:]] == [0, 1, 2, 3, 4, 4]
    assert math.isnan(states[0].loss)
    assert states[6].loss < states[2].loss
    assert set(states[2].parts) == {"correlations", "variation"}
    assert [s.seconds for s in states] == sorted(s.seconds for s in states)
    assert all(s.max_iter == 4 for s in states)
    result = run.result
    assert result.stop_reason is StopReason.MAX_ITER
    assert result.microstructure == states[-1].microstructure
    assert [h["iteration"] for h in result.history] == [0, 1, 2, 3, 4]
    assert result.loss == states[-1].loss
    assert "moves S2 by up to" in result.notes[0]


def test_there_is_no_microstructure_while_loading(target):
    state = next(reconstruct_iter(target, SHAPE))
    with pytest.raises(RunError, match="no microstructure yet while the run is loading"):
        _ = state.microstructure


def test_every_state_has_exact_fractions(target):
    wanted = round(target.phase_fractions[1] * 12**3)
    for state in reconstruct_iter(target, SHAPE, max_iter=2):
        if state.has_microstructure:
            assert abs(state.microstructure.labels.sum() - wanted) <= 1


def test_stop_keeps_what_there_is(target):
    run = reconstruct_iter(target, SHAPE, max_iter=100)
    phases = []
    for state in run:
        phases.append((state.phase, state.iteration))
        if state.phase == "running" and state.iteration == 2:
            run.stop()
    assert phases[-2:] == [("running", 2), ("finishing", 2)]
    assert run.result.stop_reason is StopReason.STOPPED


def test_stop_before_the_first_iteration(target):
    run = reconstruct_iter(target, SHAPE, max_iter=100)
    run.stop()
    assert [s.phase for s in run] == ["loading", "compiling", "finishing"]
    assert run.result.microstructure.shape == SHAPE


def test_close_discards(target):
    run = reconstruct_iter(target, SHAPE, max_iter=100)
    for state in run:
        if state.phase == "running":
            break
    run.close()
    assert list(run) == []
    with pytest.raises(RunError, match="has no result"):
        _ = run.result


def test_not_asking_pauses(target):
    """Interleaving two runs gives what each gives alone."""
    alone = reconstruct(target, SHAPE, max_iter=3, seed=5).microstructure
    one = reconstruct_iter(target, SHAPE, max_iter=3, seed=5)
    two = reconstruct_iter(target, SHAPE, max_iter=3, seed=6)
    for _ in zip(one, two, strict=True):
        pass
    assert one.result.microstructure == alone


def test_a_loss_that_becomes_nan_keeps_the_last_finite_state(target):
    calls = []

    def objective(fields):
        calls.append(np.array(fields))
        loss = math.nan if len(calls) == 3 else 1.0 / len(calls)
        return Evaluation(loss, {}, np.ones_like(calls[-1]))

    template = reconstruct(target, SHAPE, max_iter=0).microstructure
    fields = np.random.default_rng(0).random((1, *SHAPE))

    def prepare():
        finish = finisher(template, target.phase_fractions, 0)
        return Plan(target, objective, fields, finish, Adam())

    run = Run(prepare, 10)
    states = list(run)
    assert [s.iteration for s in states if s.phase == "running"] == [0, 1]
    assert run.result.stop_reason is StopReason.DIVERGED
    expected = finisher(template, target.phase_fractions, 0)(calls[1])
    assert run.result.microstructure == expected


class Given:
    """An optimizer whose steps are given: losses, None for a step without fields."""

    def __init__(self, losses, descends=True):
        self._losses = losses
        self.descends = descends

    def iterate(self, objective, start, max_iter):
        iteration = 0
        for loss in self._losses:
            if loss is None:
                yield Step(0, 0, math.nan)
                continue
            yield Step(iteration, iteration + 1, loss, {"all": loss}, fields_at(iteration))
            iteration += 1


def fields_at(iteration):
    return np.roll(np.linspace(0.0, 1.0, math.prod(SHAPE)), 100 * iteration).reshape(1, *SHAPE)


@pytest.fixture
def run_of(target):
    template = reconstruct(target, SHAPE, max_iter=0).microstructure
    finish = finisher(template, target.phase_fractions, 0)

    def run(optimizer, max_iter=10):
        def objective(fields):
            return Evaluation(0.5, {"all": 0.5}, np.zeros_like(fields))

        plan = Plan(target, objective, fields_at(50), finish, optimizer)
        return Run(lambda: plan, max_iter), finish

    return run


def test_an_optimizer_that_prepares_is_compiling(run_of):
    run, _ = run_of(Given([None, None, 3.0, 2.0]))
    states = list(run)
    phases = ["loading", *["compiling"] * 3, "running", "running", "finishing"]
    assert [state.phase for state in states] == phases
    assert all(math.isnan(state.loss) for state in states[:4])
    # The start is the preview: there as soon as it is made.
    assert [state.has_microstructure for state in states[:4]] == [False, True, False, False]
    assert [record["iteration"] for record in run.result.history] == [0, 1]
    assert run.result.stop_reason is StopReason.CONVERGED


def test_stop_while_an_optimizer_prepares(run_of):
    run, finish = run_of(Given([None, None, None, 3.0]))
    phases = []
    for state in run:
        phases.append(state.phase)
        if len(phases) == 3:
            run.stop()
    assert phases == ["loading", "compiling", "compiling", "finishing"]
    assert run.result.stop_reason is StopReason.STOPPED
    assert run.result.history == ()
    assert run.result.microstructure == finish(fields_at(50))


@pytest.mark.parametrize("stop_at", [None, 3])
@pytest.mark.parametrize(("descends", "kept"), [(True, -1), (False, 1)])
def test_the_lowest_step_is_the_result_where_an_optimizer_may_rise(run_of, descends, kept, stop_at):
    run, finish = run_of(Given([3.0, 1.0, 2.0, 1.5, 1.2], descends), max_iter=4)
    for state in run:
        if state.phase == "running" and state.iteration == stop_at:
            run.stop()
    last = stop_at or 4
    assert run.result.microstructure == finish(fields_at(last if kept < 0 else kept))
    assert state.iteration == last
    assert state.evaluations == last + 2  # and that of the binary result
    assert [record["iteration"] for record in run.result.history] == list(range(last + 1))
    assert run.result.stop_reason is (StopReason.STOPPED if stop_at else StopReason.MAX_ITER)


def test_the_last_finite_step_is_kept_even_if_it_is_not_the_lowest(run_of):
    run, finish = run_of(Given([3.0, 1.0, 2.0, math.nan], descends=False))
    list(run)
    assert run.result.stop_reason is StopReason.DIVERGED
    assert run.result.microstructure == finish(fields_at(2))


def test_match_is_characterize_and_reconstruct(slice_image, target):
    run = match_iter(slice_image, SHAPE, DESCRIPTORS, max_iter=2)
    for _ in run:
        pass
    again = reconstruct(target, SHAPE, max_iter=2)
    assert run.result.microstructure == again.microstructure


def test_result_carries_what_the_source_says(slice_image):
    run = match_iter(slice_image, SHAPE, DESCRIPTORS, max_iter=1)
    for _ in run:
        pass
    made = run.result.microstructure
    assert made.voxel_size == (0.5, 0.5, 0.5)
    assert made.unit == "um"
    assert made.periodic
    assert made.phase_values == (0, 1)


@pytest.mark.parametrize(
    ("shape", "message"),
    [
        ((12,), r"shape of 2 \(Y X\) or 3 \(Z Y X\) numbers, got 1"),
        ((2, 12, 12, 12), "got 4"),
        ((12, 12.5), "whole numbers"),
        ((12, 0, 12), "greater than 0"),
        ((12, -3, 12), "greater than 0"),
        ((12, 4, 12), "at least 5 pixels, the xy planes of the result have 4 x 12"),
        ((5000, 5000, 5000), "needs about .* TB, this machine has"),
    ],
)
def test_bad_shapes_are_refused_before_the_start(target, shape, message):
    with pytest.raises(InputError, match=message):
        reconstruct_iter(target, shape)


def test_a_result_worse_than_its_start_says_so(target):
    """Rounding may lose what the iterations gained."""
    template = reconstruct(target, SHAPE, max_iter=0).microstructure
    fields = np.full((1, *SHAPE), 0.5)

    def objective(fields):
        grey = np.asarray(fields).min() > 0
        return Evaluation(1.0 if grey else 2.0, {}, np.zeros_like(np.asarray(fields)))

    def prepare():
        return Plan(
            target, objective, fields, finisher(template, target.phase_fractions, 0), Adam()
        )

    run = Run(prepare, 1)
    list(run)
    assert "the result has a loss of 2, the start had 1" in run.result.notes[-1]


def test_a_run_that_changes_nothing_says_so(slice_image):
    options = {"descriptors": DESCRIPTORS, "shape": SHAPE}
    first = match(slice_image, max_iter=30, **options)
    assert not any("changed" in note for note in first.notes)
    halves = image_of_halves(slice_image)
    for start, iterations, changes in ((first.microstructure, 0, False), (halves, 9, True)):
        run = match_iter(slice_image, initial=start, max_iter=iterations, **options)
        for _ in run:
            pass
        made, notes = run.result.microstructure, run.notes
        assert np.array_equal(made.labels, start.labels) != changes
        assert ("no voxel has changed: give more iterations" in notes) != changes


def test_where_more_iterations_do_not_help_nothing_is_advised(slice_image):
    """An optimizer that ends by itself."""
    template = slice_image.with_labels(np.indices((4, 4)).sum(0) % 2)

    class Still:
        descends = True

        def iterate(self, objective, start, max_iter):
            yield Step(0, 1, 1.0, {}, start)

    finish = finisher(template, (0.5, 0.5), 0)
    start = template.fields()
    run = Run(
        lambda: Plan(None, lambda _: Evaluation(1.0, {}, None), start, finish, Still(),
                     initial=template), 5)  # fmt: skip
    for _ in run:
        pass
    assert run.result.stop_reason is StopReason.CONVERGED
    assert run.result.notes == ("no voxel has changed",)


def image_of_halves(image):
    """A volume of the phases of an image that is far from it."""
    return replace(image, voxel_size=(1.0,) * 3).with_labels(
        np.broadcast_to(np.arange(12)[:, None, None] < 6, SHAPE).astype(np.uint8)
    )
