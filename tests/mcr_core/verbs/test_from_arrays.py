"""from_arrays: numbers of other programs as a target."""

import numpy as np
import pytest

import mcr_core as mcr
from mcr_core import from_arrays
from mcr_core.descriptors import FFTCorrelations, TwoPoint, Variation
from mcr_core.errors import InputError, OptionError
from mcr_core.microstructure import Microstructure


def image(shape=(18, 21), seed=0, **options):
    from scipy.ndimage import gaussian_filter

    field = gaussian_filter(np.random.default_rng(seed).standard_normal(shape), 1.0, mode="wrap")
    return Microstructure.from_array(field > 0.1, periodic=True, **options)


def autocorrelation(ms):
    """S₂ of all lags as an FFT leaves it: lag 0 in the corner."""
    field = ms.labels.astype(float)
    return np.fft.ifft2(np.abs(np.fft.fft2(field)) ** 2).real / field.size


@pytest.mark.parametrize("shape", [(18, 21), (16, 16), (17, 17)])
@pytest.mark.parametrize("lag_zero", ["centre", "corner"])
def test_a_map_is_what_characterize_finds(shape, lag_zero):
    ms = image(shape)
    terms = [TwoPoint(limit_to=5), FFTCorrelations()]
    wanted = mcr.characterize(ms, terms)
    given = autocorrelation(ms)
    if lag_zero == "centre":
        given = np.fft.fftshift(given)
    found = from_arrays(given, terms, lag_zero=lag_zero, periodic=True)
    assert found.descriptors == tuple(terms)
    np.testing.assert_allclose(found.phase_fractions, wanted.phase_fractions)
    for plane in ("all", "cubic"):
        a, b = found.planes[plane], wanted.planes[plane]
        np.testing.assert_allclose(a.s2, b.s2, atol=1e-6)
        np.testing.assert_array_equal(a.pairs, b.pairs)
        np.testing.assert_allclose(a.values[0][0]["s2"], b.values[0][0]["s2"], atol=1e-9)
    fft = found.planes["all"].values[1][0]["s2"][0]
    rows, columns = ((n - 1) // 2 for n in shape)
    whole = wanted.planes["all"].values[1][0]["s2"][0]
    centre = whole.shape[1] // 2
    np.testing.assert_allclose(
        fft, whole[: rows + 1, centre - columns : centre + columns + 1], atol=1e-9
    )
    assert found.source_shape == shape


def test_an_open_map():
    ms = image()
    wanted = mcr.characterize(Microstructure.from_array(ms.labels), [TwoPoint(limit_to=5)])
    found = from_arrays(
        wanted.planes["all"].s2[0],
        [TwoPoint(limit_to=5)],
        phase_fractions=wanted.phase_fractions,
    )
    np.testing.assert_array_equal(found.planes["all"].pairs, wanted.planes["all"].pairs)
    assert (found.source_shape, found.periodic) == (ms.shape, False)
    np.testing.assert_allclose(
        found.planes["all"].values[0][0]["s2"],
        wanted.planes["all"].values[0][0]["s2"],
        atol=1e-6,
    )


def test_a_profile_is_isotropic():
    radius = np.arange(12)
    profile = 0.16 + 0.24 * np.exp(-radius / 3)
    found = from_arrays(profile)
    assert found.descriptors == (TwoPoint(limit_to=8),)
    np.testing.assert_allclose(found.phase_fractions, [0.6, 0.4])
    s2 = found.planes["all"].s2[0]
    assert s2.shape == (15, 15)
    assert s2[7, 7 + 5] == s2[7 + 5, 7] == s2[7 - 3, 7 + 4] == np.float32(profile[5])
    for other in (s2.T, s2[::-1], s2[:, ::-1]):
        np.testing.assert_allclose(s2, other, rtol=1e-6)
    short = from_arrays(profile[:4])
    assert short.descriptors == (TwoPoint(limit_to=3),)


def test_three_phases():
    labels = np.random.default_rng(0).integers(0, 3, (12, 14))
    ms = Microstructure.from_array(labels, periodic=True)
    terms = [TwoPoint(limit_to=4)]
    wanted = mcr.characterize(ms, terms)
    found = from_arrays(
        wanted.planes["all"].s2, terms, phase_fractions=wanted.phase_fractions, periodic=True
    )
    np.testing.assert_allclose(
        found.planes["all"].values[0][0]["s2"],
        wanted.planes["all"].values[0][0]["s2"],
        atol=1e-6,
    )


def test_values_of_descriptors():
    wanted = mcr.characterize(image(), ["variation", "two_point"]).planes["all"].values
    variation, two_point = wanted[0][0]["variation"], wanted[1][0]["s2"]
    found = from_arrays(
        phase_fractions=(0.6, 0.4),
        values={"variation": float(variation[0]), "volume_fractions": 0.4},
    )
    assert [d.name for d in found.descriptors] == ["variation", "volume_fractions"]
    np.testing.assert_allclose(found.planes["all"].values[0][0]["variation"], variation)
    assert found.planes["all"].s2.tolist() == [[[np.float32(0.4)]]]
    fraction = two_point[0, 0]
    found = from_arrays(
        values={"two_point": {"s2": two_point[0]}}, phase_fractions=(1 - fraction, fraction)
    )
    np.testing.assert_allclose(found.planes["all"].values[0][0]["s2"], two_point)
    square = found.planes["all"].s2[0]
    assert square.shape == (15, 15)
    np.testing.assert_allclose(square[7, 7:], two_point[0, :8], rtol=1e-6)
    np.testing.assert_allclose(square, square[::-1, ::-1])


def test_a_target_from_arrays_is_stored_and_reconstructed(tmp_path):
    ms = image()
    target = from_arrays(
        autocorrelation(ms),
        [TwoPoint(limit_to=5), Variation()],
        lag_zero="corner",
        values={"variation": 0.3},
        voxel_size=0.5,
        unit="um",
        phase_values=(0, 255),
        phase_names=("pore", "solid"),
    )
    read = mcr.read_characterization(mcr.write_characterization(tmp_path / "t.h5", target))
    assert read.notes == ("from arrays, not from an image",)
    for shape in ((12, 14), (10, 12, 11)):
        made = mcr.reconstruct(read, shape, max_iter=2).microstructure
        assert (made.shape, made.phase_values, made.unit) == (shape, (0, 255), "um")
        assert made.phase_names == ("pore", "solid")
        np.testing.assert_allclose(made.phase_fractions, ms.phase_fractions, atol=1 / 168)


MAP = np.array([[0.16, 0.2, 0.16], [0.2, 0.4, 0.2], [0.16, 0.2, 0.16]])


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({}, "expected a map of S2 or values of descriptors, got neither"),
        ({"s2": MAP, "lag_zero": "center"}, "lag_zero: expected centre or corner, got 'center'"),
        ({"s2": [["a"]]}, "s2: expected an array of numbers"),
        (
            {"s2": MAP[None, None]},
            r"s2: expected a map \[rows, columns\], .* got shape \(1, 1, 3, 3",
        ),
        ({"s2": MAP * np.nan}, "s2: expected probabilities from 0 to 1"),
        ({"s2": MAP * 9}, "s2: expected probabilities from 0 to 1, got values from 1.44 to 3.6"),
        (
            {"s2": MAP, "phase_fractions": (0.4, 0.6)},
            "s2 at lag 0 is 0.4, the fraction of phase 1 ",
        ),
        ({"s2": MAP, "lag_zero": "corner", "phase_fractions": (0.6, 0.4)}, "s2 at lag 0 is 0.16,"),
        ({"s2": MAP + np.diag([0.1, 0, 0])}, r"expected a map with S2\(-r\) = S2\(r\)"),
        ({"s2": MAP, "phase_fractions": (0.3, 0.3)}, "expected shares that sum to 1, got 0.3, 0.3"),
        ({"s2": MAP, "phase_fractions": 1}, r"one number per phase \(2 to 16\), got 1"),
        ({"s2": MAP, "phase_fractions": "ab"}, "phase_fractions: expected numbers, got 'ab'"),
        ({"s2": MAP, "phase_fractions": (0.2, 0.4, 0.4)}, "expected 6 maps for 3 phases, got 1"),
        (
            {"s2": np.stack([MAP] * 6)},
            "phase_fractions: expected the share of each phase, got none",
        ),
        ({"s2": [0.4]}, "s2: expected lags of at least 1 pixel, got lag 0 only"),
        (
            {"s2": MAP, "descriptors": ["two_point"]},
            "two_point needs lags of up to 7 .* s2 has 1 x",
        ),
        (
            {"s2": MAP, "descriptors": ["variation"]},
            "no values of variation among the arrays: give",
        ),
        (
            {"s2": MAP, "descriptors": [FFTCorrelations(domain="volume")]},
            "fft_correlations: expected domain=planes, arrays are of 2D images",
        ),
        (
            {"s2": MAP, "descriptors": ["variation"], "values": {"variation": 1, "variatoin": 1}},
            "values of variatoin are given, but it is not among .*: did you mean 'vari",
        ),
        ({"values": {"variatoin": 1}, "s2": MAP}, "unknown descriptor 'variatoin': did you mean"),
        (
            {"values": {"variation": 1}},
            "phase_fractions: expected the share of each phase, got none",
        ),
        (
            {"values": {"variation": {"v": 1}}, "s2": MAP},
            "variation has the blocks variation: expected a dictionary of these, got v",
        ),
        (
            {"values": {"correlations": np.ones(3)}, "s2": MAP},
            "correlations has the blocks s2, s3: expected a dictionary of these, got one array",
        ),
        (
            {"values": {"variation": [1, 2]}, "s2": MAP},
            "variation: expected finite numbers of shape 1 as variation, got 2",
        ),
        ({"values": {"variation": np.nan}, "s2": MAP}, "variation: expected finite numbers"),
        ({"values": {"variation": "x"}, "s2": MAP}, "variation: expected numbers as variation"),
        (
            {"values": {"two_point": np.ones(5)}, "s2": MAP},
            "two_point: expected finite numbers of shape 1 x 113 as s2, got 1 x 5",
        ),
        ({"s2": MAP, "phase_values": (1, 0)}, "expected 2 ascending phase values"),
        ({"s2": MAP, "phase_names": ("a",)}, "expected 2 phase names, got 1"),
        ({"s2": MAP, "unit": "inch"}, "unknown unit 'inch'"),
    ],
)
def test_arrays_that_are_no_statistics(options, message):
    with pytest.raises((InputError, OptionError), match=message):
        from_arrays(**options)


def test_a_target_without_lags_has_no_extent_to_take_over():
    target = from_arrays(values={"variation": 0.2}, phase_fractions=(0.6, 0.4))
    for options in ({}, {"add_dimension": 8}):
        with pytest.raises(InputError, match="the target is of arrays without lags: give a shape"):
            mcr.reconstruct_iter(target, **options)
    assert mcr.reconstruct_iter(target, (12, 12)) is not None


def test_weights_are_refused():
    with pytest.raises(InputError, match="weight of variation: statistics have no weights"):
        from_arrays(
            descriptors=[mcr.Term(descriptor="variation", weight=2)],
            values={"variation": 0.2},
            phase_fractions=(0.6, 0.4),
        )


def test_a_map_with_lag_zero_in_the_corner_is_not_taken_for_centred():
    image = np.random.default_rng(0).random((16, 16)) < 0.4
    spectrum = np.fft.fft2(image)
    corner = np.fft.ifft2(np.abs(spectrum) ** 2).real / image.size
    with pytest.raises(InputError, match="expected its largest value at lag 0"):
        from_arrays(s2=corner)
    target = from_arrays(s2=corner, lag_zero="corner")
    np.testing.assert_allclose(target.phase_fractions[1], image.mean())
