"""Fields on half the voxels along each axis, and back."""

import itertools

import numpy as np
import pytest
from scipy import ndimage

from mcr_core.coarse_fields import halved, refined

SHAPES = [(4, 6), (4, 2, 6)]


@pytest.mark.parametrize("shape", SHAPES)
def test_halved_takes_the_mean_of_each_block(shape):
    fields = np.random.default_rng(0).random((3, *shape))
    found = halved(fields)
    assert found.shape == (3, *(size // 2 for size in shape))
    for index in np.ndindex(*found.shape[1:]):
        block = tuple(slice(2 * at, 2 * at + 2) for at in index)
        for field in range(3):
            assert found[(field, *index)] == pytest.approx(fields[(field, *block)].mean())


def linear(field, periodic):
    """Interpolation by SciPy, between centres of voxels."""
    mode = "grid-wrap" if periodic else "nearest"
    return ndimage.zoom(field, 2, order=1, mode=mode, grid_mode=True)


def steep(fields):
    return fields**2 / (fields**2).sum(0)


@pytest.mark.parametrize("periodic", [True, False])
@pytest.mark.parametrize("shape", SHAPES)
def test_refined_interpolates_and_doubles_slopes(shape, periodic):
    field = np.random.default_rng(1).random(shape)
    expected = linear(field, periodic)
    expected = steep(np.stack([expected, 1 - expected]))[:1]
    np.testing.assert_allclose(refined(field[None], periodic=periodic), expected, atol=1e-12)


@pytest.mark.parametrize("periodic", [True, False])
def test_refined_phases_sum_to_one(periodic):
    fields = np.random.default_rng(2).dirichlet((0.3, 0.5, 1.0), (4, 4, 6)).transpose(3, 0, 1, 2)
    found = refined(fields, periodic=periodic)
    expected = steep(np.stack([linear(field, periodic) for field in fields]))
    np.testing.assert_allclose(found, expected, atol=1e-12)
    np.testing.assert_allclose(found.sum(0), 1.0)


def test_fields_that_are_all_zero_stay_so():
    """In a box nothing makes phases sum to 1."""
    assert not refined(np.zeros((3, 2, 2)), periodic=True).any()


@pytest.mark.parametrize("value", [0.0, 0.5, 1.0])
def test_even_fields_of_certain_voxels_stay(value):
    fields = np.full((1, 2, 4), value)
    np.testing.assert_array_equal(refined(fields, periodic=True), np.full((1, 4, 8), value))


def test_precision_and_input_stay():
    for dtype, count in itertools.product((np.float32, np.float64), (1, 3)):
        fields = np.full((count, 4, 4), 0.25, dtype)
        before = fields.copy()
        assert halved(fields).dtype == refined(fields, periodic=True).dtype == dtype
        np.testing.assert_array_equal(fields, before)
