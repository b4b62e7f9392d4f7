"""The loss of a state under swaps is the loss of the objective at its fields."""

import math
from itertools import islice
from typing import ClassVar, final

import numpy as np
import pytest
import tensorflow as tf

from mcr_core import characterize
from mcr_core.descriptors import Correlations, Descriptor, TwoPoint, Variation
from mcr_core.descriptors.fft_correlations import FFTCorrelations
from mcr_core.descriptors.line_correlations import LineCorrelations
from mcr_core.descriptors.lineal_path import LinealPath
from mcr_core.errors import InputError
from mcr_core.losses import Loss
from mcr_core.microstructure import Microstructure
from mcr_core.objective import TargetObjective
from mcr_core.optimizers import Evaluation
from mcr_core.phases import exact_counts
from mcr_core.settings import Settings
from mcr_core.starts import Noise
from mcr_core.swaps.pairs import pairs
from mcr_core.swaps.state import swap_state
from mcr_core.swaps.whole_objective import any_state
from mcr_core.term import Term


@pytest.fixture(autouse=True)
def _not_compiled():
    """Compilation would take most of the time of these tests."""
    tf.config.run_functions_eagerly(True)
    yield
    tf.config.run_functions_eagerly(False)


@final
class Corners(Descriptor):
    """Share of pixels in the phase that are bright at two corners: NumPy only."""

    name: ClassVar[str] = "corners"
    differentiable: ClassVar[bool] = False

    def compute(self, image, valid):
        products = image[:, 1:, 1:] * image[:, :-1, :-1]
        return {"corners": products.mean(axis=(1, 2))[:, None]}


@final
class Cube(Loss):
    """A norm of somebody else."""

    name: ClassVar[str] = "cube"

    def compute(self, residual):
        return tf.reduce_sum(tf.abs(residual) ** 3, -1)


def _objective(source, terms, shape, **options):
    target = characterize(source, [term.descriptor for term in terms])
    return target, TargetObjective(target, terms, shape, Settings(dtype="float64", **options))


def _state(target, objective, shape):
    return _prepared(objective.swaps(Noise().fields(target, shape, 1)))


def _prepared(state):
    assert math.isnan(state.loss)
    for _ in state.prepare():
        pass
    return state


def _check(source, terms, shape, swaps=9, **options):
    """Accept and reject some swaps; the loss must follow."""
    target, objective = _objective(source, terms, shape, **options)
    state = _state(target, objective, shape)
    rng = np.random.default_rng(0)
    wanted = exact_counts(target.phase_fractions, int(np.prod(shape)))
    for rule in ("any", "neighbours"):
        for number, pair in enumerate(islice(pairs(state, rule, rng), swaps)):
            before, labels = state.loss, state.labels.copy()
            change = state.propose(*pair)
            np.testing.assert_array_equal(state.labels, labels)
            if number % 3 == 2:
                state.reject()
                assert state.loss == before
                continue
            state.accept()
            assert (state.labels != labels).sum() == 2
            followed = state.loss
            state.recount()
            # The sums of S3 are compared in float32: a change is that exact.
            assert followed == pytest.approx(state.loss, rel=1e-6)
            assert change == pytest.approx(state.loss - before, rel=1e-3, abs=1e-6 * before)
    expected = objective(state.fields())
    assert state.loss == pytest.approx(expected.loss, rel=1e-12)
    assert state.parts == pytest.approx(
        {name: part for name, part in expected.parts.items() if name != "phase sum"}, rel=1e-12
    )
    np.testing.assert_array_equal(np.bincount(state.labels.ravel(), minlength=len(wanted)), wanted)


@pytest.mark.parametrize("periodic", [True, False], ids=["periodic", "open"])
@pytest.mark.parametrize(
    "descriptor",
    [
        Correlations(limit_to=3),
        TwoPoint(limit_to=3),
        LineCorrelations(),
        LinealPath(limit_to=3),
        Variation(),
    ],
    ids=lambda d: d.name,
)
def test_two_phases_on_several_levels(slice_image, descriptor, periodic):
    term = Term(descriptor=descriptor, weight=2.0)
    _check(slice_image, [term], (12, 15), open_result=not periodic)


def test_three_phases_in_three_dimensions(three_phases):
    terms = [
        Term(descriptor=Correlations(limit_to=2), axis_weights=(1, 2, 0.5), block_weights=(3, 1)),
        Term(descriptor=TwoPoint(limit_to=2), level_weights=(1, 0.25)),
        Term(descriptor=LinealPath(limit_to=2), weight=0.1),
    ]
    _check(three_phases, terms, (4, 6, 5))


@pytest.mark.parametrize("loss", ["mse", "rms", "sse", "l1", "l2", Cube()], ids=str)
def test_every_loss(three_phases, loss):
    terms = [Term(descriptor=TwoPoint(limit_to=3)), Term(descriptor=Correlations(limit_to=2))]
    _check(three_phases, terms, (10, 11), loss=loss)


def test_lengths_that_target_and_result_share(slice_image):
    _check(slice_image, [Term(descriptor=LineCorrelations())], (14, 16))


def test_planes_are_evaluated_where_nothing_follows(three_phases):
    terms = [
        Term(descriptor=Corners(), weight=2.0, axis_weights=(1, 2, 3)),
        Term(descriptor=Correlations(limit_to=2, form="soft")),
    ]
    _check(three_phases, terms, (4, 5, 6), swaps=3, open_result=True)


@pytest.mark.parametrize("periodic", [True, False], ids=["periodic", "open"])
def test_means_over_planes(three_phases, periodic):
    """The mean of an axis follows where one or two of its planes change."""
    terms = [
        Term(descriptor=Correlations(limit_to=2), over="mean", block_weights=(3, 1)),
        Term(descriptor=TwoPoint(limit_to=2), over="mean", level_weights=(1, 0.25), weight=2.0),
        Term(descriptor=LinealPath(limit_to=2), over="mean", axis_weights=(1, 2, 0.5)),
        Term(descriptor=Variation(), over="mean"),
        Term(descriptor=TwoPoint(limit_to=3)),
    ]
    _check(three_phases, terms, (5, 6, 7), swaps=18, open_result=not periodic)


@pytest.mark.parametrize("loss", ["rms", "l1", Cube()], ids=str)
def test_means_over_planes_with_every_loss(three_phases, loss):
    term = Term(descriptor=TwoPoint(limit_to=3), over="mean")
    _check(three_phases, [term], (7, 6, 6), loss=loss)


def test_a_level_of_no_weight_is_left_out_of_means(slice_image):
    term = Term(descriptor=TwoPoint(limit_to=2), over="mean", level_weights=(1, 0, 2))
    _check(slice_image, [term], (12, 12, 13))


def test_means_of_planes_that_are_evaluated(three_phases):
    terms = [Term(descriptor=FFTCorrelations(), over="mean", weight=2, axis_weights=(1, 2, 3))]
    _check(three_phases, terms, (4, 5, 6), swaps=3, open_result=True)


def test_volumes_are_evaluated_as_a_whole():
    tf.config.run_functions_eagerly(False)
    source = Microstructure.from_array(np.random.default_rng(0).random((8, 8, 8)) < 0.4)
    descriptor = FFTCorrelations(domain="volume")
    _check(source, [Term(descriptor=descriptor), Term(descriptor=TwoPoint(limit_to=2))], (6, 7, 5))


def test_planes_are_prepared_one_by_one(three_phases):
    terms = [
        Term(descriptor=d) for d in (TwoPoint(limit_to=2), Corners(), Correlations(limit_to=2))
    ]
    terms += [Term(descriptor=d, over="mean") for d in (LinealPath(limit_to=2), FFTCorrelations())]
    target, objective = _objective(three_phases, terms, (4, 5, 6))
    state = objective.swaps(Noise().fields(target, (4, 5, 6), 1))
    assert sum(1 for _ in state.prepare()) == 5 * (4 + 5 + 6)
    loss = state.loss
    assert loss == pytest.approx(objective(state.fields()).loss, rel=1e-12)
    assert list(state.prepare()) == []  # again is nothing
    assert state.loss == loss


def test_start_gets_the_fractions_of_the_target(slice_image):
    target, objective = _objective(slice_image, [Term(descriptor=TwoPoint(limit_to=3))], (20, 20))
    state = objective.swaps(np.ones((1, 20, 20)))
    np.testing.assert_array_equal(
        np.bincount(state.labels.ravel()), exact_counts(target.phase_fractions, 400)
    )


def test_any_objective_is_evaluated_as_a_whole():
    weights = np.arange(12.0).reshape(1, 3, 4)

    def objective(fields):
        loss = float(np.sum(weights * fields))
        return Evaluation(loss, {"sum": loss}, None)

    start = np.zeros((1, 3, 4))
    start[0, 2] = 1.0
    state = _prepared(any_state(objective, start))
    assert state.parts == {"sum": 8.0 + 9 + 10 + 11}
    assert state.propose(11, 0) == -11.0
    state.reject()
    assert state.propose(8, 3) == -5.0
    state.accept()
    assert state.loss == objective(state.fields()).loss == 33.0


@pytest.mark.parametrize(
    ("term", "message"),
    [
        (
            Term(descriptor=TwoPoint(limit_to=3), level_weights=(1.0,)),
            "two_point has 3 levels here: expected as many",
        ),
        (
            Term(descriptor=Correlations(limit_to=3), block_weights=(1.0,)),
            r"has the blocks s2, s3: expected 2 block_weights, got 1",
        ),
    ],
)
def test_too_few_weights_say_so(slice_image, term, message):
    target = characterize(slice_image, [term.descriptor])
    start = Noise().fields(target, (20, 20), 1)
    state = swap_state(target, [term], (20, 20), Settings(), start)
    with pytest.raises(InputError, match=message):
        list(state.prepare())
