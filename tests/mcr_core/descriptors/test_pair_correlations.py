"""Two-point correlations of all kinds are counts of pairs, in every boundary."""

import itertools

import brute_force
import numpy as np
import pytest
import tensorflow as tf

from mcr_core.descriptors import (
    Correlations,
    CrossCorrelations,
    FFTCorrelations,
    FFTCrossCorrelations,
    TwoPoint,
    Variation,
)
from mcr_core.descriptors.lag_map import lags

SHAPE = (9, 12)


def _labels(phases=2, shape=SHAPE, seed=0):
    return np.random.default_rng(seed).integers(0, phases, shape)


def _mask(shape=SHAPE):
    mask = np.ones(shape, bool)
    mask[..., 2:5, 3:7] = False
    mask[..., 8, 0] = False
    return mask


CASES = {"periodic": (True, None), "open": (False, None), "masked": (False, _mask())}


def _evaluate(descriptor, labels, periodic, mask, dtype=tf.float64):
    phases = labels.max() + 1
    fields = [labels == p for p in range(phases)] if phases > 2 else [labels == 1]
    valid = None
    if not periodic:
        valid = tf.constant(np.ones(labels.shape) if mask is None else mask, dtype)[None]
    found = descriptor.evaluate(tf.constant(np.stack(fields)[None], dtype), valid, 1)[0]
    return {name: block.numpy()[0, 0] for name, block in found.items()}


def _share(first, second, lag, periodic, mask):
    """Share of the valid pairs with x in the first and x + lag in the second image, any rank."""
    hits = valid = 0
    for x in np.ndindex(first.shape):
        y = tuple(a + b for a, b in zip(x, lag, strict=True))
        if periodic:
            y = tuple(a % n for a, n in zip(y, first.shape, strict=True))
        elif any(not 0 <= a < n for a, n in zip(y, first.shape, strict=True)):
            continue
        if mask is None or (mask[x] and mask[y]):
            valid += 1
            hits += first[x] and second[y]
    return hits / valid if valid else np.nan


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize(("dtype", "tolerance"), [(tf.float64, 1e-12), (tf.float32, 2e-6)])
def test_two_point_is_a_count(case, dtype, tolerance):
    periodic, mask = CASES[case]
    found = _evaluate(TwoPoint(limit_to=3), _labels(), periodic, mask, dtype)["s2"]
    image = _labels() == 1
    counts = [
        brute_force.two_point(image, r, periodic=periodic, mask=mask) for r in lags(3).tolist()
    ]
    np.testing.assert_allclose(found, counts, rtol=0, atol=tolerance)


def test_two_point_is_the_block_of_correlations_on_every_level():
    fields = tf.constant(np.random.default_rng(1).random((2, 1, 32, 40)))
    for valid in (None, tf.ones((1, 32, 40), tf.float64)):
        two = TwoPoint(limit_to=4).evaluate(fields, valid, 3)
        three = Correlations(limit_to=4).evaluate(fields, valid, 3)
        for a, b in zip(two, three, strict=True):
            np.testing.assert_allclose(a["s2"], b["s2"], rtol=1e-10)


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("shape", [(9, 12), (8, 7)])
def test_fft_correlations_are_counts_at_all_lags(case, shape):
    periodic, mask = CASES[case]
    mask = None if mask is None else mask[: shape[0], : shape[1]]
    labels = _labels(shape=shape)
    found = _evaluate(FFTCorrelations(), labels, periodic, mask)["s2"]
    assert found.shape == (shape[0] // 2 + 1, 2 * (shape[1] // 2) + 1)
    vectors = FFTCorrelations().entries("s2", found.shape)
    counts = [_share(labels == 1, labels == 1, lag, periodic, mask) for lag in vectors]
    np.testing.assert_allclose(found.ravel(), counts, rtol=0, atol=1e-12)


@pytest.mark.parametrize("case", CASES)
def test_fft_correlations_of_a_volume(case):
    periodic, mask = CASES[case]
    labels = _labels(shape=(4, 5, 6))
    mask = None if mask is None else np.broadcast_to(_mask((9, 7))[:5, :6], labels.shape)
    found = _evaluate(FFTCorrelations(domain="volume"), labels, periodic, mask)["s2"]
    assert found.shape == (3, 5, 7)
    vectors = FFTCorrelations().entries("s2", found.shape)
    counts = [_share(labels == 1, labels == 1, lag, periodic, mask) for lag in vectors]
    np.testing.assert_allclose(found.ravel(), counts, rtol=0, atol=1e-12)


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("phases", [2, 3, 4])
def test_cross_correlations_are_counts(case, phases):
    periodic, mask = CASES[case]
    labels = _labels(phases)
    found = _evaluate(CrossCorrelations(limit_to=3), labels, periodic, mask)["s2"]
    pairs = list(itertools.combinations(range(phases), 2))
    assert found.shape == (len(pairs), 5, 5)
    for block, (p, q) in zip(found, pairs, strict=True):
        counts = [
            [_share(labels == p, labels == q, (dy, dx), periodic, mask) for dx in range(-2, 3)]
            for dy in range(-2, 3)
        ]
        np.testing.assert_allclose(block, counts, rtol=0, atol=1e-12)


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("shape", [(9, 12), (4, 5, 6)])
def test_fft_cross_correlations_are_counts_at_all_lags(case, shape):
    periodic, mask = CASES[case]
    mask = None if mask is None else np.broadcast_to(_mask()[: shape[-2], : shape[-1]], shape)
    labels = _labels(3, shape)
    domain = "volume" if len(shape) == 3 else "planes"
    descriptor = FFTCrossCorrelations(domain=domain)
    found = _evaluate(descriptor, labels, periodic, mask)["s2"]
    pairs = list(itertools.combinations(range(3), 2))
    rows = descriptor.entries("s2", found.shape)
    counts = [
        _share(labels == pairs[k][0], labels == pairs[k][1], lag, periodic, mask)
        for k, *lag in rows.tolist()
    ]
    np.testing.assert_allclose(found.ravel(), counts, rtol=0, atol=1e-12)


def test_two_phases_have_one_cross_correlation():
    labels = _labels()
    two = _evaluate(CrossCorrelations(limit_to=3), labels, True, None)["s2"]
    auto = _evaluate(FFTCorrelations(), labels, True, None)["s2"]
    np.testing.assert_allclose(two[0, 2:, :], (labels == 1).mean() - auto[:3, 4:9], atol=1e-12)


def test_no_valid_pair_is_not_a_number():
    valid = np.ones((1, 6, 6))
    valid[:, :, 3:] = 0
    fields = tf.ones((1, 1, 6, 6), tf.float64)
    found = TwoPoint(limit_to=4).evaluate(fields, tf.constant(valid), 1)[0]["s2"][0, 0]
    without = np.abs(lags(4)[:, 1]) == 3
    assert np.isnan(found[without]).all()
    np.testing.assert_allclose(found[~without], 1.0)


def test_variation_of_a_volume_counts_faces():
    labels = _labels(shape=(4, 5, 6))
    for periodic in (True, False):
        found = _evaluate(Variation(domain="volume"), labels, periodic, None)["variation"]
        expected = 0.0
        for axis in range(3):
            differences = labels != np.roll(labels, -1, axis)
            if not periodic:
                differences = np.delete(differences, -1, axis)
            expected += differences.mean()
        assert found == pytest.approx(expected, rel=1e-12)
