"""Gram matrices and sorted projections against their definitions."""

import numpy as np
import pytest
import tensorflow as tf

from mcr_core.vgg.statistics import directions, gram, sorted_projections

RNG = np.random.default_rng(0)
FEATURES = RNG.standard_normal((2, 3, 4, 5))
WEIGHT = RNG.random((2, 3, 4)) * (RNG.random((2, 3, 4)) > 0.3)


@pytest.mark.parametrize("batch", [1, 2])
def test_gram(batch):
    features, weight = FEATURES[:batch], WEIGHT[:batch]
    expected = np.einsum("bhwi,bhwj->bij", features, features) / 12
    np.testing.assert_allclose(gram(tf.constant(features), None), expected)
    expected = np.einsum("bhw,bhwi,bhwj->bij", weight, features, features)
    expected /= weight.sum((1, 2))[:, None, None]
    np.testing.assert_allclose(gram(tf.constant(features), tf.constant(weight)), expected)
    one = gram(tf.constant(features), tf.constant(weight[:1]))
    np.testing.assert_allclose(one[0], expected[0])


def quantile_means(values, weights, parts):
    """Means of the quantile function over equal parts, on a fine grid of its argument."""
    order = np.argsort(values)
    upper = np.cumsum(weights[order]) / weights.sum()
    grid = (np.arange(parts * 5000) + 0.5) / (parts * 5000)
    return values[order][np.searchsorted(upper, grid)].reshape(parts, -1).mean(1)


@pytest.mark.parametrize("quantiles", [1, 5, 12, 30])
@pytest.mark.parametrize("weighted", [False, True])
def test_sorted_projections(quantiles, weighted):
    axes = directions(3, 5, seed=1)
    weight = WEIGHT if weighted else np.ones((2, 3, 4))
    found = sorted_projections(
        tf.constant(FEATURES), tf.constant(weight) if weighted else None, axes, quantiles
    ).numpy()
    assert found.shape == (2, 3, quantiles)
    for image in range(2):
        for axis in range(3):
            values = (FEATURES[image] @ axes[axis]).ravel()
            expected = quantile_means(values, weight[image].ravel(), quantiles)
            np.testing.assert_allclose(found[image, axis], expected, atol=2e-3)
            if quantiles == 12 and not weighted:
                np.testing.assert_allclose(found[image, axis], np.sort(values))


def test_sorted_projections_do_not_depend_on_the_number_of_pixels():
    axes = directions(2, 5, seed=0)
    twice = np.tile(FEATURES, (1, 2, 2, 1))
    a = sorted_projections(tf.constant(FEATURES), None, axes, 7)
    b = sorted_projections(tf.constant(twice), None, axes, 7)
    c = sorted_projections(tf.constant(twice), tf.ones((1, 6, 8), tf.float64), axes, 7)
    np.testing.assert_allclose(a, b, atol=1e-12)
    np.testing.assert_allclose(a, c, atol=1e-12)


def test_no_pixel_gives_nan():
    none = tf.zeros((1, 3, 4), tf.float64)
    assert np.isnan(gram(tf.constant(FEATURES[:1]), none)).all()
    axes = directions(2, 5, seed=0)
    assert np.isnan(sorted_projections(tf.constant(FEATURES[:1]), none, axes, 3)).all()


def test_directions():
    found = directions(6, 5, seed=3)
    np.testing.assert_allclose(np.linalg.norm(found, axis=1), 1)
    np.testing.assert_array_equal(directions(4, 5, seed=3), found[:4])
    assert not np.allclose(directions(6, 5, seed=4), found)
