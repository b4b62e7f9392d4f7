"""Realizations that are one, and such that are not."""

import numpy as np
import pytest

import mcr_core as mcr
from mcr_core.errors import InputError
from mcr_core.microstructure import Microstructure


@pytest.fixture
def three(media):
    draw = media["gaussian"]
    return [Microstructure.from_array(draw((20, 20, 20), seed), periodic=True) for seed in range(3)]


def test_a_shifted_copy_is_found(three):
    copy = three[0].with_labels(np.roll(three[0].labels, (3, -4, 7), (0, 1, 2)))
    (found,) = mcr.overlap([copy, three[0]])
    assert (found.largest, found.excess) == (1.0, 1.0)
    assert found.shift == (3, 16, 7)
    back = np.roll(three[0].labels, found.shift, (0, 1, 2))
    assert (back == copy.labels).all()
    assert found.equal < 0.7


def test_shares_against_counting(three):
    pairs = mcr.overlap(three)
    assert [(one.a, one.b) for one in pairs] == [(0, 1), (0, 2), (1, 2)]
    for one in pairs:
        a, b = three[one.a].labels, three[one.b].labels
        assert one.equal == pytest.approx((a == b).mean())
        moved = np.roll(b, one.shift, (0, 1, 2))
        assert one.largest == pytest.approx((a == moved).mean())
        assert one.by_chance == pytest.approx(0.35**2 + 0.65**2, abs=1e-4)
        assert abs(one.equal - one.by_chance) < 4 * one.scatter
        assert one.excess < 0.35


def test_three_phases_in_a_plane(three_phases):
    (found,) = mcr.overlap([three_phases, three_phases])
    assert (found.equal, found.largest, found.shift) == (1.0, 1.0, (0, 0))
    assert found.by_chance == pytest.approx((three_phases.phase_fractions**2).sum())


def test_what_cannot_be_compared(three):
    with pytest.raises(InputError, match="at least two realizations to compare, got 1"):
        mcr.overlap(three[:1])
    smaller = Microstructure.from_array(three[0].labels[:10])
    with pytest.raises(InputError, match="expected realizations of one shape and the same phases"):
        mcr.overlap([three[0], smaller])
