"""S₂ of coarse levels out of that of the finest, and where descriptors keep it."""

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

import mcr_core as mcr
from mcr_core.descriptors import Correlations, FFTCorrelations, TwoPoint, Variation
from mcr_core.pyramid import coarsen
from mcr_core.targets.coarse_two_point import coarse_map
from mcr_core.targets.s2_entries import has_s2, with_s2


def image(seed, shape=(24, 32)):
    field = gaussian_filter(np.random.default_rng(seed).standard_normal(shape), 1.2, mode="wrap")
    return (field > 0.2).astype(float)


def two_point(fields):
    """S₂ of a periodic image at all lags, lag 0 in the centre, by counting."""
    found = np.array(
        [
            [np.mean(fields * np.roll(fields, (-dy, -dx), (0, 1))) for dx in range(fields.shape[1])]
            for dy in range(fields.shape[0])
        ]
    )
    return np.fft.fftshift(found)


def at(square, dy, dx):
    return square[square.shape[0] // 2 + dy, square.shape[1] // 2 + dx]


@pytest.mark.parametrize("level", [0, 1, 2])
def test_coarse_s2_is_the_mean_over_the_ways_to_place_the_blocks(level):
    fine, step = image(0), 2**level
    expected = []
    for up in range(step):
        for left in range(step):
            coarse = np.roll(fine, (up, left), (0, 1))[None, None]
            for _ in range(level):
                coarse, _ = coarsen(coarse, None)
            expected.append(two_point(coarse[0, 0]))
    expected = np.mean(expected, axis=0)
    found = coarse_map(two_point(fine), level)
    assert level == 0 or all(extent % 2 for extent in found.shape)
    rows, columns = ((extent - 1) // 2 for extent in found.shape)
    assert min(rows, columns) >= (24 // 2 - 1) // step - 1
    for dy in range(-rows, rows + 1):
        for dx in range(-columns, columns + 1):
            assert at(found, dy, dx) == pytest.approx(at(expected, dy, dx))


def test_a_lag_that_is_unknown_makes_those_that_need_it_unknown():
    square = np.ones((11, 11))
    square[5, 8] = np.nan  # the lag (0, 3)
    found = coarse_map(square, 1)
    assert found.shape == (5, 5)
    unknown = [(y - 2, x - 2) for y, x in np.argwhere(np.isnan(found)).tolist()]
    assert unknown == [(0, 1), (0, 2)]
    assert np.isnan(coarse_map(np.ones((3, 3)), 2)).all()


def test_descriptors_that_have_s2():
    assert all(map(has_s2, (TwoPoint(), Correlations(), FFTCorrelations())))
    other = (Correlations(form="soft"), FFTCorrelations(domain="volume"), Variation())
    assert not any(map(has_s2, other))


@pytest.mark.parametrize(
    "descriptor", [TwoPoint(limit_to=4), Correlations(limit_to=3), FFTCorrelations()]
)
def test_the_map_of_another_image_gives_its_values(descriptor):
    one, other = (
        mcr.characterize(mcr.Microstructure.from_array(image(n), periodic=True), [descriptor])
        for n in (0, 1)
    )
    maps = [c.planes["all"].s2.astype(float) for c in (one, other)]
    own, wanted = (c.planes["all"].values[0] for c in (one, other))
    found = with_s2(descriptor, own, *maps)
    assert len(found) == len(own)
    np.testing.assert_allclose(found[0]["s2"], wanted[0]["s2"], atol=1e-6)
    for level, blocks in enumerate(found[1:], 1):
        # The pyramid places its blocks in one way, the map stands for all.
        assert not np.allclose(blocks["s2"], own[level]["s2"], atol=0.01)
        np.testing.assert_allclose(blocks["s2"], wanted[level]["s2"], atol=0.02)
    for before, after in zip(own, found, strict=True):
        assert set(before) == set(after)
        assert all(before[name] is after[name] for name in before if name != "s2")


def test_where_lags_are_unknown_values_change_by_what_is_known():
    descriptor = TwoPoint(limit_to=4)
    source = mcr.Microstructure.from_array(image(0), periodic=True)
    row = mcr.characterize(source, [descriptor]).planes["all"]
    given = row.s2.astype(float)
    rows, columns = (np.abs(np.arange(n) - n // 2) for n in given.shape[1:])
    given[:, (rows[:, None] > 2) | (columns > 2)] = np.nan
    same = with_s2(descriptor, row.values[0], given, given)
    for before, after in zip(row.values[0], same, strict=True):
        far = slice(4, None)  # from the lag (1, −3) on; those before lie on the first row
        np.testing.assert_allclose(after["s2"][:, far][:, [0]], before["s2"][:, far][:, [0]])
    more = with_s2(descriptor, row.values[0], given, given + 0.01)
    np.testing.assert_allclose(more[0]["s2"][0, 0], row.values[0][0]["s2"][0, 0] + 0.01, rtol=1e-5)
    np.testing.assert_array_equal(more[0]["s2"][0, 3], row.values[0][0]["s2"][0, 3])
