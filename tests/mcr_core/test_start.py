"""Starts."""

import numpy as np
import pytest

from mcr_core import characterize
from mcr_core.descriptors import Variation
from mcr_core.errors import InputError
from mcr_core.microstructure import Microstructure
from mcr_core.phases import to_labels
from mcr_core.settings import Settings
from mcr_core.start import check_start, gaussian_field, noise, start_fields
from mcr_core.two_point_error import two_point_error


@pytest.mark.parametrize("fraction", [0.05, 0.5, 0.9])
def test_noise_has_the_fractions_and_stays_in_bounds(fraction):
    fields = noise((20, 20, 20), np.array([1 - fraction, fraction]), 0, np.float32)
    assert fields.shape == (1, 20, 20, 20)
    assert fields.min() >= 0
    assert fields.max() <= 1
    assert abs(fields.mean() - fraction) < 0.01


def test_gaussian_field_has_the_two_point_correlation_of_its_target(slice_image):
    target = characterize(slice_image, [Variation()])
    fields = gaussian_field(target, (32, 32, 32), 0, np.float32)
    labels = to_labels(fields, target.phase_fractions)
    template = Microstructure.from_array(labels, periodic=True)
    error = two_point_error(template, target)
    unfiltered = noise((32, 32, 32), target.phase_fractions, 0, np.float32)
    rough = Microstructure.from_array(to_labels(unfiltered, target.phase_fractions), periodic=True)
    assert error.mean < 0.02
    assert error.largest < two_point_error(rough, target).largest / 3


def test_gaussian_field_follows_an_elongated_image():
    from scipy.ndimage import gaussian_filter

    field = gaussian_filter(np.random.default_rng(0).standard_normal((48, 48)), (1, 5), mode="wrap")
    image = Microstructure.from_array(field > 0, periodic=True)
    grown = gaussian_field(characterize(image, [Variation()]), (48, 48), 3, np.float64)[0] > 0.5
    along_y, along_x = ((np.roll(grown, 3, axis) & grown).mean() for axis in (0, 1))
    assert along_x > along_y + 0.05


def test_fields_for_every_phase(three_phases):
    target = characterize(three_phases, [Variation()])
    fields = gaussian_field(target, (24, 24), 0, np.float32)
    assert fields.shape == (3, 24, 24)
    np.testing.assert_allclose(fields.mean((1, 2)), target.phase_fractions, atol=0.002)
    np.testing.assert_allclose(fields.sum(0), 1, rtol=1e-5)


def test_a_given_start_is_used_and_checked(slice_image):
    target = characterize(slice_image, [Variation()])
    fields = start_fields(target, (32, 32), slice_image, Settings())
    np.testing.assert_array_equal(fields, slice_image.fields())
    with pytest.raises(InputError, match=r"start has shape \(32, 32\), the result \(32, 30\)"):
        check_start(slice_image, (32, 30), 2)
    with pytest.raises(InputError, match="expected a start with 3 phases, got one with 2"):
        check_start(slice_image, (32, 32), 3)


def test_lags_that_a_mask_leaves_without_pairs_are_no_measurement(slice_image):
    mask = np.zeros((32, 32), bool)
    mask[:16, :16] = True
    masked = Microstructure.from_array(slice_image.labels, mask=mask)
    cropped = Microstructure.from_array(slice_image.labels[:16, :16])
    starts = [
        gaussian_field(characterize(image, [Variation()]), (16, 16, 16), 0, np.float32)
        for image in (masked, cropped)
    ]
    np.testing.assert_allclose(*starts, atol=1e-5)
