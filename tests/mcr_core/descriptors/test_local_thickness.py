"""Local thickness against discs that are tried one by one."""

import numpy as np
import pytest
from matplotlib.figure import Figure
from scipy.ndimage import gaussian_filter

from mcr_core.descriptors import LocalThickness
from mcr_core.descriptors.local_thickness import thickness


def _image(shape, seed=0):
    field = gaussian_filter(np.random.default_rng(seed).standard_normal(shape), 1.5, mode="wrap")
    return field > np.quantile(field, 0.3)


def _mask(shape):
    mask = np.random.default_rng(9).random(shape) < 0.9
    mask[2:4, 1:4] = False
    return mask


def _evaluate(descriptor, image, valid=None):
    valid = None if valid is None else valid[None].astype(float)
    blocks = descriptor.evaluate(image[None, None].astype(float), valid, 1)[0]
    return {name: block[0, 0] for name, block in blocks.items()}


def _brute_force(image, valid):
    """Local thickness of every pixel of the phase, from all distances of all pairs."""
    known = np.ones(image.shape, bool) if valid is None else valid
    inside, outside = np.argwhere(image & known), np.argwhere(~image & known)

    def squares(some, others):
        apart = np.abs(some[:, None] - others)
        if valid is None:
            apart = np.minimum(apart, image.shape - apart)
        return (apart**2).sum(-1)

    radius = squares(inside, outside).min(1)
    covers = squares(inside, inside) < radius
    largest = np.where(covers, radius, 0).max(1)
    return np.minimum(2 * np.sqrt(largest) - 1, max(image.shape))


@pytest.mark.parametrize("case", ["periodic", "open", "masked"])
@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("shape", [(22, 19), (9, 30), (9, 10, 8)])
def test_largest_disc_over_each_pixel(shape, seed, case):
    image = _image(shape, seed)
    valid = {"periodic": None, "open": np.ones(shape, bool), "masked": _mask(shape)}[case]
    expected = _brute_force(image, valid)
    assert expected.max() > 4
    np.testing.assert_allclose(thickness(image, valid), expected, rtol=1e-12)
    domain = "planes" if len(shape) == 2 else "volume"
    found = _evaluate(LocalThickness(max_diameter=6, domain=domain), image, valid)
    shares = [np.mean(expected <= diameter) for diameter in range(1, 7)]
    np.testing.assert_allclose(found["cumulative"], shares, rtol=1e-12)
    np.testing.assert_allclose(found["mean"], expected.mean(), rtol=1e-12)


@pytest.mark.parametrize("shape", [(16, 16), (8, 9, 10)])
def test_one_pixel_outside_of_the_phase(shape):
    """Discs wider than the image meet themselves around it."""
    image = np.ones(shape, bool)
    image[(5,) * len(shape)] = False
    for valid in (None, np.ones(shape, bool)):
        np.testing.assert_allclose(thickness(image, valid), _brute_force(image, valid), rtol=1e-12)


@pytest.mark.parametrize(("width", "expected"), [(1, 1), (2, 1), (3, 3), (4, 3), (7, 7)])
@pytest.mark.parametrize("shift", [0, -2])
def test_stripes_have_their_odd_width(width, expected, shift):
    stripes = np.roll(np.tile(np.arange(12) < width, (9, 1)), shift, 1)
    np.testing.assert_allclose(thickness(stripes, None), expected)


def test_a_disc_is_as_thick_as_it_is_wide():
    grid = np.indices((41, 41)) - 20
    disc = (grid**2).sum(0) < 15**2
    found = _evaluate(LocalThickness(max_diameter=40), disc)
    assert found["mean"] == pytest.approx(29, abs=0.2)
    assert found["cumulative"][-1] == 1
    assert found["cumulative"][26] == 0


def test_the_edge_of_an_open_image_is_no_surface():
    half = np.zeros((9, 20), bool)
    half[:, 15:] = True
    # Periodic: a stripe of five. Open: discs of radius five around the last column.
    np.testing.assert_allclose(thickness(half, None), 5)
    np.testing.assert_allclose(thickness(half, np.ones(half.shape, bool)), 9)


@pytest.mark.parametrize("valid", [None, np.ones((6, 8), bool)])
def test_one_phase_alone(valid):
    descriptor = LocalThickness(max_diameter=8)
    filled = _evaluate(descriptor, np.ones((6, 8)), valid)
    assert filled["mean"] == 8
    assert filled["cumulative"].tolist() == [0, 0, 0, 0, 0, 0, 0, 1]
    absent = _evaluate(descriptor, np.zeros((6, 8)), valid)
    assert absent["mean"] == 0
    assert not absent["cumulative"].any()


def test_nothing_is_known_of_an_image_that_is_masked_all_over():
    found = _evaluate(LocalThickness(), np.ones((6, 8)), np.zeros((6, 8)))
    assert np.isnan(found["mean"])
    assert np.isnan(found["cumulative"]).all()


def test_entries_are_diameters():
    discs, balls = LocalThickness(max_diameter=4), LocalThickness(domain="volume")
    assert discs.entries("cumulative", (3,)).tolist() == [[0, 1], [0, 2], [0, 3]]
    assert discs.entries("mean", ()).tolist() == [[0, 0]]
    assert balls.entries("cumulative", (2,)).tolist() == [[1, 1], [1, 2]]


def test_plot_draws_the_distribution_and_its_mean():
    axes = Figure().subplots()
    descriptor = LocalThickness(max_diameter=5)
    stripes = np.tile(np.arange(12) < 3, (9, 1))
    for label in ("a", "b"):
        descriptor.plot(axes, _evaluate(descriptor, stripes), label)
    curve, mean = axes.lines[:2]
    assert len(axes.lines) == 4
    assert curve.get_label() == "a, mean 3 px"
    assert curve.get_ydata().tolist() == [0, 0, 1, 1, 1]
    assert mean.get_xdata() == [3, 3]
    assert axes.get_xlabel() == "local thickness (pixels)"
