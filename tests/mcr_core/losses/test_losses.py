"""Losses against values computed by hand, and in NumPy against TensorFlow."""

from functools import partial
from typing import ClassVar

import numpy as np
import pytest
import tensorflow as tf

from mcr_core.losses import Loss, registry

#: Loss of the rows (3, −4, 0, 0), (1, 1, 1, 1) and (0, 0, 0, 0), by hand.
ROWS = [[3.0, -4.0, 0.0, 0.0], [1.0, 1.0, 1.0, 1.0], [0.0, 0.0, 0.0, 0.0]]
BY_HAND = {
    "l1": [7.0, 4.0, 0.0],
    "l2": [5.0, 2.0, 0.0],
    "mse": [6.25, 1.0, 0.0],
    "rms": [2.5, 1.0, 0.0],
    "sse": [25.0, 4.0, 0.0],
}


def test_every_loss_has_a_row():
    assert sorted(BY_HAND) == registry.names()


@pytest.mark.parametrize("name", BY_HAND)
def test_by_hand(name):
    found = registry.create(name).compute(tf.constant(ROWS, tf.float64))
    np.testing.assert_allclose(found, BY_HAND[name])


@pytest.mark.parametrize("name", BY_HAND)
def test_gradient_is_zero_where_the_residual_is(name):
    rows = tf.constant(ROWS, tf.float64)
    with tf.GradientTape() as tape:
        tape.watch(rows)
        value = registry.create(name).compute(rows)
    gradient = tape.gradient(value, rows).numpy()
    assert np.isfinite(gradient).all()
    np.testing.assert_array_equal(gradient[2], 0)


@pytest.mark.parametrize("name", BY_HAND)
def test_gradient_is_finite_difference(name):
    rng = np.random.default_rng(0)
    rows = rng.uniform(0.5, 1.0, (2, 5)) * rng.choice([-1, 1], (2, 5))
    compute = registry.create(name).compute
    point = tf.constant(rows)
    with tf.GradientTape() as tape:
        tape.watch(point)
        value = tf.reduce_sum(compute(point))
    gradient = tape.gradient(value, point).numpy()
    for index in np.ndindex(rows.shape):
        step = np.zeros_like(rows)
        step[index] = 1e-6
        ahead, behind = (np.sum(compute(tf.constant(rows + s * step))) for s in (1, -1))
        np.testing.assert_allclose(gradient[index], (ahead - behind) / 2e-6, rtol=1e-6)


#: Relative to those of TensorFlow, or in double precision.
TOLERANCES = {"float64": 1e-13, "float32": 1e-6}


def residuals(dtype):
    """Rows: random with entries that are 0, the same but small, all 0, and all 0 but one."""
    rng = np.random.default_rng(1)
    mixed = rng.standard_normal(40)
    mixed[::7] = 0
    one = np.zeros(40)
    one[11] = -2.5
    return np.stack([mixed, 1e-6 * mixed, np.zeros(40), one]).astype(dtype)


def by_tensorflow(loss, residuals):
    rows = tf.constant(residuals)
    with tf.GradientTape() as tape:
        tape.watch(rows)
        losses = loss.compute(rows)
    return losses.numpy(), tape.gradient(losses, rows).numpy()


@pytest.mark.parametrize("dtype", TOLERANCES)
@pytest.mark.parametrize("name", BY_HAND)
def test_values_and_slopes_are_those_of_tensorflow(name, dtype):
    loss = registry.create(name)
    rows = residuals(dtype)
    kept = rows.copy()
    values, slopes = loss.values_and_slopes(rows)
    expected, gradient = by_tensorflow(loss, rows)
    assert (values.dtype, values.shape) == (np.float64, (4,))
    assert (slopes.dtype, slopes.shape) == (dtype, rows.shape)
    np.testing.assert_allclose(values, expected, rtol=TOLERANCES[dtype])
    np.testing.assert_allclose(slopes, gradient, rtol=TOLERANCES[dtype], atol=0)
    assert values[2] == 0
    np.testing.assert_array_equal(slopes[rows == 0], 0)
    np.testing.assert_array_equal(rows, kept)


@pytest.mark.parametrize("dtype", TOLERANCES)
@pytest.mark.parametrize("name", BY_HAND)
def test_the_default_agrees(name, dtype):
    """What a loss has that knows TensorFlow only."""
    loss = registry.create(name)
    rows = residuals(dtype)
    values, slopes = loss.values_and_slopes(rows)
    others, other_slopes = Loss.values_and_slopes(loss, rows)
    assert (others.dtype, others.shape) == (values.dtype, values.shape)
    assert (other_slopes.dtype, other_slopes.shape) == (slopes.dtype, slopes.shape)
    np.testing.assert_allclose(values, others, rtol=TOLERANCES[dtype])
    np.testing.assert_allclose(slopes, other_slopes, rtol=TOLERANCES[dtype], atol=0)


@pytest.mark.parametrize("dtype", TOLERANCES)
@pytest.mark.parametrize("name", BY_HAND)
def test_rows_are_each_for_itself(name, dtype):
    """One by one they give the same, and beside a row that is no number, too."""
    loss = registry.create(name)
    rows = residuals(dtype)
    values, slopes = loss.values_and_slopes(rows)
    for row, value, slope in zip(rows, values, slopes, strict=True):
        (alone,), (slope_alone,) = loss.values_and_slopes(row[None])
        np.testing.assert_allclose(alone, value, rtol=TOLERANCES[dtype])
        np.testing.assert_allclose(slope_alone, slope, rtol=TOLERANCES[dtype], atol=0)
    spoilt = rows.copy()
    spoilt[3, 5] = np.nan
    others, other_slopes = loss.values_and_slopes(spoilt)
    assert np.isnan(others[3])
    np.testing.assert_array_equal(others[:3], values[:3])
    np.testing.assert_array_equal(other_slopes[:3], slopes[:3])


@pytest.mark.parametrize("name", BY_HAND)
def test_rows_of_one_entry(name):
    """What `variation` and `volume_fractions` have."""
    values, slopes = registry.create(name).values_and_slopes(np.array([[3.0], [0.0], [-0.5]]))
    squared = name in ("mse", "sse")
    np.testing.assert_allclose(values, [9, 0, 0.25] if squared else [3, 0, 0.5], rtol=1e-15)
    np.testing.assert_allclose(slopes[:, 0], [6, 0, -1] if squared else [1, 0, -1], rtol=1e-15)


@pytest.mark.parametrize("name", BY_HAND)
def test_long_rows_in_single_precision(name):
    """As many entries as S₃ has at a limit of 9."""
    rows = np.random.default_rng(2).standard_normal((2, 145**2)).astype(np.float32)
    loss = registry.create(name)
    values, slopes = loss.values_and_slopes(rows)
    expected, gradient = loss.values_and_slopes(rows.astype(np.float64))
    np.testing.assert_allclose(values, expected, rtol=2e-6)
    np.testing.assert_allclose(slopes, gradient, rtol=2e-6, atol=0)


@pytest.mark.parametrize("dtype", TOLERANCES)
@pytest.mark.parametrize("name", BY_HAND)
def test_the_slopes_belong_to_the_caller(name, dtype):
    """Changing them changes neither the residuals nor what comes next."""
    rows = residuals(dtype)
    loss = registry.create(name)
    for compute in (loss.values_and_slopes, partial(Loss.values_and_slopes, loss)):
        _, slopes = compute(rows)
        kept, expected = rows.copy(), slopes.copy()
        slopes *= 3
        np.testing.assert_array_equal(rows, kept)
        np.testing.assert_array_equal(compute(rows)[1], expected)


class _Quartic(Loss):
    """A loss of someone who knows TensorFlow only."""

    name: ClassVar[str] = "quartic"

    def compute(self, residual):
        return tf.reduce_sum(residual**4, -1)


class _Constant(Loss):
    name: ClassVar[str] = "constant"

    def compute(self, residual):
        return tf.ones(residual.shape[0], residual.dtype)


@pytest.mark.parametrize("dtype", TOLERANCES)
def test_a_loss_has_its_slopes_from_tensorflow_by_default(dtype):
    rows = np.array([[1.0, -2.0, 0.0], [0.0, 0.0, 3.0]], dtype)
    values, slopes = _Quartic().values_and_slopes(rows)
    assert (values.dtype, slopes.dtype) == (np.float64, dtype)
    np.testing.assert_array_equal(values, [17.0, 81.0])
    np.testing.assert_array_equal(slopes, [[4.0, -32.0, 0.0], [0.0, 0.0, 108.0]])
    values, slopes = _Constant().values_and_slopes(rows)
    np.testing.assert_array_equal(values, [1.0, 1.0])
    np.testing.assert_array_equal(slopes, np.zeros((2, 3)))
