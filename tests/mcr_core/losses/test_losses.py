"""Losses against values computed by hand."""

import numpy as np
import pytest
import tensorflow as tf

from mcr_core.losses import registry

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
