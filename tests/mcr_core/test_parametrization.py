"""Free variables whose fields sum to 1 and keep the phase fractions."""

import numpy as np
import pytest
import tensorflow as tf
from numpy.testing import assert_allclose

import mcr_core as mcr
from mcr_core.optimizers import LBFGSB, Adam
from mcr_core.optimizers.base import Evaluation, bounds_of
from mcr_core.parametrization import Simplex, SimplexSteps

FRACTIONS = {1: (0.7, 0.3), 3: (0.2, 0.5, 0.3), 4: (0.05, 0.05, 0.6, 0.3)}


class Distance:
    """Σ w (x − wanted)², with its gradient, of arrays or tensors."""

    def __init__(self, wanted, weights):
        self.wanted, self.weights = wanted, weights

    def __call__(self, fields):
        residual = np.asarray(fields) - self.wanted
        loss = float(np.sum(self.weights * residual**2))
        return Evaluation(loss, {"distance": loss}, 2 * self.weights * residual)


def draw(count, seed=0, shape=(3, 4, 5)):
    return np.random.default_rng(seed).normal(0, 0.5, (count, *shape))


@pytest.mark.parametrize("count", FRACTIONS)
def test_fields_lie_in_the_simplex_and_keep_the_fractions(count):
    fields = Simplex(FRACTIONS[count]).fields(draw(count))
    assert fields.min() > 0
    assert fields.max() < 1
    wanted = FRACTIONS[count][1:] if count == 1 else FRACTIONS[count]
    assert_allclose(fields.mean((1, 2, 3)), wanted, atol=1e-6)
    if count > 1:
        assert_allclose(fields.sum(0), 1, atol=1e-12)


@pytest.mark.parametrize("count", FRACTIONS)
@pytest.mark.parametrize("scale", [0.01, 1, 30])
def test_fractions_are_kept_of_any_variables(count, scale):
    fields = Simplex(FRACTIONS[count]).fields(scale * draw(count, 1, (12, 12, 12)) + 3.0)
    wanted = FRACTIONS[count][1:] if count == 1 else FRACTIONS[count]
    assert_allclose(
        fields.mean((1, 2, 3)), wanted, atol=2e-3 if scale == 30 and count > 1 else 1e-8
    )


def test_fractions_are_kept_where_the_start_has_others():
    labels = np.random.default_rng(7).choice(3, size=(48, 48), p=(0.02, 0.96, 0.02))
    start = np.stack([labels == phase for phase in range(3)]).astype(np.float64)
    simplex = Simplex((0.35, 0.35, 0.3))
    assert_allclose(simplex.fields(simplex.variables(start)).mean((1, 2)), (0.35, 0.35, 0.3))


@pytest.mark.parametrize("count", FRACTIONS)
def test_gradient_against_central_differences(count):
    simplex, variables = Simplex(FRACTIONS[count]), draw(count)
    rng = np.random.default_rng(2)
    objective = Distance(rng.random(variables.shape), rng.random(variables.shape))
    fields = simplex.fields(variables)
    slope = simplex.gradient(fields, objective(fields).gradient)
    step = 1e-5
    for _ in range(12):
        place = tuple(rng.integers(variables.shape))
        ends = []
        for sign in (1, -1):
            moved = variables.copy()
            moved[place] += sign * step
            ends.append(objective(simplex.fields(moved)).loss)
        assert_allclose(slope[place], (ends[0] - ends[1]) / (2 * step), rtol=1e-4, atol=1e-8)


@pytest.mark.parametrize("count", FRACTIONS)
def test_tensors_give_what_arrays_give(count):
    simplex, variables = Simplex(FRACTIONS[count]), draw(count).astype(np.float32)
    fields = simplex.fields(variables)
    tensor = simplex.fields(tf.constant(variables))
    assert tensor.dtype == tf.float32
    assert fields.dtype == np.float32
    assert_allclose(tensor.numpy(), fields, atol=1e-5)
    slope = np.random.default_rng(3).random(fields.shape).astype(np.float32)
    found = simplex.gradient(tensor, tf.constant(slope))
    assert_allclose(found.numpy(), simplex.gradient(fields, slope), atol=1e-5)


@pytest.mark.parametrize("count", FRACTIONS)
def test_variables_of_fields_give_them_back(count):
    simplex = Simplex(FRACTIONS[count])
    fields = simplex.fields(0.5 * draw(count, 4))
    inside = np.clip(fields, 0.02, 0.98)  # a start is kept that far from 0 and 1
    again = simplex.fields(simplex.variables(fields))
    assert np.abs(again - inside).max() < 0.05


def test_variables_of_binary_fields_are_finite_and_can_move():
    fields = np.array([[0.0, 1.0, 1.0, 0.0]])[:, None]
    simplex = Simplex((0.5, 0.5))
    variables = simplex.variables(fields)
    assert np.isfinite(variables).all()
    assert np.abs(simplex.gradient(simplex.fields(variables), fields - 0.3)).max() > 1e-3


@pytest.mark.parametrize("optimizer", [LBFGSB(), Adam(learning_rate=0.1)])
@pytest.mark.parametrize("count", [1, 3])
def test_an_optimizer_finds_fields_in_the_simplex(optimizer, count):
    simplex = Simplex(FRACTIONS[count])
    wanted = simplex.fields(0.5 * draw(count, 5))
    objective = Distance(wanted, np.ones_like(wanted))
    steps = list(SimplexSteps(optimizer, simplex).iterate(objective, 0 * wanted + 0.5, 200))
    assert steps[-1].loss < 3e-3 * steps[0].loss
    assert_allclose(steps[-1].fields, wanted, atol=0.1)
    assert steps[-1].loss == pytest.approx(objective(steps[-1].fields).loss, rel=1e-3)


def test_closing_the_steps_closes_those_of_the_optimizer():
    closed = []

    class Endless:
        descends = True

        def iterate(self, objective, start, max_iter):
            assert bounds_of(objective) == (-1.5, 1.5)
            try:
                while True:
                    yield from ()
                    yield _step(start)
            finally:
                closed.append(True)

    steps = SimplexSteps(Endless(), Simplex((0.5, 0.5))).iterate(None, np.full((1, 2, 2), 0.5), 9)
    next(steps)
    steps.close()
    assert closed == [True]


def _step(fields):
    from mcr_core.optimizers.base import Step

    return Step(0, 1, 0.0, {}, fields)


@pytest.mark.parametrize("parametrization", ["simplex", "box"])
@pytest.mark.parametrize("values", [(0, 1), (0, 1, 2)])
def test_runs_of_both_kinds_lower_the_loss(parametrization, values):
    rng = np.random.default_rng(6)
    smooth = np.add.reduce(
        [np.roll(rng.normal(size=(24, 24)), s, a) for s in (0, 1) for a in (0, 1)]
    )
    labels = np.digitize(smooth, np.quantile(smooth, np.linspace(0, 1, len(values) + 1)[1:-1]))
    image = mcr.Microstructure.from_array(labels, periodic=True)
    result = mcr.match(
        image,
        (24, 24),
        ["two_point", "variation"],
        limit_to=4,
        max_iter=30,
        start="noise",
        parametrization=parametrization,
    )
    first, last = result.history[0], result.history[-1]
    assert last["loss"] < 0.1 * first["loss"]
    assert ("phase sum" in last["parts"]) == (parametrization == "box" and len(values) > 2)
    assert_allclose(result.microstructure.phase_fractions, image.phase_fractions, atol=1 / 576)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("fraction", [0.001, 0.3, 0.999])
@pytest.mark.parametrize("make", ["two values", "one value", "wide"])
def test_two_phases_keep_the_fraction_of_saturated_variables(make, fraction, dtype):
    rng = np.random.default_rng(8)
    variables = {
        "two values": lambda: np.where(rng.random((1, 32, 32)) < 0.5, 30.0, -30.0),
        "one value": lambda: np.full((1, 32, 32), 30.0),
        "wide": lambda: rng.normal(0, 30, (1, 32, 32)),
    }[make]()
    fields = Simplex((1 - fraction, fraction)).fields(variables.astype(dtype))
    assert fields.mean() == pytest.approx(fraction, abs=2e-6)


@pytest.mark.parametrize("count", [1, 3])
@pytest.mark.parametrize("optimizer", [LBFGSB(), Adam(learning_rate=0.1)])
def test_no_voxel_is_frozen(optimizer, count):
    """Asked for the opposite of what is nearly binary, all voxels turn."""
    simplex = Simplex(np.full(2 if count == 1 else count, 1 / (2 if count == 1 else count)))
    rng = np.random.default_rng(6)
    labels = rng.permutation(np.arange(6**3) % max(2, count)).reshape(6, 6, 6)
    crisp = np.stack([labels == phase for phase in range(max(2, count))]).astype(np.float64)
    fields, wanted = (crisp[1:], crisp[:1]) if count == 1 else (crisp, np.roll(crisp, 1, 0))
    objective = Distance(wanted, np.ones_like(wanted))
    away = list(
        SimplexSteps(optimizer, simplex).iterate(Distance(fields, np.ones_like(fields)), fields, 50)
    )
    back = list(SimplexSteps(optimizer, simplex).iterate(objective, away[-1].fields, 200))
    np.testing.assert_allclose(back[-1].fields, wanted, atol=0.05)


def test_a_rare_phase_is_reached_within_the_bounds():
    fields = np.zeros((1, 10, 10, 10), np.float32)
    fields[0, 0, 0, :2] = 1
    simplex = Simplex([0.998, 0.002])
    variables = np.where(fields > 0, 1.5, -1.5).astype(np.float32)
    found = simplex.fields(variables)
    assert found.mean() == pytest.approx(0.002, abs=3e-6)
    assert found[0, 0, 0, 0] > 0.9
    assert np.abs(simplex.variables(fields)).max() <= 1.5
