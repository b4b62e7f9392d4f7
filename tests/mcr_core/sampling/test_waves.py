import numpy as np
import pytest

from mcr_core.sampling.waves import FEWEST, MOST, low_waves, wave_count


@pytest.mark.parametrize("periodic", [False, True])
@pytest.mark.parametrize("masked", [False, True])
@pytest.mark.parametrize("shape", [(16, 16), (15, 22)])
def test_waves_are_orthonormal_and_orthogonal_to_a_constant(shape, masked, periodic):
    valid = None
    if masked:
        valid = np.ones(shape, bool)
        valid[3:9, 2:7] = False
    waves = low_waves(shape, valid, periodic=periodic, count=12)
    flat = waves.reshape(12, -1)
    np.testing.assert_allclose(flat @ flat.T, np.eye(12), atol=1e-12)
    np.testing.assert_allclose(flat.sum(1), 0, atol=1e-12)
    if valid is not None:
        assert not waves[:, ~valid].any()


def test_the_longest_waves_come_first():
    waves = low_waves((8, 16), None, periodic=False, count=3)
    # along the longer axis half a wave, a whole wave; along the shorter half a wave
    for wave, constant in zip(waves, (0, 0, 1), strict=True):
        assert np.ptp(wave, axis=constant).max() < 1e-12
    assert np.sum(np.diff(np.sign(waves[0, 0])) != 0) == 1


def test_few_pixels_have_few_waves():
    valid = np.zeros((5, 5), bool)
    valid[2, 1:5] = True
    assert len(low_waves((5, 5), valid, periodic=False, count=24)) == 3


def test_more_pieces_allow_more_waves():
    counts = [wave_count(pieces) for pieces in (1, 100, 200, 300, 1e6)]
    assert counts == sorted(counts)
    assert (counts[0], counts[-1]) == (FEWEST, MOST)
