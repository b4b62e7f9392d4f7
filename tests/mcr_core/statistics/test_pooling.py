"""Means over images: who has a vote, and whether the images are independent."""

from itertools import pairwise

import numpy as np
import pytest

import mcr_core as mcr
from mcr_core.descriptors import LocalThickness, VolumeFractions
from mcr_core.statistics.neighbours import about_neighbours


def images(labels, phases=2):
    return [
        mcr.Microstructure.from_array(one, phase_values=range(phases), periodic=True)
        for one in labels
    ]


def stripes(width):
    return np.tile(np.arange(12) < width, (12, 1)).astype(int)


def test_an_image_without_the_phase_has_no_vote_in_its_thickness():
    terms = [LocalThickness(max_diameter=8), VolumeFractions()]
    found = mcr.characterize(images([stripes(3), stripes(0), stripes(5)]), terms)
    row = found.planes["all"]
    thickness, fraction = row.values[0][0], row.values[1][0]["volume_fractions"]
    np.testing.assert_allclose(thickness["mean"], [(3 + 5) / 2])
    np.testing.assert_allclose(thickness["cumulative"], [[0, 0, 0.5, 0.5, 1, 1, 1, 1]])
    np.testing.assert_allclose(fraction, [8 / 36])  # all images have a vote in this
    errors = row.errors.values[0][0]
    np.testing.assert_allclose(errors["mean"], [np.std([3, 5], ddof=1) / np.sqrt(2)])
    np.testing.assert_allclose(found.planes["cubic"].values[0][0]["mean"], [4])


def test_of_one_vote_the_error_is_not_known():
    found = mcr.characterize(images([stripes(3), stripes(0)]), [LocalThickness(max_diameter=4)])
    row = found.planes["all"]
    np.testing.assert_allclose(row.values[0][0]["mean"], [3])
    np.testing.assert_allclose(row.errors.values[0][0]["mean"], [3])
    np.testing.assert_allclose(row.errors.values[0][0]["cumulative"], [[0.5, 0.5, 1, 1]])


def test_a_phase_that_no_image_has_keeps_zeros():
    found = mcr.characterize(
        images([stripes(3), stripes(5)], phases=3), [LocalThickness(max_diameter=4)]
    )
    row = found.planes["all"]
    np.testing.assert_allclose(row.values[0][0]["mean"][1:], [4, 0])
    np.testing.assert_allclose(row.errors.values[0][0]["mean"][2], 0)


def slices(count, seed, sigma):
    from scipy.ndimage import gaussian_filter

    field = gaussian_filter(np.random.default_rng(seed).standard_normal((count, 24, 24)), sigma)
    return images((field > np.median(field)).astype(int))


def test_slices_of_one_volume_are_not_independent():
    found = mcr.characterize(slices(40, 0, (2, 1, 1)), [VolumeFractions()])
    (note,) = found.notes
    assert "of 40 images: images next to each other are alike (correlation" in note
    assert "standard errors, which take images as independent, are too small" in note
    fractions = [image.phase_fractions[1] for image in slices(40, 0, (2, 1, 1))]
    apart = np.array(fractions) - np.mean(fractions)
    expected = sum(a * b for a, b in pairwise(apart)) / sum(apart**2)
    assert f"phase fractions {expected:.2f}, by chance up to {3 / np.sqrt(40):.2f}" in note
    assert f"by a factor of about {np.sqrt((1 + expected) / (1 - expected)):.1f}" in note


def test_images_of_their_own_are():
    assert mcr.characterize(slices(40, 0, (0, 1, 1)), [VolumeFractions()]).notes == ()


@pytest.mark.parametrize("count", [2, 9, 10, 30, 100])
def test_how_often_chance_looks_alike(count):
    rng = np.random.default_rng(count)
    rows = rng.normal(0.4, 0.02, (1000, count))
    said = [about_neighbours(np.stack([row, 1 - row], 1)) is not None for row in rows]
    assert sum(said) <= 5
    # Fewer than ten say nothing, however alike they are.
    ramp = np.linspace(0.3, 0.5, count)
    assert (about_neighbours(np.stack([ramp, 1 - ramp], 1)) is None) == (count <= 10)


def test_equal_fractions_say_nothing():
    assert about_neighbours([np.array([0.5, 0.5])] * 20) is None
