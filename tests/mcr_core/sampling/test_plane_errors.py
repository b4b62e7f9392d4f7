import numpy as np
import pytest

from mcr_core import Microstructure, characterize, read_characterization, write_characterization
from mcr_core.sampling import entry_errors, with_sampling_errors
from mcr_core.sampling.descriptor_scatter import _OF_LAGS, Plane, descriptor_errors
from mcr_core.sampling.entry_errors import independent_pieces
from mcr_core.sampling.image_scatter import image_scatter
from mcr_core.sampling.waves import low_waves

MEANS = [
    "volume_fractions", "variation", "two_point:limit_to=3", "correlations:limit_to=3",
    "lineal_path:limit_to=3", "line_correlations:limit_to=3", "fft_correlations",
    "cross_correlations:limit_to=3", "fft_cross_correlations",
]  # fmt: skip


def terms(names):
    from mcr_core.term import parse_term

    return [parse_term(name) for name in names]


def image(phases=2, shape=(24, 28), **options):
    from scipy.ndimage import gaussian_filter

    noise = np.random.default_rng(1).standard_normal((phases, *shape))
    labels = np.argmax([gaussian_filter(one, 1.5, mode="wrap") for one in noise], axis=0)
    return Microstructure.from_array(labels, **options)


@pytest.fixture(scope="module", params=["open", "periodic", "masked", "three phases"])
def target(request):
    options = {}
    if request.param == "periodic":
        options["periodic"] = True
    if request.param == "masked":
        options["mask"] = np.ones((24, 28), bool)
        options["mask"][:4, :6] = False
    return characterize(image(3 if request.param == "three phases" else 2, **options), terms(MEANS))


@pytest.mark.parametrize("plane", ["all", "cubic"])
def test_every_value_has_an_error_of_its_shape(target, plane):
    row = target.planes[plane]
    assert (row.errors.origin, row.errors.bounds) == ("image", ())
    assert row.errors.degrees >= 8
    assert row.errors.phase_fractions.shape == row.phase_fractions.shape
    assert (row.errors.phase_fractions > 0).all()
    assert row.errors.s2.shape == row.s2.shape
    for levels, errors in zip(row.values, row.errors.values, strict=True):
        for blocks, of_blocks in zip(levels, errors, strict=True):
            for name, value in blocks.items():
                assert of_blocks[name].shape == value.shape
                assert np.isfinite(of_blocks[name]).all()
                assert (of_blocks[name] >= 0).all()


def test_the_same_number_has_the_same_error_wherever_it_is(target):
    """S₂ at short lags stands in five places."""
    row = target.planes["all"]
    errors = {d.name: e[0] for d, e in zip(target.descriptors, row.errors.values, strict=True)}
    two_point = errors["two_point"]["s2"]
    np.testing.assert_allclose(errors["correlations"]["s2"], two_point)
    np.testing.assert_allclose(errors["line_correlations"]["s2"][:, 0], two_point[:, :3])
    centre = [n // 2 for n in row.pairs.shape]
    if len(two_point) == 1:
        np.testing.assert_allclose(
            row.errors.s2[0, centre[0], centre[1] : centre[1] + 3], two_point[0, :3], rtol=1e-5
        )
        np.testing.assert_allclose(
            errors["fft_correlations"]["s2"][0, 0, 14:17], two_point[0, :3], rtol=1e-9
        )
    np.testing.assert_allclose(errors["volume_fractions"]["volume_fractions"], two_point[:, 0])
    np.testing.assert_allclose(
        errors["lineal_path"]["lineal_path"][:, 0], two_point[:, 0], rtol=1e-9
    )


def test_the_mean_over_orientations_scatters_less(target):
    names = [d.name for d in target.descriptors]
    alone, mean = (
        target.planes[plane].errors.values[names.index("two_point")][0]["s2"]
        for plane in ("all", "cubic")
    )
    assert np.sum(mean**2) < np.sum(alone**2)
    np.testing.assert_allclose(mean[:, 0], alone[:, 0])


def test_few_lags_and_all_lags_have_the_same_errors(target, monkeypatch):
    """Summed pixel by pixel and by FFT, on all levels."""
    source = {"periodic": target.periodic}
    if target.masked:
        source["mask"] = np.ones((24, 28), bool)
        source["mask"][:4, :6] = False
    made = image(len(target.phase_values), **source)
    monkeypatch.setattr("mcr_core.sampling.descriptor_scatter._FEW", 0)
    found = with_sampling_errors(target, made)
    for name, row in target.planes.items():
        for errors, by_fft in zip(row.errors.values, found.planes[name].errors.values, strict=True):
            for blocks, others in zip(errors, by_fft, strict=True):
                for block, values in blocks.items():
                    np.testing.assert_allclose(others[block], values, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("shape", [(24, 24), (24, 28)])
def test_turned_lags_are_those_of_turned_planes(shape):
    """The mean over orientations, from eight planes one by one."""
    fields = image(shape=shape).fields(np.float64)
    inside, waves = np.ones(shape), low_waves(shape, None, periodic=False, count=8)
    plane = Plane(fields, inside, waves, periodic=False)
    scatter = image_scatter(fields, None, periodic=False)
    for term in terms(["two_point:limit_to=3", "line_correlations:limit_to=3", "fft_correlations"]):
        descriptor = term.descriptor
        (found,) = descriptor_errors(descriptor, plane, scatter, 1, cubic=True)
        each = [_OF_LAGS[descriptor.name](descriptor, one, False) for one in plane.orientations()]
        if descriptor.name == "fft_correlations" and shape[0] != shape[1]:
            each = each[:1]
        mean = np.mean([one["s2"] for one in each], axis=0)
        expected = np.sqrt(np.mean(np.square(mean), axis=0) * scatter.correction[0])
        np.testing.assert_allclose(found["s2"], expected, rtol=1e-9)


def test_lags_with_few_pairs_are_unknown():
    row = characterize(image(), ["variation"]).planes["all"]
    assert (row.errors.s2[:, 0, 0] == 0.5).all()
    assert (row.errors.s2[0, 23 - 3 : 23 + 4, 27 - 3 : 27 + 4] < 0.2).all()


def test_what_is_no_mean_has_bounds():
    found = characterize(image(), ["chord_lengths", "minkowski", "variation"])
    errors = found.planes["all"].errors
    assert errors.bounds == ("chord_lengths", "minkowski")
    assert all((block > 0).all() for block in errors.values[0][0].values())


def test_errors_and_where_they_come_from_are_stored(tmp_path, target):
    found = read_characterization(write_characterization(tmp_path / "t.h5", target))
    for name, row in target.planes.items():
        errors = found.planes[name].errors
        known = row.errors
        assert (errors.origin, errors.degrees, errors.bounds) == (
            known.origin, known.degrees, known.bounds
        )  # fmt: skip
        np.testing.assert_array_equal(errors.s2, known.s2)


def test_entry_errors_are_those_of_the_target_and_never_0(target):
    for index in range(len(target.descriptors)):
        known = target.planes["all"].errors.values[index]
        for blocks, of_blocks in zip(entry_errors(target, "all", index), known, strict=True):
            for name, error in blocks.items():
                assert (error > 0).all()
                positive = of_blocks[name] > 0
                np.testing.assert_array_equal(error[positive], of_blocks[name][positive])


def test_entry_errors_without_known_ones_are_bounds():
    rng = np.random.default_rng(0)
    volume = Microstructure.from_array((rng.random((12, 14, 16)) < 0.4).astype(int))
    found = characterize(volume, ["variation"])
    assert found.planes["xy"].errors is None
    (blocks,) = entry_errors(found, "xy", 0)
    value = found.planes["xy"].values[0][0]["variation"]
    pieces = independent_pieces(found, "xy")
    # white noise: nearly every pixel is a piece
    assert 12 * 14 * 16 / 3 < pieces <= 12 * 14 * 16
    np.testing.assert_allclose(blocks["variation"], np.sqrt(value * (1 - value) / pieces), rtol=0.5)


def test_several_images_have_the_scatter_between_them():
    images = [image(), image(shape=(24, 28))]
    errors = characterize(images, ["variation"]).planes["all"].errors
    assert (errors.origin, errors.degrees) == ("images", 1)
    alone = characterize([image()], ["variation"]).planes["all"].errors
    assert alone.origin == "image"
