"""Losses against values computed by hand."""

import numpy as np
import pytest
import tensorflow as tf

from mcr_core.losses import registry

#: Loss of the rows (3, −4, 0, 0), (1, 1, 1, 1) and (0, 0, 0, 0), by hand.
ROWS = [[3.0, -4.0, 0.0, 0.0], [1.0, 1.0, 1.0, 1.0], [0.0, 0.0, 0.0, 0.0]]
BY_HAND = {"mse": [6.25, 1.0, 0.0]}


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
