"""Every optimizer lowers test problems, stays in the box, and leaves nothing behind."""

import threading

import numpy as np
import pytest

from mcr_core.optimizers import Evaluation, registry
from mcr_core.optimizers.lbfgsb import LBFGSB

#: Iterations that an optimizer gets for the quadratic problem.
ITERATIONS = {"lbfgsb": 60, "adam": 400}


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
    assert sorted(ITERATIONS) == registry.names()


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


def test_lbfgsb_equals_scipy():
    from scipy.optimize import minimize

    def rosenbrock(x):
        x = np.asarray(x).ravel() * 3 - 1
        value = np.sum(100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2)
        slope = np.zeros_like(x)
        slope[:-1] += -400 * x[:-1] * (x[1:] - x[:-1] ** 2) - 2 * (1 - x[:-1])
        slope[1:] += 200 * (x[1:] - x[:-1] ** 2)
        return value, 3 * slope

    def objective(fields):
        value, slope = rosenbrock(fields)
        return Evaluation(value, {}, slope.reshape(fields.shape))

    start = np.full((1, 4), 0.4)
    ours = list(LBFGSB(tolerance=0).iterate(objective, start, 15))
    scale = 1 / rosenbrock(start)[0]
    seen = []
    minimize(
        lambda x: tuple(scale * part for part in rosenbrock(x)),
        start.ravel(),
        jac=True,
        method="L-BFGS-B",
        bounds=[(0, 1)] * 4,
        callback=lambda x: seen.append(x.copy()),
        options={"maxiter": 15, "ftol": 0, "gtol": 0},
    )
    np.testing.assert_array_equal([s.fields.ravel() for s in ours[1:]], seen)
