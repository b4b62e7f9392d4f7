"""What two kinds of planes say of the axis that both have."""

import numpy as np
import pytest

from mcr_core.microstructure import Microstructure
from mcr_core.statistics.shared_axes import axis_differences, fraction_scatter
from mcr_core.verbs.characterize import statistics_of


def statistics(labels, phases=2, periodic=True):
    image = Microstructure.from_array(labels, phase_values=range(phases), periodic=periodic)
    return statistics_of(image, ()).planes["all"]


def noise(seed, shape=(40, 48), fraction=0.3):
    return (np.random.default_rng(seed).random(shape) < fraction).astype(int)


def brute_force_coefficient(labels, lag, axis):
    """Correlation coefficient of a periodic image with itself, shifted by a lag along an axis."""
    return np.corrcoef(labels.ravel(), np.roll(labels, -lag, axis).ravel())[0, 1]


@pytest.mark.parametrize(
    ("first", "second", "name", "axes"),
    [("xy", "xz", "X", (1, 1)), ("xy", "yz", "Y", (0, 1)), ("xz", "yz", "Z", (0, 0))],
)
def test_the_shared_axis_of_two_planes(first, second, name, axes):
    images = noise(0), noise(1)
    rows = {first: statistics(images[0]), second: statistics(images[1])}
    (found,) = axis_differences(rows, 2)
    assert (found.axis, found.first, found.second, found.phase) == (name, first, second, 1)
    expected = [
        brute_force_coefficient(image, found.lag, axis)
        for image, axis in zip(images, axes, strict=True)
    ]
    np.testing.assert_allclose(found.coefficients, expected, atol=1e-5)
    # White noise: the variance of a coefficient is one over the number of pixels, nearly.
    assert 1.0 < found.scatter * np.sqrt(images[0].size / 2) < 1.5
    assert not found.excluded


def test_three_kinds_of_planes_share_three_axes():
    rows = {name: statistics(noise(seed)) for seed, name in enumerate(("xy", "xz", "yz"))}
    assert [d.axis for d in axis_differences(rows, 2)] == ["X", "Y", "Z"]
    same = dict.fromkeys(("xy", "xz"), rows["xy"])
    assert axis_differences(same, 2)[0].times == 0


def test_every_phase_is_compared():
    """Phase 2 is alike in both images, 0 and 1 are not."""
    third = np.tile(noise(5, (48, 1)), (1, 48)) == 1
    columns = np.tile(np.arange(48), (48, 1))
    images = [np.where(third, 2, columns // width % 2) for width in (2, 8)]
    rows = {n: statistics(i, 3) for n, i in zip(("xy", "xz"), images, strict=True)}
    (found,) = axis_differences(rows, 3)
    assert found.excluded
    assert found.phase in (0, 1)


def test_images_of_one_phase_or_one_pixel_say_nothing():
    empty = statistics(np.zeros((8, 8), int))
    assert axis_differences({"xy": empty, "xz": statistics(noise(0))}, 2) == []
    assert fraction_scatter(empty, 1) == 0
    line = statistics(noise(0, (1, 8)))
    assert axis_differences({"xz": line, "yz": line}, 2) == []  # Z has one pixel


@pytest.mark.parametrize("periodic", [True, False])
def test_the_scatter_of_the_fraction_of_white_noise(periodic):
    found = fraction_scatter(statistics(noise(2, fraction=0.5), periodic=periodic), 1)
    assert 0.9 < found / np.sqrt(0.25 / (40 * 48)) < 1.6
