"""S₂ that depends on the length of the lag only."""

import numpy as np
import pytest

from mcr_core.targets.radial import radial

STEPS = np.arange(-7, 8)
LENGTHS = np.hypot(STEPS[:, None], STEPS)
PAIRS = np.outer(15 - np.abs(STEPS), 15 - np.abs(STEPS))


def test_a_radial_map_stays():
    square = 0.1 + 0.2 * np.exp(-LENGTHS / 3)
    np.testing.assert_allclose(radial(square[None], PAIRS)[0], square, atol=2e-3)
    near = LENGTHS <= 3
    np.testing.assert_allclose(radial(square, PAIRS)[near], square[near], atol=5e-4)


def test_any_map_becomes_radial_and_keeps_what_short_lags_have():
    square = 0.3 * np.exp(-np.hypot(STEPS[:, None] / 2, STEPS) / 2)
    found = radial(np.stack([square, 2 * square]), PAIRS)
    np.testing.assert_allclose(found[1], 2 * found[0])
    for length in (1.0, 2.0, 5.0):
        same = found[0][np.isclose(LENGTHS, length)]
        assert len(same) > 3
        assert np.ptp(same) < 1e-12
    assert found[0][7, 7] == pytest.approx(0.3)
    for length in (1.0, np.sqrt(2), 2.0):  # weighted with the pairs
        same = np.isclose(LENGTHS, length)
        mean = np.average(square[same], weights=PAIRS[same])
        np.testing.assert_allclose(found[0][same], mean, rtol=0.02)


def test_lags_without_pairs_have_no_vote():
    square = 0.1 + 0.2 * np.exp(-LENGTHS / 3)
    masked, pairs = square.copy(), PAIRS.copy()
    masked[:, 0], pairs[:, 0] = 0.0, 0
    same = radial(masked, pairs)
    np.testing.assert_allclose(same[:, 1:], radial(square, pairs)[:, 1:])
