import numpy as np
import pytest

from mcr_core import Microstructure
from mcr_core.sampling import fraction_error, integral_range
from mcr_core.sampling.image_scatter import image_scatter, student
from mcr_core.two_point import mean_two_point


def blocks(edge, size=96, seed=0):
    """Squares of one phase each, drawn independently, at a random offset."""
    rng = np.random.default_rng(seed)
    coarse = rng.random((size // edge + 2,) * 2) < 0.4
    whole = np.kron(coarse, np.ones((edge, edge), np.uint8))
    y, x = rng.integers(0, edge, 2)
    return whole[y : y + size, x : x + size].astype(np.uint8)


@pytest.mark.parametrize("edge", [1, 2, 4])
def test_the_integral_range_of_squares_is_their_area(edge):
    """∫ (1 − |y| / e)(1 − |x| / e) over both = e²."""
    lag = np.abs(np.arange(-30, 31))
    tent = np.maximum(0, 1 - lag / edge)
    s2 = 0.16 + 0.24 * tent[:, None] * tent[None]
    pairs = np.full(s2.shape, 10**9)
    assert integral_range(s2, 0.4, pairs) == pytest.approx(edge**2, rel=1e-5)


@pytest.mark.parametrize("edge", [1, 3])
def test_the_integral_range_of_an_image(edge):
    image = Microstructure.from_array(blocks(edge))
    s2, pairs = mean_two_point(image, "xy")
    fraction = float(image.phase_fractions[1])
    found = integral_range(s2[0], fraction, pairs)
    fields = image.fields(np.float64)
    other = image_scatter(fields, None, periodic=False)
    for value in (found, float(other.range[0])):
        assert edge**2 * 0.6 < value < edge**2 * 1.7
    assert other.pieces == pytest.approx(96**2 / other.range[0])


def test_a_phase_alone_has_no_range():
    assert integral_range(np.ones((5, 5)), 1.0) == 1


def test_the_error_of_a_fraction_is_that_between_images():
    """The mean stated variance is the variance between 300 images, within 5 standard errors."""
    images = [Microstructure.from_array(blocks(3, 32, seed), phase_values=(0, 1))
              for seed in range(300)]  # fmt: skip
    found = [fraction_error(image) for image in images]
    between = np.var([one.fractions[1] for one in found], ddof=1)
    stated = np.mean([one.errors[1] ** 2 for one in found])
    assert 0.6 < stated / between < 1.5
    assert found[0].errors[0] == pytest.approx(found[0].errors[1])
    assert found[0].half_width(1, 0.9) == pytest.approx(
        found[0].errors[1] * student(0.9, found[0].degrees)
    )


def test_large_images_are_read_at_coarse_pixels():
    image = blocks(4, 520)
    whole = image_scatter(image[None].astype(float), None, periodic=False)
    # a part of it that needs no coarse pixels
    part = image_scatter(image[None, :512, :512].astype(float), None, periodic=False)
    assert whole.pixels == 520**2
    assert whole.range[0] == pytest.approx(part.range[0], rel=0.15)
    assert whole.fraction_error[0] == pytest.approx(part.fraction_error[0], rel=0.3)


@pytest.mark.parametrize("edge", [3, 30])
def test_short_lags_do_where_the_covariance_vanishes_there(edge, monkeypatch):
    image = blocks(edge)[None].astype(float)
    every = image_scatter(image, None, periodic=False)
    monkeypatch.setattr("mcr_core.sampling.image_scatter._NEAR", 16)
    found = image_scatter(image, None, periodic=False)
    for name in ("count", "correction", "range", "fraction_error"):
        np.testing.assert_allclose(getattr(found, name), getattr(every, name), rtol=1e-9)


@pytest.mark.parametrize(("degrees", "expected"), [(8, 1.8595), (float("inf"), 1.6449)])
def test_student(degrees, expected):
    assert student(0.9, degrees) == pytest.approx(expected, abs=1e-4)
