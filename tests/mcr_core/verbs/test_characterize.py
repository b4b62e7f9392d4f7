"""characterize: what is averaged over what."""

import brute_force
import numpy as np
import pytest

from mcr_core import characterize
from mcr_core.descriptors import Correlations, Variation, VolumeFractions
from mcr_core.descriptors.correlations import lags
from mcr_core.errors import InputError
from mcr_core.microstructure import Microstructure

S2 = Correlations(limit_to=3)


def _random(shape, seed=0, **options):
    image = np.random.default_rng(seed).random(shape) < 0.4
    return Microstructure.from_array(image, **options)


def test_an_image_is_open_unless_said():
    image = _random((12, 14))
    found = characterize(image, [S2]).planes["all"].values[0][0]["s2"][0]
    open_ = [brute_force.two_point(image.labels, r, periodic=False) for r in lags(3).tolist()]
    np.testing.assert_allclose(found, open_, rtol=1e-9)


def test_two_phases_have_one_field_three_have_three(three_phases):
    two = characterize(_random((12, 12)), [VolumeFractions()]).planes["all"]
    assert two.values[0][0]["volume_fractions"].shape == (1,)
    three = characterize(three_phases, [VolumeFractions()]).planes["all"]
    np.testing.assert_allclose(three.values[0][0]["volume_fractions"], three_phases.phase_fractions)


def test_a_volume_has_statistics_per_axis():
    volume = _random((6, 8, 10), periodic=True)
    found = characterize(volume, [Variation()])
    assert set(found.planes) == {"xy", "xz", "yz"}
    for axis, plane in enumerate(("xy", "xz", "yz")):
        planes = np.moveaxis(volume.labels, axis, 0)
        expected = np.mean([brute_force.variation(p, periodic=True) for p in planes])
        np.testing.assert_allclose(found.planes[plane].values[0][0]["variation"], [expected])


def test_the_cubic_mean_is_that_of_the_eight_symmetric_images():
    image = _random((12, 16))
    found = characterize(image, [S2]).planes["cubic"].values[0]
    images = [
        Microstructure.from_array(np.rot90(flipped, turns))
        for flipped in (image.labels, image.labels[::-1])
        for turns in range(4)
    ]
    each = [characterize(i, [S2]).planes["all"].values[0] for i in images]
    for level, blocks in enumerate(found):
        for name, block in blocks.items():
            np.testing.assert_allclose(block, np.mean([e[level][name] for e in each], axis=0))


def test_masked_pixels_do_not_count():
    values = np.random.default_rng(1).random((14, 14)) < 0.5
    mask = np.ones_like(values)
    mask[:4] = False
    masked = characterize(Microstructure.from_array(values, mask=mask), [S2, Variation()])
    cut = characterize(Microstructure.from_array(values[4:]), [S2, Variation()])
    for a, b in zip(masked.planes["all"].values, cut.planes["all"].values, strict=True):
        for name in a[0]:
            np.testing.assert_allclose(a[0][name], b[0][name], rtol=1e-9)
    np.testing.assert_array_equal(masked.phase_fractions, cut.phase_fractions)


def test_a_plane_that_is_masked_wholly_has_no_vote():
    values = np.random.default_rng(1).random((8, 8, 8)) < 0.5
    mask = np.ones_like(values)
    mask[3] = False
    masked = characterize(Microstructure.from_array(values, mask=mask), [S2])
    cut = characterize(Microstructure.from_array(np.delete(values, 3, 0)), [S2])
    np.testing.assert_allclose(
        masked.planes["xy"].values[0][0]["s3"], cut.planes["xy"].values[0][0]["s3"]
    )


def test_a_mask_that_leaves_no_pairs_is_refused():
    mask = np.zeros((12, 12), bool)
    mask[::3, ::3] = True
    with pytest.raises(InputError, match="mask leaves no pixels for some entries of correlations"):
        characterize(Microstructure.from_array(_random((12, 12)).labels, mask=mask), [S2])


def test_too_small_or_of_one_phase():
    with pytest.raises(InputError, match=r"at least 5 pixels, the xy planes of the image have 4 x"):
        characterize(_random((4, 20)), [S2])
    volume = Microstructure.from_array(np.arange(8).reshape(2, 2, 2) > 3)
    with pytest.raises(InputError, match="at least two phases, found only 'phase 0'"):
        characterize(volume.plane(0), [VolumeFractions()])


def test_large_images_are_averaged_like_small_ones(slice_image):
    """A periodic image tiled twice has the statistics of one tile."""
    tile = Microstructure.from_array(slice_image.labels, periodic=True)
    tiled = Microstructure.from_array(np.tile(slice_image.labels, (2, 2)), periodic=True)
    one, four = (characterize(i, [S2]).planes["all"].values[0][0] for i in (tile, tiled))
    np.testing.assert_allclose(one["s3"], four["s3"], rtol=1e-9)


def test_pixels_that_coarse_levels_leave_out_are_logged(caplog):
    with caplog.at_level("INFO", "mcr_core.characterize"):
        characterize(_random((12, 14)), [S2])
        assert not caplog.records
        characterize(_random((13, 14)), [S2])
    assert [record.getMessage() for record in caplog.records] == [
        "correlations: the coarsest level of the xy planes leaves out 1 rows and 0 columns"
    ]
