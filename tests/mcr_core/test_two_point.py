"""S₂ by FFT against counting."""

import brute_force
import numpy as np
import pytest

from mcr_core.microstructure import Microstructure
from mcr_core.two_point import (
    cubic_mean,
    field_pairs,
    mean_two_point,
    near_lags,
    two_point,
    two_point_counts,
)

SHAPE = (6, 7)


def _fields(seed=0):
    labels = np.random.default_rng(seed).integers(0, 3, SHAPE)
    return np.stack([labels == p for p in range(3)])


@pytest.mark.parametrize("periodic", [True, False])
@pytest.mark.parametrize("masked", [True, False])
def test_counts_of_all_lags(periodic, masked):
    fields = _fields()
    mask = np.random.default_rng(1).random(SHAPE) < 0.8 if masked else None
    hits, pairs = two_point_counts(fields, mask, periodic=periodic)
    centre = [n // 2 for n in pairs.shape]
    assert pairs.shape == (SHAPE if periodic else (11, 13))
    for row in range(pairs.shape[0]):
        for column in range(pairs.shape[1]):
            lag = (row - centre[0], column - centre[1])
            valid = [
                (a, b)
                for a, b in brute_force.pairs_inside(SHAPE, lag, periodic)
                if mask is None or (mask[a] and mask[b])
            ]
            assert pairs[row, column] == len(valid)
            for k, (p, q) in enumerate(field_pairs(3)):
                assert hits[k, row, column] == sum(fields[p][a] and fields[q][b] for a, b in valid)


def test_no_pair_is_zero_not_nan():
    assert two_point(np.array([0.0, 3.0]), np.array([0.0, 4.0])).tolist() == [0.0, 0.75]


def test_planes_of_a_volume_are_pooled():
    labels = np.random.default_rng(2).random((4, 5, 6)) < 0.5
    volume = Microstructure.from_array(labels, periodic=True)
    s2, pairs = mean_two_point(volume, "xz")
    assert s2.shape == (1, 4, 6)
    expected = np.mean([labels[:, y] & np.roll(labels[:, y], (-1, -2), (0, 1)) for y in range(5)])
    np.testing.assert_allclose(s2[0, 2 + 1, 3 + 2], expected, rtol=1e-6)
    assert (pairs == 4 * 5 * 6).all()


def test_near_lags_are_centred():
    s2 = np.arange(11 * 13).reshape(1, 11, 13)
    window = near_lags(s2, 3)
    assert window.shape == (1, 5, 5)
    assert window[0, 2, 2] == s2[0, 5, 6]
    assert near_lags(s2, 100).shape == (1, 11, 11)


def test_cubic_mean_has_the_symmetries_of_the_square():
    window = np.random.default_rng(3).random((2, 5, 5))
    mean = cubic_mean(window)
    for other in (mean.swapaxes(1, 2), mean[:, ::-1], mean[:, :, ::-1]):
        np.testing.assert_allclose(mean, other)
    np.testing.assert_allclose(mean.mean(), window.mean())
    np.testing.assert_allclose(cubic_mean(mean), mean)
