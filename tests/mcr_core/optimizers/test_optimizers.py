"""Every gradient optimizer lowers test problems, stays in the box, and leaves nothing behind."""

import threading

import numpy as np
import pytest

from mcr_core import characterize, reconstruct
from mcr_core.descriptors import Correlations
from mcr_core.optimizers import (
    LBFGSB,
    SGD,
    TNC,
    Evaluation,
    RMSprop,
    gradient_free,
    registry,
)
from mcr_core.optimizers.keras_family import KerasOptimizer

#: Iterations that an optimizer gets for the quadratic problem.
ITERATIONS = {
    "adadelta": 400,
    "adagrad": 400,
    "adam": 400,
    "adamax": 400,
    "lbfgs": 60,
    "lbfgsb": 60,
    "nadam": 400,
    "rmsprop": 400,
    "sgd": 400,
    "tnc": 60,
}
KERAS = [name for name in ITERATIONS if issubclass(registry.get(name), KerasOptimizer)]


class Quadratic:
    """Σ k (x − c)², with part of the optimum outside of the box."""

    centre = np.array([0.2, 0.9, 1.5, -0.5, 0.5, 0.33]).reshape(1, 2, 3)
    curvature = np.array([1.0, 30.0, 2.0, 1.0, 0.3, 5.0]).reshape(1, 2, 3)
    optimum = np.clip(centre, 0, 1)

    def __init__(self):
        self.calls = 0
        self.threads = set()

    def __call__(self, fields):
        self.calls += 1
        self.threads.add(threading.current_thread())
        difference = np.asarray(fields) - self.centre
        loss = float(np.sum(self.curvature * difference**2))
        return Evaluation(loss, {"only": loss}, 2 * self.curvature * difference)


def _mcr_threads():
    return [t for t in threading.enumerate() if t.name.startswith("mcr-")]


def test_every_optimizer_has_a_row():
    gradient = [name for name in registry.names() if registry.get(name).needs_gradient]
    assert sorted(ITERATIONS) == gradient
    assert sorted([*gradient, *gradient_free()]) == registry.names()
    assert len(KERAS) == 7


@pytest.mark.parametrize("name", ITERATIONS)
def test_has_a_reference_and_documented_options(name):
    plugin = registry.get(name)
    assert plugin.reference
    assert plugin.summary().endswith(".")
    assert plugin.model_fields
    assert all(field.description for field in plugin.model_fields.values())
    assert registry.create(plugin().spec()) == plugin()


@pytest.mark.parametrize("name", ITERATIONS)
def test_finds_the_minimum_in_the_box(name):
    problem = Quadratic()
    start = np.full((1, 2, 3), 0.5)
    kept = start.copy()
    steps = list(registry.create(name).iterate(problem, start, ITERATIONS[name]))
    np.testing.assert_array_equal(start, kept)
    np.testing.assert_allclose(steps[-1].fields, problem.optimum, atol=0.01)
    assert all(
        (np.asarray(s.fields) >= 0).all() and (np.asarray(s.fields) <= 1).all() for s in steps
    )
    assert [s.iteration for s in steps] == list(range(len(steps)))
    assert steps[-1].evaluations == problem.calls
    assert problem.threads == {threading.main_thread()}
    assert not _mcr_threads()


@pytest.mark.parametrize("name", ITERATIONS)
def test_step_has_the_loss_of_its_fields(name):
    for step in registry.create(name).iterate(Quadratic(), np.full((1, 2, 3), 0.4), 6):
        assert step.loss == pytest.approx(Quadratic()(step.fields).loss, rel=1e-5)
        assert step.parts == {"only": step.loss}


@pytest.mark.parametrize("name", ITERATIONS)
@pytest.mark.parametrize("taken", [0, 1, 3])
def test_closing_early_leaves_no_thread(name, taken):
    steps = registry.create(name).iterate(Quadratic(), np.full((1, 2, 3), 0.5), 50)
    for _ in range(taken):
        next(steps)
    steps.close()
    assert not _mcr_threads()


@pytest.mark.parametrize("name", ITERATIONS)
def test_zero_iterations_are_the_start_alone(name):
    steps = list(registry.create(name).iterate(Quadratic(), np.full((1, 2, 3), 0.5), 0))
    assert [s.iteration for s in steps] == [0]


@pytest.mark.parametrize("name", ITERATIONS)
def test_an_error_of_the_objective_reaches_the_consumer(name):
    problem = Quadratic()

    def failing(fields):
        if problem.calls == 3:
            raise ZeroDivisionError("here")
        return problem(fields)

    with pytest.raises(ZeroDivisionError, match="here"):
        list(registry.create(name).iterate(failing, np.full((1, 2, 3), 0.5), 50))
    assert not _mcr_threads()


@pytest.mark.parametrize("name", ITERATIONS)
def test_max_iter_counts_iterations(name):
    problem = Quadratic()
    steps = list(registry.create(name).iterate(problem, np.full((1, 2, 3), 0.4), 2))
    assert [s.iteration for s in steps] == [0, 1, 2]
    assert steps[-1].evaluations == problem.calls >= 3


@pytest.mark.parametrize("name", ITERATIONS)
def test_twice_the_same_bits(name):
    first, second = (
        [s.fields for s in registry.create(name).iterate(Quadratic(), np.full((1, 2, 3), 0.4), 9)]
        for _ in range(2)
    )
    np.testing.assert_array_equal(first, second)


@pytest.mark.parametrize("name", ITERATIONS)
def test_the_size_of_the_loss_does_not_matter(name):
    """The gradient of one voxel in a mean over a million is as small as this."""

    def small(fields):
        found = Quadratic()(fields)
        return Evaluation(found.loss * 2**-20, {}, found.gradient * 2**-20)

    runs = [
        [s.fields for s in registry.create(name).iterate(problem, np.full((1, 2, 3), 0.4), 9)]
        for problem in (Quadratic(), small)
    ]
    np.testing.assert_allclose(*runs, atol=1e-4)
    assert np.abs(runs[0][-1] - runs[0][0]).max() > 0.01


@pytest.mark.parametrize("name", ITERATIONS)
def test_a_flat_loss_ends_where_it_starts(name):
    start = np.full((1, 2, 3), 0.4)
    flat = Evaluation(1.0, {}, np.zeros_like(start))
    for step in registry.create(name).iterate(lambda _: flat, start, 3):
        np.testing.assert_allclose(step.fields, start, atol=1e-12)


@pytest.mark.parametrize(("parametrization", "factor"), [("simplex", 2), ("box", 4)])
@pytest.mark.parametrize("name", ITERATIONS)
def test_lowers_the_loss_of_a_reconstruction_from_noise(name, parametrization, factor, slice_image):
    target = characterize(slice_image, [Correlations(limit_to=3)])
    result = reconstruct(
        target,
        (16, 16),
        optimizer=name,
        start="noise",
        max_iter=40,
        parametrization=parametrization,
    )
    losses = [state["loss"] for state in result.history]
    assert losses[-1] < losses[0] / factor


def test_table_of_keras_says_how_many_moments():
    import keras
    import tensorflow as tf

    for name, kept in {**dict.fromkeys(KERAS, None), "rmsprop": RMSprop(momentum=0.5)}.items():
        plugin = kept or registry.create(name)
        method = getattr(keras.optimizers, plugin.method.keras)(**plugin.model_dump())
        method.build([tf.Variable(np.zeros(100))])
        moments = [v for v in method.variables if v.shape == (100,)]
        assert len(moments) == plugin.method.moments
        assert plugin.copies() >= (len(moments) + 2) / 2


def test_sgd_steps_are_in_field_values():
    start = np.full((1, 2, 3), 0.4)
    slope = Quadratic()(start).gradient
    steps = list(SGD(learning_rate=0.01, momentum=0).iterate(Quadratic(), start, 2))
    size = np.sqrt(np.mean(slope**2))
    np.testing.assert_allclose(steps[1].fields, start - 0.01 * slope / size, rtol=1e-6)
    # The divisor of the first step stays.
    later = Quadratic()(steps[1].fields).gradient
    np.testing.assert_allclose(steps[2].fields, steps[1].fields - 0.01 * later / size, rtol=1e-6)


def rosenbrock(x):
    """Value and slope, with the valley inside of the box."""
    x = np.asarray(x).ravel() * 3 - 1
    value = np.sum(100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2)
    slope = np.zeros_like(x)
    slope[:-1] += -400 * x[:-1] * (x[1:] - x[:-1] ** 2) - 2 * (1 - x[:-1])
    slope[1:] += 200 * (x[1:] - x[:-1] ** 2)
    return value, 3 * slope


@pytest.mark.parametrize(
    ("optimizer", "method", "options"),
    [
        (LBFGSB(tolerance=0), "L-BFGS-B", {"maxiter": 15, "ftol": 0, "gtol": 0}),
        (
            TNC(tolerance=0, conjugate_gradients=2),
            "TNC",
            {"maxCGit": 2, "ftol": 0, "gtol": 0, "xtol": 0, "maxfun": 10_000},
        ),
    ],
)
def test_equals_scipy(optimizer, method, options):
    from scipy.optimize import minimize

    calls = 0

    def objective(fields):
        nonlocal calls
        calls += 1
        value, slope = rosenbrock(fields)
        return Evaluation(value, {}, slope.reshape(fields.shape))

    start = np.full((1, 4), 0.4)
    ours = list(optimizer.iterate(objective, start, 15))
    assert ours[-1].evaluations == calls > 15
    value, slope = rosenbrock(start)
    # The root mean square of its first step, or a value of 1.
    scale = 0.1 / np.sqrt(np.mean(slope**2)) if method == "L-BFGS-B" else 1 / value
    seen = []
    minimize(
        lambda x: tuple(scale * part for part in rosenbrock(x)),
        start.ravel(),
        jac=True,
        method=method,
        bounds=[(0, 1)] * 4,
        callback=lambda x: seen.append(x.copy()),
        options=options,
    )
    assert len(ours) == 16
    np.testing.assert_array_equal([s.fields.ravel() for s in ours[1:]], seen[:15])


def test_the_first_step_changes_the_fields_whatever_the_scale():
    """A mean over many voxels has a small gradient: SciPy alone would take as small a step."""
    start = np.full((1, 4), 0.4)

    def first_step(factor):
        def objective(fields):
            value, slope = rosenbrock(fields)
            return Evaluation(factor * value, {}, factor * slope.reshape(fields.shape))

        before, after, *_ = LBFGSB().iterate(objective, start, 1)
        assert after.loss < before.loss
        return after.fields

    small, large = first_step(1e-9), first_step(1e3)
    np.testing.assert_allclose(small, large, rtol=1e-9)
    assert np.abs(small - start).max() > 0.01


def test_ends_where_the_loss_falls_by_too_little_of_the_first():
    def objective(fields):
        value, slope = rosenbrock(fields)
        return Evaluation(value, {}, slope.reshape(fields.shape))

    losses = [s.loss for s in LBFGSB(tolerance=1e-3).iterate(objective, np.full((1, 4), 0.4), 99)]
    gains = -np.diff(losses)
    assert (gains[:-1] > 1e-3 * losses[0]).all()
    assert gains[-1] <= 1e-3 * losses[0]


def test_tnc_only_descends():
    """Points that it tries for curvature are no steps."""
    problem = Quadratic()
    steps = list(TNC().iterate(problem, np.full((1, 2, 3), 0.4), 30))
    for step in steps:
        assert step.loss == pytest.approx(Quadratic()(step.fields).loss, rel=1e-9)
    assert [s.loss for s in steps] == sorted((s.loss for s in steps), reverse=True)


def test_tnc_needs_no_more_than_the_precision_of_the_start():
    """Differences of a float32 objective: a step below its resolution would measure nothing."""

    def rounded(fields):
        found = Quadratic()(np.asarray(fields, np.float32))
        return Evaluation(float(np.float32(found.loss)), {}, np.float32(found.gradient))

    start = np.full((1, 2, 3), 0.5, np.float32)
    steps = list(TNC(conjugate_gradients=10).iterate(rounded, start, 60))
    np.testing.assert_allclose(steps[-1].fields, Quadratic.optimum, atol=1e-3)
