"""What an optimizer moves: the phase fields themselves, or free variables that give exact ones."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import closing
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import numpy.typing as npt

from mcr_core.optimizers.base import Evaluation, Objective, Optimizer, Step

Numbers = npt.NDArray[np.float64]

#: Where a field is 1/2, a step of a variable is a step of the field of the same size.
_SLOPE = 4.0
#: Fields of a start are taken as so far from 0 and 1 at least: variables at infinity never move.
_MARGIN = 0.02
#: Variables stay within: beyond, a field is so near 0 or 1 that its gradient is 0, and it would
#: never move again. Fields of 0.0025 and 0.9975 are reached.
_REACH = 1.5
#: Most Newton steps for the shifts that keep the fractions; a few do.
_MOST_STEPS = 50


class Simplex:
    """Fields that are at least 0 and sum to 1 at every voxel, with fractions that are kept.

    For two phases the field is the sigmoid 1 / (1 + exp(−4 (u + b))) of a variable u, for more the
    fields are softmax(4 (u + b)). The shifts b, one a phase, are those for which the means of the
    fields are the prescribed fractions; gradients take into account that they move. Variables
    are bounded, so that what is nearly binary can still change.

    Args:
        fractions: share of each phase.
    """

    def __init__(self, fractions: npt.ArrayLike) -> None:
        # A phase of no voxels would need a shift at infinity.
        shares = np.clip(np.asarray(fractions, np.float64), 1e-6, 1.0)
        self._fractions = shares / shares.sum()

    def variables(self, fields: Any) -> npt.NDArray[Any]:
        """Variables whose fields are nearly these, [F, (Z,) Y, X]."""
        start = np.clip(np.asarray(fields), _MARGIN, 1 - _MARGIN)
        others = 1 - start if len(start) == 1 else start.sum(0)
        logits = np.log(start / others)
        found: npt.NDArray[Any] = np.clip(logits / _SLOPE, -_REACH, _REACH).astype(start.dtype)
        return found

    def fields(self, variables: Any) -> Any:
        """Fields of variables; arrays of arrays, tensors of tensors."""
        xp = _functions(variables)
        exact = max(10 * float(np.finfo(_dtype(variables)).eps), 1e-10)
        if variables.shape[0] == 1:
            return _two_phases(variables, float(self._fractions[1]), exact, xp)
        axes = tuple(range(1, len(variables.shape)))
        shifts = np.zeros(len(self._fractions))
        error = np.inf
        for _ in range(_MOST_STEPS):
            shaped = shifts.reshape(-1, *[1] * len(axes)).astype(_dtype(variables))
            fields = _memberships(variables + shaped, xp)
            means = _numbers(xp.mean(fields, axes))
            missing = self._fractions - means
            if np.abs(missing).max() < exact:
                break
            # Far from the solution a whole step may overshoot.
            step = _solve(_moments(fields, xp) / np.prod(variables.shape[1:]), missing) / _SLOPE
            before, error = error, float(np.abs(missing).max())
            if error > before:
                # Steps by the ratio of the fractions (Sinkhorn's) are slower and always approach.
                step = np.log(self._fractions / np.maximum(means, 1e-30)) / _SLOPE
            shifts += np.clip(step, -1.0, 1.0)
        return fields

    def gradient(self, fields: Any, slope: Any) -> Any:
        """Gradient by the variables from that by their fields."""
        if isinstance(fields, np.ndarray) and len(fields) == 1:
            return _sigmoid_gradient(fields, slope)
        xp = _functions(fields)
        axes = tuple(range(1, len(fields.shape)))
        raw = _through(fields, slope, xp)
        # The shifts follow so that the means stay: this takes a constant a phase off the slope.
        moved = _solve(_moments(fields, xp), _numbers(xp.sum(raw, axes)))
        constant = moved.reshape(-1, *[1] * len(axes)).astype(_dtype(fields))
        return _SLOPE * (raw - _through(fields, constant, xp))


class SimplexSteps:
    """An optimizer that moves the variables of a simplex, seen as one that moves fields.

    Args:
        optimizer: what steps.
        simplex: the variables.
    """

    def __init__(self, optimizer: Optimizer, simplex: Simplex) -> None:
        self._optimizer = optimizer
        self._simplex = simplex

    @property
    def descends(self) -> bool:
        """See `Optimizer.descends`."""
        return self._optimizer.descends

    def iterate(self, objective: Objective, start: Any, max_iter: int) -> Generator[Step]:
        """Yield steps with fields; see `Optimizer.iterate`."""
        simplex = self._simplex
        steps = self._optimizer.iterate(
            _OfVariables(objective, simplex), simplex.variables(start), max_iter
        )
        with closing(steps):
            for step in steps:
                yield replace(step, fields=simplex.fields(step.fields))


class _OfVariables:
    """An objective of fields as one of variables."""

    bounds = (-_REACH, _REACH)

    def __init__(self, objective: Objective, simplex: Simplex) -> None:
        self._objective = objective
        self._simplex = simplex

    def __call__(self, fields: Any) -> Evaluation:
        """Evaluate at variables, which take the place of the fields."""
        inside = self._simplex.fields(_in_place(fields))
        found = self._objective(inside)
        return replace(found, gradient=self._simplex.gradient(inside, found.gradient))


def _in_place(values: Any) -> Any:
    """What lies in the memory of the host as an array: NumPy needs less of it than TensorFlow."""
    if isinstance(values, np.ndarray) or "GPU" in values.device:
        return values
    return np.asarray(values)


def _two_phases(variables: Any, wanted: float, exact: float, xp: Any) -> Any:
    """Fields with a mean, by Newton steps that stay in the interval where the shift must lie."""
    middle = float(np.log(wanted / (1 - wanted))) / _SLOPE
    low, high = middle - float(xp.max(variables)), middle - float(xp.min(variables))
    shift = min(max(0.0, low), high)
    number = _dtype(variables)
    for _ in range(_MOST_STEPS):
        fields = _memberships(variables + np.asarray(shift, number), xp)
        missing = wanted - float(xp.mean(fields))
        if abs(missing) < exact:
            break
        low, high = (shift, high) if missing > 0 else (low, shift)
        slope = _SLOPE * float(xp.mean(fields * (1.0 - fields)))
        step = shift + missing / slope if slope > 0 else np.inf
        shift = step if low < step < high else 0.5 * (low + high)
    return fields


def _sigmoid_gradient(fields: Any, slope: Any) -> Any:
    """What `Simplex.gradient` is for two phases, in place: volumes may fill the memory."""
    weight = 1.0 - fields
    weight *= fields
    result = weight * slope
    moved = np.sum(result, dtype=np.float64) / np.sum(weight, dtype=np.float64)
    weight *= weight.dtype.type(moved)
    result -= weight
    result *= weight.dtype.type(_SLOPE)
    return result


def _memberships(variables: Any, xp: Any) -> Any:
    """Fields of variables."""
    if variables.shape[0] == 1 and xp is np:
        from scipy import special

        logits = _SLOPE * variables
        return special.expit(logits, out=logits)
    if variables.shape[0] == 1:
        return 0.5 + 0.5 * xp.tanh(0.5 * _SLOPE * variables)
    powers = xp.exp(_SLOPE * (variables - xp.max(variables, 0)))
    return powers / xp.sum(powers, 0)


def _through(fields: Any, slope: Any, xp: Any) -> Any:
    """Derivative of the memberships: x (g − Σ x g), for two phases x (1 − x) g."""
    if fields.shape[0] == 1:
        return fields * (1.0 - fields) * slope
    return fields * (slope - xp.sum(fields * slope, 0))


def _moments(fields: Any, xp: Any) -> Numbers:
    """Σ over the voxels of ∂ x_p / ∂ logit_q = x_p (δ_pq − x_q), [F, F]."""
    axes = tuple(range(1, len(fields.shape)))
    count = fields.shape[0]
    if count == 1:
        alone: Numbers = _numbers(xp.sum(fields * (1.0 - fields), axes)).reshape(1, 1)
        return alone
    products: Numbers = np.array([_numbers(xp.sum(fields * fields[p], axes)) for p in range(count)])
    return np.diag(products.sum(1)) - products


def _solve(matrix: Numbers, right: Numbers) -> Numbers:
    """Solve a system that a shift of all phases alike may leave open."""
    found: Numbers = np.linalg.lstsq(matrix, right, rcond=1e-12)[0].astype(np.float64)
    return found


def _numbers(values: Any) -> Numbers:
    return np.asarray(values, np.float64).reshape(-1)


def _dtype(values: Any) -> Any:
    dtype = values.dtype
    return getattr(dtype, "as_numpy_dtype", dtype)


def _functions(values: Any) -> Any:
    """The functions of NumPy: for arrays, or, with the same names, for tensors."""
    if isinstance(values, np.ndarray):
        return np
    import tensorflow as tf

    return SimpleNamespace(
        exp=tf.exp,
        tanh=tf.tanh,
        sum=tf.reduce_sum,
        mean=tf.reduce_mean,
        max=tf.reduce_max,
        min=tf.reduce_min,
    )
