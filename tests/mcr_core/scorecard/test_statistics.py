"""What is taken of windows, against brute force and known values."""

import numpy as np
import pytest

from mcr_core.descriptors.lag_map import lags
from mcr_core.scorecard.clusters import largest_cluster, percolation
from mcr_core.scorecard.lines import chord_lengths, lineal_path
from mcr_core.scorecard.prescribed import correlations, fractions
from mcr_core.scorecard.quantity import Quantity, without_directions
from mcr_core.scorecard.shape import euler_number, local_thickness, surface


@pytest.fixture
def windows():
    return np.random.default_rng(0).random((3, 9, 8)) > 0.6


def brute(window, limit_to):
    """v − S₂ and v − S₃ of a plane, place by place."""
    height, width = window.shape
    known = lags(limit_to).tolist()

    def at(y, x):
        return window[y, x] if 0 <= y < height and 0 <= x < width else None

    def lost(*partners):
        found = []
        for y in range(height):
            for x in range(width):
                others = [at(y + dy, x + dx) for dy, dx in partners]
                if None not in others:
                    found.append(window[y, x] and not all(others))
        return np.mean(found)

    two = [lost(r) for r in known[1:]]
    three = [lost(a, b) for n, a in enumerate(known) for b in known[n:]]
    return two, three


def test_correlations_of_planes(windows):
    s2, s3 = correlations(windows, 3)
    assert (s2.name, s3.name, s2.where) == ("S2", "S3", "")
    for n, window in enumerate(windows):
        two, three = brute(window, 3)
        np.testing.assert_allclose(s2.values[n], two, atol=1e-6)
        np.testing.assert_allclose(s3.values[n], three, atol=1e-6)
    known = lags(3)[1:].tolist()
    assert [known[entry] for entry, _ in s2.curve] == [[0, 1], [0, 2]]
    pairs = [(a, b) for n, a in enumerate(lags(3).tolist()) for b in lags(3).tolist()[n:]]
    assert [pairs[entry] for entry, _ in s3.curve] == [([0, 1], [1, 0]), ([0, 2], [2, 0])]


def test_correlations_of_volumes_are_means_over_planes():
    volume = np.random.default_rng(1).random((1, 7, 6, 8)) > 0.5
    found = {(one.name, one.where): one.values[0] for one in correlations(volume, 3)}
    for plane, axis in (("xy", 0), ("xz", 1), ("yz", 2)):
        planes = np.moveaxis(volume[0], axis, 0)
        values = [brute(one, 3) for one in planes]
        for name, index in (("S2", 0), ("S3", 1)):
            expected = np.mean([value[index] for value in values], 0)
            np.testing.assert_allclose(found[name, f"{plane} planes"], expected, atol=1e-6)


def test_the_limit_of_s3_is_8():
    phase = np.random.default_rng(1).random((1, 24, 24)) > 0.5
    s2, s3 = correlations(phase, 10)
    assert s2.values.shape == (1, 180)
    assert s3.values.shape == (1, 113 * 114 // 2)


def test_fractions(windows):
    (found,) = fractions(windows, 3)
    np.testing.assert_allclose(found.values[:, 0], windows.mean((1, 2)))


def test_lineal_path(windows):
    for quantity, lines in zip(
        lineal_path(windows, 3), (windows.swapaxes(1, 2), windows), strict=True
    ):
        size = lines.shape[-1]
        for n, rows in enumerate(lines):
            for r in range(1, size // 2 + 1):
                starts = [row[x] for row in rows for x in range(size - r)]
                whole = [row[x : x + r + 1].all() for row in rows for x in range(size - r)]
                expected = np.sum(whole) / np.sum(starts)
                assert quantity.values[n, r - 1] == pytest.approx(expected)


def test_what_an_absent_phase_does_not_know():
    empty = np.zeros((1, 9, 9), bool)
    for statistic in (lineal_path, chord_lengths, largest_cluster, local_thickness):
        assert all(np.isnan(one.values).all() for one in statistic(empty, 3)), statistic
    for statistic in (percolation, surface, euler_number):
        assert all((one.values == 0).all() for one in statistic(empty, 3)), statistic


def test_chords_of_stripes():
    stripes = np.broadcast_to(np.arange(20) % 5 < 2, (1, 20, 20))
    along_x, along_y = chord_lengths(stripes, 3)
    assert (along_x.where, along_y.where) == ("along x", "along y")
    assert along_x.values[0, 0] == 0
    np.testing.assert_allclose(along_x.values[0, 1:], along_x.values[0, 1])
    assert np.isnan(along_y.values).all()


def test_clusters_and_percolation():
    window = np.zeros((6, 6), bool)
    window[:, 2] = True
    window[1, 4:] = window[5, 5] = True  # the last touches no other by a face
    (share,) = largest_cluster(window[None], 3)
    assert share.values[0, 0] == pytest.approx(6 / 9)
    along_y, along_x = percolation(window[None], 3)
    assert (along_y.values[0, 0], along_x.values[0, 0]) == (1, 0)
    diagonal = np.eye(6, dtype=bool)[None]
    assert [one.values[0, 0] for one in percolation(diagonal, 3)] == [0, 0]


def test_a_cube_in_a_volume():
    volume = np.zeros((1, 12, 12, 12), bool)
    volume[0, 3:8, 3:8, 3:8] = True
    (thick,) = local_thickness(volume, 3)
    (area,) = surface(volume, 3)
    assert (area.unit, area.name) == ("px⁻¹", "surface")
    assert 3 < thick.values[0, 0] <= 5
    assert surface(volume[0], 3)[0].name == "perimeter"


def test_the_euler_number_of_single_voxels():
    for shape, unit in (((12, 12), "px⁻²"), ((12, 12, 12), "px⁻³")):
        single = np.zeros(shape, bool)
        single[(slice(1, None, 3),) * len(shape)] = True
        (found,) = euler_number(single[None], 3)
        assert found.unit == unit
        assert found.values[0, 0] == pytest.approx(3.0 ** -len(shape))


def test_mean_and_variance_leave_out_what_is_not_known():
    values = np.array([[1.0, np.nan, np.nan], [3.0, 2.0, np.nan], [5.0, np.nan, np.nan]])
    one = Quantity("a", "", "held out", values)
    np.testing.assert_allclose(one.mean, [3, 2, np.nan])
    np.testing.assert_allclose(one.variance, [4, np.nan, np.nan])
    np.testing.assert_allclose(one.count, [3, 1, 0])


def test_windows_that_agree_leave_a_doubt():
    all_yes = Quantity("a", "", "held out", np.ones((8, 1)), yes_or_no=True)
    assert all_yes.variance[0] == pytest.approx(0.9 * 0.1)
    assert Quantity("a", "", "held out", np.ones((8, 1))).variance[0] == 0


def test_the_mean_over_directions():
    y, x = np.array([[1.0], [np.nan]]), np.array([[3.0], [4.0]])
    sample = {
        (0, "a", where): Quantity("a", where, "held out", values)
        for where, values in (("along y", y), ("along x", x))
    }
    (merged,) = without_directions(sample).values()
    assert merged.where == ""
    np.testing.assert_allclose(merged.values, [[2], [4]])
