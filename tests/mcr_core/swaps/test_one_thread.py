"""Products in pieces are those of NumPy."""

import numpy as np
import pytest

from mcr_core.swaps.one_thread import add_gram, dot


@pytest.mark.parametrize("shape", [(1, 1), (5, 3), (48, 70), (49, 7), (113, 700), (100, 0)])
@pytest.mark.parametrize("kind", [np.float32, np.float64])
def test_gram_is_added_exactly(shape, kind):
    rng = np.random.default_rng(0)
    features = rng.integers(0, 5, shape).astype(kind)
    before = rng.integers(0, 9, (shape[0], shape[0])).astype(kind)
    total = before.copy()
    add_gram(features, total)
    np.testing.assert_array_equal(total, before + np.einsum("ik,jk->ij", features, features))


def test_gram_goes_into_a_part_of_a_table():
    table = np.zeros((7, 7))
    features = np.arange(10.0).reshape(5, 2)
    add_gram(features, table[2:, 2:])
    np.testing.assert_array_equal(table[2:, 2:], features @ features.T)
    assert not table[:2].any()
    assert not table[:, :2].any()


@pytest.mark.parametrize("length", [0, 1, 8192, 8193, 20_001])
def test_dot(length):
    rng = np.random.default_rng(0)
    first, second = rng.integers(-9, 10, (2, length)).astype(float)
    assert dot(first, second) == (first * second).sum()
