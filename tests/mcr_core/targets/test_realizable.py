"""S₂ that a volume can have: what is one stays, what is none moves to one, and no further."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.ndimage import gaussian_filter

from mcr_core.planes import PLANES, plane_shape
from mcr_core.targets import realizable
from mcr_core.targets.given_fraction_errors import given_fraction_errors
from mcr_core.targets.nearest_sections import Sections, nearest_density
from mcr_core.targets.realizable import realizable_maps
from mcr_core.targets.section_grids import InversionGrid


def phase(shape, seed, width=1.0, fraction=0.35):
    field = gaussian_filter(np.random.default_rng(seed).standard_normal(shape), width, mode="wrap")
    return field > np.quantile(field, 1 - fraction)


def sections(volume):
    """S₂ of a periodic volume in its three coordinate planes, lag 0 in the centre."""
    s2 = np.fft.ifftn(np.square(np.abs(np.fft.fftn(volume)))).real / volume.size
    found = {"xy": s2[0], "xz": s2[:, 0], "yz": s2[:, :, 0]}
    return {plane: np.fft.fftshift(one) for plane, one in found.items()}


def pairs_of(maps):
    return {plane: np.full(one.shape, one.size) for plane, one in maps.items()}


def moved_maps(maps, fraction, shape, **options):
    given_options = {"periodic": True, **options}
    return realizable_maps(maps, pairs_of(maps), fraction, shape, **given_options)


def spectrum(square):
    return np.fft.fft2(np.fft.ifftshift(square)).real


def centre(square):
    return square[tuple(n // 2 for n in square.shape)]


def lines(maps):
    """S₂ along X, Y and Z, each as both planes have it."""
    row = {plane: one[one.shape[0] // 2] for plane, one in maps.items()}
    column = {plane: one[:, one.shape[1] // 2] for plane, one in maps.items()}
    return [(row["xy"], row["xz"]), (column["xy"], row["yz"]), (column["xz"], column["yz"])]


@pytest.mark.parametrize("shape", [(16, 16, 16), (12, 10, 14), (9, 11, 8)])
@pytest.mark.parametrize("seed", [0, 1])
def test_sections_of_a_volume_stay(shape, seed):
    volume = phase(shape, seed)
    maps = sections(volume)
    found = moved_maps(maps, volume.mean(), shape)
    for plane in PLANES:
        assert found.moved[plane].all()
        np.testing.assert_allclose(found.s2[plane], maps[plane], atol=1e-6)


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_every_distance_counts_as_much_as_any_other(seed):
    """Many long lags, which say little, do not move the few short ones that hold the surface."""
    image = phase((32, 32), seed, width=2.0)
    s2 = np.fft.fftshift(np.fft.ifft2(np.square(np.abs(np.fft.fft2(image)))).real / image.size)
    s2 = (s2 + s2.T) / 2
    found = moved_maps(dict.fromkeys(PLANES, s2), image.mean(), (32, 32, 32))
    length = np.hypot(*np.ogrid[-16:16, -16:16])
    change = np.abs(found.s2["xy"] - s2) / np.maximum(found.errors["xy"], 1e-12)
    near, far = (length > 0) & (length < 6), (length >= 6) & (length < 16)
    assert change[near].mean() < 0.5 * change[far].mean()


def test_sections_of_three_independent_images_become_those_of_one_volume():
    shape, fraction = (12, 14, 16), 0.4
    maps = {}
    for seed, plane in enumerate(PLANES):
        image = phase((1, *plane_shape(shape, plane)), seed, fraction=fraction)
        maps[plane] = sections(image)["xy"]
    assert max(np.abs(a - b).max() for a, b in lines(maps)) > 0.02
    found = moved_maps(maps, fraction, shape).s2
    for one, other in lines(found):
        np.testing.assert_allclose(one, other, atol=1e-6)
    for plane in PLANES:
        assert centre(found[plane]) == pytest.approx(fraction)
        assert spectrum(found[plane]).min() > -1e-5 * found[plane].size
        assert 0.002 < np.abs(found[plane] - maps[plane]).max() < 0.1
    again = moved_maps(found, fraction, shape).s2
    for plane in PLANES:  # so there is a density that is not negative
        np.testing.assert_allclose(again[plane], found[plane], atol=5e-4)


def test_the_density_found_is_not_negative_and_has_the_sections():
    rng = np.random.default_rng(0)
    shape = (6, 7, 8)
    grid = InversionGrid(shape)
    values = {}
    for plane, one in sections(rng.random(shape) < 0.5).items():
        noise = 0.03 * rng.standard_normal(one.shape)
        one = np.fft.ifftshift(one) - 0.25 + noise
        values[plane] = (one + np.roll(one[::-1, ::-1], (1, 1), (0, 1))) / 2
        values[plane][0, 0] = 0.25
    known = {plane: np.ones(one.shape, bool) for plane, one in values.items()}
    variances = {plane: np.full(one.shape, 1e-4) for plane, one in values.items()}
    for plane in PLANES:
        variances[plane][0, 0] = 0.0
        known[plane][0, 0] = plane == "xy"
    given_sections = Sections(values, known, variances)
    start = np.full((4, 7, 8), 0.25 / np.prod(shape))
    p = nearest_density(grid, given_sections, start, mean_is_zero=True)
    assert p.min() >= 0
    assert p[0, 0, 0] == 0
    found = grid.sections(p)
    assert found["xy"][0, 0] == pytest.approx(0.25, abs=1e-5)

    def loss(sections_found):
        return sum(
            np.square(sections_found[plane] - values[plane])[known[plane]].sum() for plane in PLANES
        )

    best = loss(found)
    assert 0 < best < 0.8 * loss(grid.sections(start))
    # No other density that is not negative is nearer: steps towards random ones.
    for _ in range(50):
        other = rng.random(p.shape) ** 8
        other[0, 0, 0] = 0
        other *= 0.25 / grid.sections(other)["xy"][0, 0]
        assert loss(grid.sections(0.99 * p + 0.01 * other)) > best * (1 - 1e-3)


@settings(max_examples=15)
@given(
    seed=st.integers(0, 10**6),
    shape=st.tuples(*[st.integers(3, 9)] * 3),
    fraction=st.floats(0.05, 0.95),
    periodic=st.booleans(),
)
def test_any_maps_become_consistent_and_positive(seed, shape, fraction, periodic):
    rng = np.random.default_rng(seed)
    maps = {}
    for plane in PLANES:
        one = rng.random(plane_shape(shape, plane))
        one[tuple(n // 2 for n in one.shape)] = fraction
        maps[plane] = one
    found = moved_maps(maps, fraction, shape, periodic=periodic)
    for plane in PLANES:
        one = found.s2[plane]
        assert np.isfinite(one).all()
        assert centre(one) == pytest.approx(fraction)
        assert np.abs(one - fraction**2).max() <= fraction * (1 - fraction) + 1e-6
        if periodic:
            assert found.moved[plane].all()
            assert spectrum(one).min() > -1e-4
    for one, other in lines(found.s2):
        np.testing.assert_allclose(one, other, atol=1e-5)


def test_mirrored_maps_take_the_octant_and_give_the_same(monkeypatch):
    shape = (12, 12, 12)
    one = sections(phase((1, 12, 12), 0))["xy"]
    turned = np.fft.ifftshift(one)
    turned = (turned + np.roll(turned[::-1], 1, 0)) / 2
    turned = np.fft.fftshift((turned + turned.T) / 2)
    maps = dict.fromkeys(PLANES, turned)
    quick = moved_maps(maps, 0.35, shape)
    monkeypatch.setattr(realizable, "MirrorGrid", InversionGrid)
    slow = moved_maps(maps, 0.35, shape)
    for plane in PLANES:
        np.testing.assert_allclose(quick.s2[plane], slow.s2[plane], atol=2e-4)


def test_another_fraction_keeps_the_coefficients():
    volume = phase((12, 12, 12), 3)
    maps, v = sections(volume), volume.mean()
    found = moved_maps(maps, 0.5, volume.shape).s2
    for plane in PLANES:
        rho = (maps[plane] - v**2) / (v - v**2)
        np.testing.assert_allclose(found[plane], 0.25 + 0.25 * rho, atol=1e-6)


def test_lags_with_few_pairs_and_beyond_half_of_the_volume_are_left():
    maps = sections(phase((20, 20, 20), 0))
    pairs = pairs_of(maps)
    pairs["xy"][:, 0] = 10
    found = realizable_maps(maps, pairs, 0.5, (12, 12, 12), periodic=True)
    steps = np.abs(np.arange(20) - 10)
    near = (steps[:, None] <= 6) & (steps <= 6)
    for plane in PLANES:
        np.testing.assert_array_equal(found.moved[plane], near)
        np.testing.assert_array_equal(found.s2[plane][~near], maps[plane][~near])
    pairs["xy"][10, 12] = 10
    assert not realizable_maps(maps, pairs, 0.5, (12, 12, 12), periodic=True).moved["xy"][10, 12]


def test_a_large_volume_takes_a_grid_whose_period_divides_it():
    known = {plane: np.ones((41, 41), bool) for plane in PLANES}
    assert realizable._grid_shape((256, 128, 64), known, periodic=True) == ((64, 64, 64), True)
    assert realizable._grid_shape((100, 200, 30), known, periodic=True) == ((100, 100, 30), True)
    extent, exact = realizable._grid_shape((251, 64, 64), known, periodic=True)
    assert (extent[1:], exact) == ((64, 64), False)
    assert 41 <= extent[0] < 64
    assert not realizable._grid_shape((64, 64, 64), known, periodic=False)[1]


def test_one_phase_alone_stays():
    maps = {plane: np.ones((8, 8)) for plane in PLANES}
    found = moved_maps(maps, 1.0, (8, 8, 8))
    assert not any(found.moved[plane].any() for plane in PLANES)
    np.testing.assert_array_equal(found.s2["xy"], maps["xy"])


def test_errors_at_a_given_fraction_against_independent_images():
    """Gaussian fields cut at their median: the scatter of ρ over images, lag by lag."""
    images = [phase((48, 48), seed, width=1.5, fraction=0.5) for seed in range(60)]
    maps = np.array([sections(image[None])["xy"] for image in images])
    scatter = maps.std(axis=0, ddof=1)
    errors = np.mean([given_fraction_errors(one, np.full((48, 48), 48**2)) for one in maps], 0)
    assert errors[24, 24] < 0.1 * errors[24, 27] < 0.1 * errors.max()
    for lag in (2, 3, 4, 6, 10):
        assert errors[24, 24 + lag] == pytest.approx(scatter[24, 24 + lag], rel=0.4)
