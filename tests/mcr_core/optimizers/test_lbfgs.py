"""The projected L-BFGS on the device: against SciPy's on test problems, and at their edges."""

import math

import numpy as np
import pytest
from scipy.optimize import minimize

from mcr_core import characterize, reconstruct
from mcr_core.descriptors import Correlations
from mcr_core.optimizers import LBFGS, LBFGSB, Evaluation, registry
from mcr_core.optimizers.limited_memory import LimitedMemory, dot
from mcr_core.optimizers.projected_search import Point, search
from mcr_core.reconstruction import Plan, Run, StopReason

#: SciPy's number of evaluations times this is the most that a test problem may take.
FACTOR = 3


class Counted:
    """An objective of a function (vector) → (value, slope), in float64 or rounded to float32."""

    def __init__(self, function, dtype=np.float64):
        self.function, self.dtype, self.calls = function, dtype, 0

    def __call__(self, fields):
        self.calls += 1
        fields = np.asarray(fields)
        assert fields.dtype == self.dtype
        value, slope = self.function(fields.ravel().astype(np.float64))
        return Evaluation(float(value), {}, slope.reshape(fields.shape).astype(self.dtype))


def bowl(size=60):
    """Coupled quadratic with a part of its optimum outside of the box."""
    rng = np.random.default_rng(1)
    mixed = rng.normal(size=(size, size))
    matrix = mixed @ mixed.T / size + np.eye(size)
    centre = rng.normal(0.5, 0.7, size)
    return lambda x: (
        0.5 * (x - centre) @ matrix @ (x - centre) + 1,
        matrix @ (x - centre),
    )


def ill_conditioned(x):
    """Curvatures from 1 to 1000; every third optimum lies outside."""
    curvature = np.logspace(0, 3, 30)
    centre = np.tile([0.3, 0.8, 1.2], 10)
    return np.sum(curvature * (x - centre) ** 2), 2 * curvature * (x - centre)


def rosenbrock(x, upper=2.0):
    """The valley; its end lies in the box, or beyond a bound for `upper` below 1."""
    span = upper + 1
    x = x * span - 1
    value = np.sum(100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2)
    slope = np.zeros_like(x)
    slope[:-1] += -400 * x[:-1] * (x[1:] - x[:-1] ** 2) - 2 * (1 - x[:-1])
    slope[1:] += 200 * (x[1:] - x[:-1] ** 2)
    return value, span * slope


def bounded_rosenbrock(x):
    return rosenbrock(x, upper=0.8)


PROBLEMS = {
    "bowl": (bowl(), 60),
    "ill conditioned": (ill_conditioned, 30),
    "rosenbrock": (rosenbrock, 4),
    "rosenbrock at a bound": (bounded_rosenbrock, 4),
}


@pytest.mark.parametrize("name", PROBLEMS)
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_finds_what_scipy_finds(name, dtype):
    function, size = PROBLEMS[name]
    start = np.full((1, 2, size // 2), 0.4, dtype)
    objective = Counted(function, dtype)
    steps = list(LBFGS(tolerance=1e-14).iterate(objective, start, 300))
    theirs = minimize(
        function,
        start.ravel(),
        jac=True,
        method="L-BFGS-B",
        bounds=[(0, 1)] * size,
        options={"maxiter": 300, "ftol": 1e-14 if dtype == np.float64 else 1e-8, "gtol": 0},
    )
    single = dtype == np.float32
    fields = np.asarray(steps[-1].fields)
    assert fields.dtype == dtype
    np.testing.assert_allclose(fields.ravel(), theirs.x, atol=2e-3 if single else 1e-5)
    assert steps[-1].loss == pytest.approx(theirs.fun, rel=1e-6, abs=1e-5 if single else 1e-9)
    near = next(s for s in steps if s.loss <= theirs.fun + 1e-4)
    assert near.evaluations <= FACTOR * theirs.nfev
    assert steps[-1].evaluations <= objective.calls


@pytest.mark.parametrize("name", ["bowl", "ill conditioned", "rosenbrock at a bound"])
def test_bounds_hold_exactly_where_the_slope_points_outwards(name):
    function, size = PROBLEMS[name]
    steps = list(LBFGS(tolerance=0).iterate(Counted(function), np.full((1, 1, size), 0.4), 300))
    x = np.asarray(steps[-1].fields).ravel()
    slope = function(x)[1]
    held = (x == 0) | (x == 1)
    assert 0 < held.sum() < size
    assert (slope[x == 0] >= 0).all()
    assert (slope[x == 1] <= 0).all()
    assert np.abs(slope[~held]).max() < 1e-5 * np.abs(function(np.full(size, 0.4))[1]).max()


@pytest.mark.parametrize("name", PROBLEMS)
def test_only_descends_and_counts(name):
    function, size = PROBLEMS[name]
    objective = Counted(function)
    seen = []
    for step in LBFGS().iterate(objective, np.full((1, 1, size), 0.4), 40):
        assert step.evaluations == objective.calls
        assert step.loss == function(np.asarray(step.fields).ravel())[0]
        seen.append(step)
    losses = [s.loss for s in seen]
    assert (np.diff(losses) < 0).all()
    assert [s.iteration for s in seen] == list(range(len(seen)))
    spent = np.diff([s.evaluations for s in seen])
    assert spent.min() >= 1
    assert len(seen) > 5


def test_line_search_has_a_limit():
    objective = Counted(rosenbrock)
    start = np.full((1, 1, 4), 0.4)
    for step in LBFGS(max_line_search=2).iterate(objective, start, 10):
        # The model may have to be dropped: two searches within an iteration, then.
        assert step.evaluations <= 1 + 4 * step.iteration


def test_tolerance_is_a_part_of_the_first_loss():
    start = np.full((1, 1, 30), 0.4)
    steps = list(LBFGS(tolerance=1e-3).iterate(Counted(ill_conditioned), start, 300))
    gains = -np.diff([s.loss for s in steps]) / steps[0].loss
    assert gains[-1] <= 1e-3
    assert (gains[:-1] > 1e-3).all()


@pytest.mark.parametrize("wrong", [math.nan, math.inf])
@pytest.mark.parametrize("call", [1, 2, 4])
def test_a_loss_that_is_no_number_is_the_last_step(wrong, call):
    objective = Counted(rosenbrock)

    def spoilt(fields):
        found = objective(fields)
        return Evaluation(wrong, {}, found.gradient) if objective.calls == call else found

    steps = list(LBFGS().iterate(spoilt, np.full((1, 1, 4), 0.4), 20))
    np.testing.assert_equal(steps[-1].loss, wrong)
    assert all(math.isfinite(s.loss) for s in steps[:-1])
    assert objective.calls == call


@pytest.mark.parametrize("call", [1, 3])
def test_a_gradient_that_is_no_number_ends_like_a_loss(call):
    objective = Counted(bowl())

    def spoilt(fields):
        found = objective(fields)
        wrong = np.full_like(found.gradient, math.nan)
        return Evaluation(found.loss, {}, wrong) if objective.calls == call else found

    steps = list(LBFGS().iterate(spoilt, np.full((1, 1, 60), 0.4), 20))
    assert math.isnan(steps[-1].loss)
    assert objective.calls == call


def test_a_run_that_diverges_says_so(slice_image):
    target = characterize(slice_image, [Correlations(limit_to=3)])
    objective = Counted(rosenbrock)

    def spoilt(fields):
        found = objective(np.asarray(fields, np.float64))
        return Evaluation(math.nan, {}, found.gradient) if objective.calls == 3 else found

    start = np.full((1, 32, 32), 0.4)
    plan = Plan(target, spoilt, start, lambda _: slice_image, LBFGS())
    run = Run(lambda: plan, 20)
    states = list(run)
    assert run.result.stop_reason is StopReason.DIVERGED
    assert math.isfinite(states[-2].loss)


@pytest.mark.parametrize("start", [0.0, 1.0])
def test_a_corner_where_all_bounds_hold_is_the_end(start):
    def uphill(fields):
        slope = np.full(fields.shape, 1.0 if start == 0 else -1.0)
        return Evaluation(1.0 + float(np.sum(slope * np.asarray(fields))), {}, slope)

    steps = list(LBFGS().iterate(uphill, np.full((1, 2, 3), start), 10))
    assert [s.iteration for s in steps] == [0]


def test_a_linear_loss_ends_in_a_corner():
    slope = np.array([1.0, -2.0, 0.5, -0.01]).reshape(1, 2, 2)
    steps = list(
        LBFGS(tolerance=0).iterate(
            lambda x: Evaluation(float(np.sum(slope * np.asarray(x))) + 3, {}, slope),
            np.full((1, 2, 2), 0.5),
            50,
        )
    )
    np.testing.assert_array_equal(steps[-1].fields, (slope < 0).astype(float))


def test_integers_are_fields_too():
    start = np.zeros((1, 1, 4), np.uint8)
    steps = list(LBFGS().iterate(Counted(rosenbrock, np.float32), start, 5))
    assert steps[-1].loss < steps[0].loss


def test_fields_stay_tensors():
    import tensorflow as tf

    for step in LBFGS().iterate(Counted(bowl()), np.full((1, 1, 60), 0.4), 3):
        assert isinstance(step.fields, tf.Tensor)


@pytest.mark.parametrize(("size", "pairs"), [(50, 3), (50, 9), (70_000, 4)])
def test_model_is_the_textbook_hessian(size, pairs):
    """Dense BFGS updates from θ I, restricted to the free voxels, against the compact form."""
    import tensorflow as tf

    rng = np.random.default_rng(2)
    curvature = rng.uniform(1, 5, size)
    memory = LimitedMemory(5, size, tf.float64)
    kept = []
    for _ in range(pairs):
        step = rng.normal(size=size)
        kept.append((step, curvature * step + 0.1 * np.roll(step, 1)))
        memory.learn(*(tf.constant(v.reshape(1, -1, 10)) for v in kept[-1]))
    assert len(memory) == min(5, pairs)
    step, change = kept[-1]
    theta = change @ change / (step @ change)
    gradient, free = rng.normal(size=size), rng.random(size) < 0.7
    found = memory.newton(
        tf.constant(gradient.reshape(1, -1, 10)), tf.constant(1.0 * free.reshape(1, -1, 10))
    )
    found = np.asarray(found).ravel()
    assert (found[~free] == 0).all()
    # B times the direction must be minus the gradient on the free voxels; B as rank-two updates.
    updates = []

    def times(vector):
        product = theta * vector
        for image, s, y in updates:
            product = product - image * (image @ vector) / (s @ image) + y * (y @ vector) / (s @ y)
        return product

    for s, y in kept[-5:]:
        updates.append((times(s), s, y))
    np.testing.assert_allclose(times(found)[free], -gradient[free], atol=1e-8)


def test_a_pair_without_curvature_is_skipped():
    import tensorflow as tf

    memory = LimitedMemory(5, 4, tf.float64)
    step = tf.constant([[[1.0, 2.0, 0.0, 1.0]]], tf.float64)
    memory.learn(step, -step)
    memory.learn(step, tf.constant([[[2.0, -1.0, 5.0, 0.0]]], tf.float64))
    memory.learn(step, 0 * step)
    memory.learn(0 * step, 0 * step)
    assert len(memory) == 0
    memory.learn(step, 2 * step)
    assert len(memory) == 1
    memory.forget()
    assert len(memory) == 0


def test_sums_are_better_than_float32():
    import tensorflow as tf

    ones = tf.fill([1, 400, 200, 250], np.float32(0.1))
    assert float(dot(ones, ones)) == pytest.approx(2e7 * float(np.float32(0.1)) ** 2, rel=2e-7)


def _point(x, function):
    import tensorflow as tf

    value, slope = function(np.asarray(x))
    known = Evaluation(float(value), {}, None)
    return Point(tf.constant(x, tf.float64), float(value), tf.constant(slope, tf.float64), known)


@pytest.mark.parametrize(("length", "calls"), [(1.0, 1), (0.01, 3), (40.0, 4)])
def test_search_makes_steps_longer_and_shorter(length, calls):
    tried = []

    def parabola(x):
        return np.sum((x - 0.6) ** 2), 2 * (x - 0.6)

    def evaluate(x):
        tried.append(x)
        return _point(x, parabola)

    origin = _point(np.array([[0.55, 0.5]]), parabola)
    found = search(evaluate, origin, -0.4 * length * origin.gradient, 20, (0.0, 1.0))
    assert found.value < 0.5 * origin.value
    assert len(tried) <= calls


def test_search_finds_nothing_uphill():
    origin = _point(np.array([[0.5, 0.5]]), lambda x: (np.sum(x**2), 2 * x))
    evaluate = lambda x: _point(x, lambda y: (np.sum(y**2), 2 * y))  # noqa: E731
    assert search(evaluate, origin, origin.gradient, 6, (0.0, 1.0)) is None
    assert search(evaluate, origin, 0 * origin.gradient, 6, (0.0, 1.0)) is None


def test_reconstruction_reaches_the_loss_of_scipy(slice_image):
    target = characterize(slice_image, [Correlations(limit_to=4)])
    ours, theirs, again = (
        reconstruct(target, (32, 32), optimizer=optimizer, max_iter=100, seed=3)
        for optimizer in (LBFGS(), LBFGSB(), LBFGS())
    )
    assert ours.history[-1]["loss"] < 1.5 * theirs.history[-1]["loss"]
    assert ours.history[-1]["evaluations"] < 2 * theirs.history[-1]["evaluations"]
    assert [s["loss"] for s in ours.history] == [s["loss"] for s in again.history]
    np.testing.assert_array_equal(ours.microstructure.labels, again.microstructure.labels)


def test_is_asked_for_by_name():
    plugin = registry.create({"name": "lbfgs", "options": {"history": 4}})
    assert plugin == LBFGS(history=4)
    assert plugin.copies() < LBFGSB(history=4).copies() / 2
