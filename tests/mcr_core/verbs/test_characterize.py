"""characterize: what is averaged over what."""

import brute_force
import numpy as np
import pytest

from mcr_core import characterize, read_characterization, reconstruct, write_characterization
from mcr_core.descriptors import Correlations, FFTCorrelations, Variation, VolumeFractions
from mcr_core.descriptors.lag_map import lags
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


def _arrays(row):
    """Everything that statistics of planes hold, by a name."""
    found = {"phase_fractions": row.phase_fractions, "s2": row.s2}
    for index, levels in enumerate(row.values):
        for level, blocks in enumerate(levels):
            found |= {f"{index}/{level}/{name}": block for name, block in blocks.items()}
    return found


def test_pooled_is_the_mean_over_the_directions():
    volume = _random((6, 8, 6), periodic=True)
    terms = [Correlations(limit_to=2), FFTCorrelations()]
    each = characterize(volume, terms).planes
    pooled = characterize(volume, terms, pool=True)
    assert list(pooled.planes) == ["all", "cubic"]
    assert not pooled.is_directional
    assert pooled.source_shape == (6, 8, 6)
    found = pooled.planes["all"]
    np.testing.assert_allclose(
        found.values[0][0]["s3"], np.mean([p.values[0][0]["s3"] for p in each.values()], axis=0)
    )
    # Lags that the planes of all directions have.
    fft = [each["xy"].values[1][0]["s2"][:, :4], each["xz"].values[1][0]["s2"],
           each["yz"].values[1][0]["s2"][:, :, 1:8]]  # fmt: skip
    np.testing.assert_allclose(found.values[1][0]["s2"], np.mean(fft, axis=0))
    np.testing.assert_allclose(
        found.s2[0, found.s2.shape[1] // 2, found.s2.shape[2] // 2], volume.phase_fractions[1]
    )
    np.testing.assert_allclose(found.phase_fractions, volume.phase_fractions)


def test_the_cubic_mean_of_a_pooled_volume_is_that_of_all_its_planes():
    volume = _random((3, 4, 5))
    terms = [Correlations(limit_to=2)]
    found = characterize(volume, terms, pool=True).planes["cubic"].values[0]
    kinds = []
    for axis in range(3):
        images = [
            Microstructure.from_array(image, phase_values=(0, 1))
            for image in np.moveaxis(volume.labels, axis, 0)
        ]
        kinds.append(characterize(images, terms).planes["cubic"].values[0])
    for name, block in found[0].items():
        np.testing.assert_allclose(block, np.mean([kind[0][name] for kind in kinds], axis=0))


def test_pooled_volumes_give_2d_and_3d_results(tmp_path):
    target = characterize(_random((4, 5, 6), periodic=True), [Variation()], pool=True)
    read = read_characterization(write_characterization(tmp_path / "t.h5", target))
    assert list(read.planes) == ["all", "cubic"]
    assert (read.source_shape, read.voxel_size) == ((4, 5, 6), (1, 1, 1))
    for shape in ((9, 12), (5, 6, 7)):
        assert reconstruct(read, shape, max_iter=1).microstructure.shape == shape


def test_pool_is_for_volumes_with_cubic_voxels():
    with pytest.raises(InputError, match="expected a volume to pool the directions of, got a 2D"):
        characterize(_random((12, 12)), [S2], pool=True)
    with pytest.raises(InputError, match=r"expected cubic voxels to pool .* have 1 x 1 x 2"):
        characterize(_random((8, 8, 8), voxel_size=(1, 1, 2)), [S2], pool=True)
    with pytest.raises(InputError, match="pool is for one volume: several images give their mean"):
        characterize([_random((8, 8))], [S2], pool=True)


@pytest.mark.parametrize("plane", ["all", "cubic"])
def test_several_images_give_their_mean_and_its_standard_error(plane):
    images = [_random((7, 8), seed) for seed in range(4)]
    terms = [Correlations(limit_to=2), Variation()]
    pooled = characterize(images, terms)
    each = [_arrays(characterize(image, terms).planes[plane]) for image in images]
    row = pooled.planes[plane]
    for name, found in _arrays(row).items():
        values = [one[name].astype(float) for one in each]
        np.testing.assert_allclose(found, np.mean(values, axis=0), rtol=1e-6, err_msg=name)
        error = _arrays(row.errors)[name]
        np.testing.assert_allclose(
            error, np.std(values, axis=0, ddof=1) / 2, rtol=1e-4, atol=1e-8, err_msg=name
        )
    assert (row.pairs == 4 * characterize(images[0], terms).planes[plane].pairs).all()
    assert (pooled.images, pooled.source_shape, pooled.notes) == (4, (7, 8), ())


def test_one_image_of_a_stack_has_the_errors_of_one_image():
    image = _random((12, 14))
    found, alone = (characterize(i, [Variation()]) for i in ([image], image))
    np.testing.assert_array_equal(found.planes["all"].s2, alone.planes["all"].s2)
    errors = found.planes["all"].errors
    assert errors.origin == "image"
    np.testing.assert_array_equal(errors.s2, alone.planes["all"].errors.s2)


def test_an_image_without_pairs_at_a_lag_has_no_vote():
    values = np.random.default_rng(3).random((3, 10, 10)) < 0.5
    mask = np.ones_like(values)
    mask[0, :, 6:] = mask[1, :, 6:] = False  # these two have no lag of 6 and more along X
    images = [
        Microstructure.from_array(v, mask=m, phase_values=(0, 1))
        for v, m in zip(values, mask, strict=True)
    ]
    row = characterize(images, [Variation()]).planes["all"]
    whole = characterize(images[2], [Variation()]).planes["all"]
    np.testing.assert_array_equal(row.s2[0, 9, 9 + 6 :], whole.s2[0, 9, 9 + 6 :])
    assert (row.errors.s2[0, 9, 9 + 6 :] == 0.5).all()
    assert (row.errors.s2[0, 9, 9 : 9 + 5] < 0.5).all()


def test_a_phase_may_be_absent_from_an_image_of_several():
    empty = Microstructure.from_array(np.zeros((12, 14), int), phase_values=(0, 1))
    found = characterize([empty, _random((12, 14))], [Variation()])
    np.testing.assert_allclose(found.phase_fractions[1], _random((12, 14)).phase_fractions[1] / 2)
    with pytest.raises(InputError, match="expected at least two phases, found only 'phase 0'"):
        characterize([empty, empty], [Variation()])


def test_images_of_several_extents_share_lags_and_levels(caplog):
    found = characterize([_random((12, 14)), _random((10, 20), 1)], [Variation()])
    assert found.planes["all"].s2.shape == (1, 19, 27)
    assert found.source_shape == (10, 14)
    (note,) = found.notes
    assert note == "of 2 images: S2: lags up to 9 x 13 pixels"
    assert caplog.records[-1].getMessage() == note


@pytest.mark.parametrize(
    ("images", "message"),
    [
        ([], "expected at least one image, got none"),
        (
            [_random((8, 8)), _random((8, 8, 8))],
            "expected 2D images of one .*, image 1 is 3D",
        ),
        ([_random((8, 8)), _random((8, 8), periodic=True)], "all periodic or all open, got both"),
        (
            [_random((8, 8)), _random((8, 8), phase_values=(0, 1, 2))],
            "image 1 has the values 0, 1, 2, the first 0, 1: name all of them",
        ),
        ([_random((8, 8)), _random((4, 8))], "at least 5 pixels, the xy planes .* have 4 x 8"),
        (
            [_random((8, 8)), _random((8, 8), voxel_size=2.0)],
            "expected pixels of one size, got 1",
        ),
    ],
)
def test_images_that_are_not_of_one_material(images, message):
    with pytest.raises(InputError, match=message):
        characterize(images, [S2])


def test_errors_are_stored(tmp_path):
    target = characterize([_random((12, 14), seed) for seed in range(3)], [Variation()])
    read = read_characterization(write_characterization(tmp_path / "t.h5", target))
    for plane, row in target.planes.items():
        for name, error in _arrays(row.errors).items():
            np.testing.assert_allclose(_arrays(read.planes[plane].errors)[name], error)
    assert read.images == 3


def test_a_round_mask_leaves_the_levels_that_it_can(caplog):
    y, x = np.indices((64, 64)) - 31.5
    labels = np.random.default_rng(0).integers(0, 2, (64, 64))
    core = Microstructure.from_array(labels, mask=np.hypot(y, x) <= 32)
    target = characterize(core, [Correlations(limit_to=8)])
    assert [len(target.planes[name].values[0]) for name in ("all", "cubic")] == [2, 2]
    assert "the mask leaves only the 2 finest of 3 pyramid levels" in caplog.text
