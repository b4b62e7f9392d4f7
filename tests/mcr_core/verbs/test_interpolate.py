"""interpolate: linear in all that is stored, on what all ends have."""

import numpy as np
import pytest

import mcr_core as mcr
from mcr_core.descriptors import Correlations, FFTCorrelations, TwoPoint, Variation, VolumeFractions
from mcr_core.errors import InputError
from mcr_core.microstructure import Microstructure

TERMS = (TwoPoint(limit_to=3), Variation())


def of_image(seed, shape=(16, 16), terms=TERMS, phases=2, **options):
    labels = np.random.default_rng(seed).integers(0, phases, shape)
    image = Microstructure.from_array(labels, phase_values=range(phases), **options)
    return mcr.characterize(image, terms)


def arrays(target, plane="all"):
    """All numbers that a plane stores, by a name."""
    row = target.planes[plane]
    found = {"phase_fractions": row.phase_fractions, "s2": row.s2}
    for index, levels in enumerate(row.values):
        for level, blocks in enumerate(levels):
            found |= {f"{index}/{level}/{name}": block for name, block in blocks.items()}
    return found


def assert_mixed(found, ends, weights, plane="all"):
    for name, array in arrays(found, plane).items():
        parts = [arrays(end, plane)[name] for end in ends]
        expected = sum(w * part for w, part in zip(weights, parts, strict=True))
        np.testing.assert_allclose(array, expected, rtol=2e-6, err_msg=name)


@pytest.fixture(scope="module")
def ends():
    return of_image(0), of_image(1), of_image(2)


@pytest.mark.parametrize("plane", ["all", "cubic"])
def test_steps_include_both_ends(ends, plane):
    found = mcr.interpolate(*ends[:2], steps=5)
    assert len(found) == 5
    for n, step in enumerate(found):
        assert_mixed(step, ends[:2], (1 - n / 4, n / 4), plane)
        assert step.descriptors == TERMS
        assert step.notes == ()
    for step, end in ((found[0], ends[0]), (found[-1], ends[1])):
        for name, array in arrays(step).items():
            np.testing.assert_array_equal(array, arrays(end)[name], err_msg=name)
            assert array.dtype == arrays(end)[name].dtype


def test_weights_of_more_than_two_ends(ends):
    rows = [(0.5, 0.3, 0.2), (0, 0, 1), (1 / 3, 1 / 3, 1 / 3)]
    found = mcr.interpolate(*ends, weights=rows)
    assert len(found) == 3
    for target, row in zip(found, rows, strict=True):
        assert_mixed(target, ends, row)
        assert target.images == 3


def test_three_phases():
    ends = [of_image(seed, phases=3) for seed in (0, 1)]
    middle = mcr.interpolate(*ends, steps=3)[1]
    assert_mixed(middle, ends, (0.5, 0.5))
    assert middle.planes["all"].s2.shape[0] == 6


def test_merged_ones():
    images = [of_image(seed, (24, 24)) for seed in range(6)]
    ends = [
        mcr.merge(xy=a, xz=b, yz=c, force=True)
        for a, b, c in (tuple(images[:3]), tuple(images[3:]))
    ]
    middle = mcr.interpolate(*ends, steps=3)[1]
    assert middle.is_directional
    for plane in ("xy", "xz", "yz"):
        assert_mixed(middle, ends, (0.5, 0.5), plane)
    assert (middle.source_shape, middle.voxel_size) == ((24, 24, 24), (1, 1, 1))


def test_an_image_counts_for_every_direction_of_a_merged_one(caplog):
    images = [of_image(seed, (24, 24)) for seed in range(4)]
    merged = mcr.merge(xy=images[0], xz=images[1], yz=images[2], force=True)
    first, _, last = mcr.interpolate(images[3], merged, steps=3)
    assert first.is_directional
    cubic = images[3].planes["cubic"].values[0][0]["s2"]
    for plane in ("xy", "xz", "yz"):
        np.testing.assert_allclose(first.planes[plane].values[0][0]["s2"], cubic)
        window = first.planes[plane].s2
        np.testing.assert_allclose(window, window.swapaxes(1, 2), rtol=1e-6)
        np.testing.assert_allclose(
            last.planes[plane].values[0][0]["s2"], merged.planes[plane].values[0][0]["s2"]
        )
    said = "some have statistics per direction, some do not: those count for every direction"
    assert first.notes[0] == said
    assert caplog.records[0].getMessage() == f"interpolated is what all ends have: {said}"


def test_what_not_all_have_is_left_out_and_said():
    longer = of_image(0, (40, 36), [TwoPoint(limit_to=5), FFTCorrelations(), VolumeFractions()])
    shorter = of_image(1, (16, 18), [FFTCorrelations(), TwoPoint(limit_to=3), Variation()])
    found = mcr.interpolate(longer, shorter, steps=3)
    assert found[0].descriptors == (TwoPoint(limit_to=3), FFTCorrelations())
    assert found[0].notes == (
        "two_point with limit_to=3, the smallest of them",
        "without variation, volume_fractions, which not all have",
        "two_point: the 2 finest of 3 levels",
        "S2: lags up to 15 x 17 pixels",
    )
    plain = of_image(0, (40, 36), [TwoPoint(limit_to=3)]).planes["all"]
    for level in range(2):
        np.testing.assert_allclose(
            found[0].planes["all"].values[0][level]["s2"], plain.values[0][level]["s2"]
        )
    fft = found[0].planes["all"].values[1][0]["s2"]
    whole = longer.planes["all"].values[1][0]["s2"]
    assert fft.shape == (1, 9, 19)
    np.testing.assert_allclose(fft[0], whole[0, :9, 9:28])
    np.testing.assert_allclose(
        found[0].planes["all"].s2, longer.planes["all"].s2[:, 24:55, 18:53], rtol=1e-6
    )


def test_three_point_correlations_are_cut_to_the_smaller_limit():
    ends = [of_image(seed, terms=[Correlations(limit_to=n)]) for seed, n in ((0, 3), (1, 2))]
    found = mcr.interpolate(*ends, steps=2)[0]
    assert found.descriptors == (Correlations(limit_to=2),)
    plain = of_image(0, terms=[Correlations(limit_to=2)]).planes["all"].values[0]
    for blocks, expected in zip(found.planes["all"].values[0], plain, strict=False):
        np.testing.assert_allclose(blocks["s2"], expected["s2"])
        np.testing.assert_allclose(blocks["s3"], expected["s3"])


def test_other_options_than_the_limit_are_no_match():
    ends = [of_image(seed, terms=[Correlations(limit_to=2, form=form)])
            for seed, form in enumerate(("exact", "soft"))]  # fmt: skip
    with pytest.raises(InputError, match="expected descriptors that all have with the same opti"):
        mcr.interpolate(*ends, steps=2)


def test_what_is_interpolated_is_stored_and_reconstructed(tmp_path, ends):
    middle = mcr.interpolate(*ends[:2], steps=3)[1]
    read = mcr.read_characterization(mcr.write_characterization(tmp_path / "m.h5", middle))
    assert_mixed(read, ends[:2], (0.5, 0.5))
    result = mcr.reconstruct(read, (12, 14), max_iter=2)
    np.testing.assert_allclose(
        result.microstructure.phase_fractions, middle.phase_fractions, atol=1 / (12 * 14)
    )


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({}, "give steps or weights, one of them"),
        ({"steps": 3, "weights": [(1, 0)]}, "give steps or weights, one of them"),
        ({"steps": 1}, "expected 2 steps or more, both ends included, got 1"),
        ({"steps": 2.5}, "expected a whole number of steps, got 2.5"),
        ({"weights": []}, "expected at least one row of weights, got none"),
        ({"weights": [(1, 0, 0)]}, "expected a weight for each of the 2 ends, got 1, 0, 0"),
        ({"weights": [(0.5, 0.6)]}, r"weights that sum to 1, got 0.5, 0.6 \(sum 1.1\)"),
        ({"weights": [(1.5, -0.5)]}, "expected weights from 0 to 1, got 1.5, -0.5"),
        ({"weights": [(float("nan"), 1)]}, "expected weights from 0 to 1, got nan, 1"),
        ({"weights": ["ab"]}, "expected numbers as weights, got 'ab'"),
    ],
)
def test_weights_and_steps_that_do_not_fit(ends, options, message):
    with pytest.raises(InputError, match=message):
        mcr.interpolate(*ends[:2], **options)


def test_ends_that_do_not_fit(ends):
    with pytest.raises(InputError, match="expected two or more characterizations, got 1"):
        mcr.interpolate(*ends[:1], steps=3)
    with pytest.raises(InputError, match="steps go from one end to another, got 3 ends: give wei"):
        mcr.interpolate(*ends, steps=3)
    with pytest.raises(InputError, match="expected pixels of one size, got 1 x 1 pixel and 2 x 2"):
        mcr.interpolate(ends[0], of_image(1, voxel_size=2.0), steps=3)
    with pytest.raises(InputError, match="expected the same phases, got those of the values 0, 1 "):
        mcr.interpolate(ends[0], of_image(1, phases=3), steps=3)
    with pytest.raises(InputError, match="expected descriptors that all have"):
        mcr.interpolate(ends[0], of_image(1, terms="volume_fractions"), steps=3)
