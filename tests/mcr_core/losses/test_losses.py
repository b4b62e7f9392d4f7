"""Losses against values computed by hand, and in NumPy against TensorFlow."""

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


def residuals(dtype):
    """Random residuals, with entries that are 0, and residuals that all are."""
    rng = np.random.default_rng(1)
    mixed = rng.standard_normal(40)
    mixed[::7] = 0
    return [mixed.astype(dtype), 1e-6 * mixed.astype(dtype), np.zeros(5, dtype)]


def by_tensorflow(loss, residual):
    rows = tf.constant(residual[None])
    with tf.GradientTape() as tape:
        tape.watch(rows)
        value = loss.compute(rows)
    return value.numpy()[0], tape.gradient(value, rows).numpy()[0]


@pytest.mark.parametrize(("dtype", "tolerance"), [("float64", 1e-13), ("float32", 1e-6)])
@pytest.mark.parametrize("name", BY_HAND)
def test_value_and_slope_are_those_of_tensorflow(name, dtype, tolerance):
    loss = registry.create(name)
    for residual in residuals(dtype):
        kept = residual.copy()
        value, slope = loss.value_and_slope(residual)
        expected, gradient = by_tensorflow(loss, residual)
        assert type(value) is float
        assert slope.dtype == dtype
        np.testing.assert_allclose(value, expected, rtol=tolerance)
        np.testing.assert_allclose(slope, gradient, rtol=tolerance, atol=0)
        np.testing.assert_array_equal(slope[residual == 0], 0)
        np.testing.assert_array_equal(residual, kept)


@pytest.mark.parametrize("name", BY_HAND)
def test_the_slope_belongs_to_the_caller(name):
    """Changing it changes neither the residuals nor what comes next."""
    residual = residuals("float64")[0]
    loss = registry.create(name)
    _, slope = loss.value_and_slope(residual)
    kept, expected = residual.copy(), slope.copy()
    slope *= 3
    np.testing.assert_array_equal(residual, kept)
    np.testing.assert_array_equal(loss.value_and_slope(residual)[1], expected)


class _Quartic(Loss):
    """A loss of someone who knows TensorFlow only."""

    name: ClassVar[str] = "quartic"

    def compute(self, residual):
        return tf.reduce_sum(residual**4, -1)


class _Constant(Loss):
    name: ClassVar[str] = "constant"

    def compute(self, residual):
        return tf.ones(residual.shape[0], residual.dtype)


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_a_loss_has_its_slope_from_tensorflow_by_default(dtype):
    residual = np.array([1.0, -2.0, 0.0], dtype)
    value, slope = _Quartic().value_and_slope(residual)
    assert (type(value), value) == (float, 17.0)
    assert slope.dtype == dtype
    np.testing.assert_array_equal(slope, [4.0, -32.0, 0.0])
    value, slope = _Constant().value_and_slope(residual)
    assert value == 1.0
    np.testing.assert_array_equal(slope, np.zeros(3))


@pytest.mark.parametrize("name", BY_HAND)
def test_the_default_agrees_with_the_own_slope(name):
    loss = registry.create(name)
    for residual in residuals("float64"):
        value, slope = loss.value_and_slope(residual)
        other_value, other_slope = Loss.value_and_slope(loss, residual)
        np.testing.assert_allclose(value, other_value, rtol=1e-13)
        np.testing.assert_allclose(slope, other_slope, rtol=1e-13)
