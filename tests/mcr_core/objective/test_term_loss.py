"""Entries that two blocks share are found by what they mean."""

import numpy as np
import pytest

from mcr_core.descriptors import Correlations, FFTCorrelations
from mcr_core.objective.term_loss import shared_entries


@pytest.mark.parametrize("large", [0, 2**60])
def test_shared_entries_are_equal_rows_in_the_order_of_the_first(large):
    rng = np.random.default_rng(0)
    rows = np.unique(rng.integers(-4, 5, (60, 3)), axis=0)
    rows[0, 0] = large
    rows = np.unique(rows, axis=0)
    first, second = rng.permutation(rows)[:40], rng.permutation(rows)[:40]
    a, b = shared_entries(first, second)
    np.testing.assert_array_equal(first[a], second[b])
    assert (np.diff(a) > 0).all()
    assert len(a) == len({*map(tuple, first.tolist())} & {*map(tuple, second.tolist())})


def test_nothing_is_shared_by_entries_of_another_kind():
    for first, second in (
        (np.zeros((3, 2), int), np.zeros((3, 4), int)),
        (np.zeros((0, 2), int), np.zeros((3, 2), int)),
        (np.array([[1, 2]]), np.array([[2, 1]])),
    ):
        assert [len(part) for part in shared_entries(first, second)] == [0, 0]


def test_short_correlations_are_within_long_ones():
    short, long = Correlations(limit_to=3), Correlations(limit_to=5)
    a, b = shared_entries(short.entries("s3", (13, 13)), long.entries("s3", (41, 41)))
    np.testing.assert_array_equal(a, np.arange(169))
    assert len(np.unique(b)) == 169
    fft = FFTCorrelations()
    a, b = shared_entries(fft.entries("s2", (5, 9)), fft.entries("s2", (4, 5)))
    assert len(a) == 4 * 5
