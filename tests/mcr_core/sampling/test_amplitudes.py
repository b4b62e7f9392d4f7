"""Every fast path against sums over single pixels."""

import itertools

import numpy as np
import pytest

from mcr_core.descriptors.bresenham import line
from mcr_core.descriptors.lag_map import lags
from mcr_core.sampling.lag_sums import LagSums
from mcr_core.sampling.local_means import (
    mean_amplitudes,
    segment_amplitudes,
    shifted,
    triple_amplitudes,
    variation_amplitudes,
)
from mcr_core.sampling.near_pairs import near_amplitudes
from mcr_core.sampling.two_point_scatter import TwoPointScatter
from mcr_core.sampling.waves import low_waves

SHAPE = (9, 11)


def scene(periodic, masked=False):
    rng = np.random.default_rng(3)
    inside = np.ones(SHAPE)
    if masked:
        inside[2:5, 4:7] = 0
    field = (rng.random(SHAPE) < 0.4) * inside
    waves = low_waves(SHAPE, inside > 0 if masked else None, periodic=periodic, count=4)
    return field, inside, waves


def pixels(image, points, periodic):
    """Product of an image over x + c for all points c, for every x."""
    result = np.zeros(SHAPE)
    for y, x in np.ndindex(SHAPE):
        product = 1.0
        for dy, dx in points:
            v, u = y + dy, x + dx
            if periodic:
                v, u = v % SHAPE[0], u % SHAPE[1]
            elif not (0 <= v < SHAPE[0] and 0 <= u < SHAPE[1]):
                product = 0.0
                break
            product *= image[v, u]
        result[y, x] = product
    return result


def amplitude(quantity, counts, wave):
    number = counts.sum()
    level = np.sum(wave * counts) / number
    mean = np.sum(quantity * counts) / number
    size = np.sum(np.square(wave - level) * counts)
    return np.sum((wave - level) * (quantity - mean) * counts) / np.sqrt(size * number)


BOUNDARIES = [(True, False), (False, False), (False, True)]


@pytest.mark.parametrize(("periodic", "masked"), BOUNDARIES)
def test_amplitudes_of_a_mean(periodic, masked):
    field, inside, waves = scene(periodic, masked)
    found = mean_amplitudes(field, inside, waves)
    np.testing.assert_allclose(found, [amplitude(field, inside, w) for w in waves])


@pytest.mark.parametrize("periodic", [True, False])
def test_shifts(periodic):
    field, _, _ = scene(periodic)
    for lag in ((0, 0), (2, -3), (-1, 4)):
        np.testing.assert_array_equal(
            shifted(field, lag, periodic=periodic), pixels(field, [lag], periodic)
        )


@pytest.mark.parametrize(("periodic", "masked"), BOUNDARIES)
def test_amplitudes_of_segments(periodic, masked):
    field, inside, waves = scene(periodic, masked)
    ends = np.array([(0, 0), (0, 2), (2, -1), (1, 2)])
    found = segment_amplitudes(field, inside, waves, ends, periodic=periodic)
    for n, end in enumerate(ends.tolist()):
        points = [(y, x) for y, x, _ in line(*end)]
        product, counts = (pixels(image, points, periodic) for image in (field, inside))
        expected = [amplitude(product, counts, wave) for wave in waves]
        np.testing.assert_allclose(found[:, n], expected, atol=1e-12)


@pytest.mark.parametrize("periodic", [True, False])
def test_amplitudes_of_the_variation(periodic):
    field, inside, waves = scene(periodic)
    expected = np.zeros(len(waves))
    for step in ((1, 0), (0, 1)):
        there = pixels(field, [step], periodic)
        counts = pixels(inside, [(0, 0), step], periodic)
        expected += [amplitude(np.abs(field - there), counts, wave) for wave in waves]
    found = variation_amplitudes(field, inside, waves, periodic=periodic)
    np.testing.assert_allclose(found, expected)


@pytest.mark.parametrize(("periodic", "masked"), BOUNDARIES)
def test_amplitudes_of_triples(periodic, masked):
    """With a wave that is constant in each tile, of a pixel or two here, nothing is lost."""
    field, inside, waves = scene(periodic, masked)
    known = lags(2)
    rows, columns = (np.array_split(np.arange(n), 8) for n in SHAPE)
    for row, column in itertools.product(rows, columns):
        part = np.ix_(range(len(waves)), row, column)
        waves[part] = waves[part].mean((1, 2), keepdims=True)
    found = triple_amplitudes(field[None], inside, waves, known, periodic=periodic)[:, 0]
    for a, b in ((0, 0), (1, 2), (3, 1), (4, 4)):
        points = [(0, 0), tuple(known[a]), tuple(known[b])]
        product, counts = (pixels(image, points, periodic) for image in (field, inside))
        expected = [amplitude(product, counts, wave) for wave in waves]
        np.testing.assert_allclose(found[:, a, b], expected, atol=1e-5)


@pytest.mark.parametrize(("periodic", "masked"), BOUNDARIES)
def test_amplitudes_of_two_points(periodic, masked):
    field, inside, waves = scene(periodic, masked)
    fields = np.stack([field, (1 - field) * inside])
    scatter = TwoPointScatter(fields, inside, waves, periodic=periodic)
    number = inside.sum()
    means = fields.sum((1, 2)) / number
    lag_list = np.array([(0, 0), (0, 1), (2, -1), (-1, 3)])
    for p, q in ((0, 0), (0, 1)):
        found = scatter.amplitudes(p, q, lag_list)
        for n, lag in enumerate(lag_list.tolist()):
            apart = (fields - means[:, None, None]) * inside
            first = pixels(inside, [(0, 0), lag], periodic)
            pairs = first.sum()
            product = apart[p] * pixels(apart[q], [lag], periodic)
            shared = max(0, 2 * pairs - number)
            ends = np.sqrt(2 * pairs + 2 * shared) / (2 * pairs)
            for k, wave in enumerate(waves):
                linear = [np.sum(wave * one) for one in apart]
                expected = ends * (means[q] * linear[p] + means[p] * linear[q])
                expected += amplitude(product, first, wave)
                np.testing.assert_allclose(found[k, n], expected, atol=1e-10)


@pytest.mark.parametrize(("periodic", "masked"), BOUNDARIES)
def test_amplitudes_of_two_points_at_a_few_lags(periodic, masked):
    field, inside, waves = scene(periodic, masked)
    fields = np.stack([field, (1 - field) * inside])
    scatter = TwoPointScatter(fields, inside, waves, periodic=periodic)
    lag_list = np.array([(0, 0), (0, 3), (2, -1), (-1, 4), (-3, -2)])
    found, known = near_amplitudes(fields, inside, waves, lag_list, periodic=periodic)
    np.testing.assert_array_equal(known, scatter.known[tuple(lag_list.T)])
    expected = [scatter.amplitudes(f, f, lag_list) for f in range(2)]
    np.testing.assert_allclose(found, np.stack(expected, axis=1), atol=1e-12)


def test_lag_0_is_the_fraction():
    field, inside, waves = scene(periodic=False)
    scatter = TwoPointScatter(field[None], inside, waves, periodic=False)
    found = scatter.amplitudes(0, 0, np.array([(0, 0)]))[:, 0]
    np.testing.assert_allclose(found, mean_amplitudes(field, inside, waves))


@pytest.mark.parametrize(("periodic", "reach"), [(True, 3), (False, 3), (False, 20)])
def test_sums_at_short_lags(periodic, reach):
    image = np.random.default_rng(0).random(SHAPE)
    sums = LagSums(SHAPE, periodic=periodic, reach=reach)
    found = sums.sums(sums.spectra(image), sums.spectra(image))
    assert sums.complete == (periodic or reach == 20)
    assert sums.known.sum() == (found.size if sums.complete else 7 * 7)
    for lag in ((0, 0), (2, -3), (-3, 1)):
        expected = np.sum(pixels(image, [(0, 0), lag], periodic))
        np.testing.assert_allclose(found[lag], expected)


@pytest.mark.parametrize("periodic", [True, False])
def test_sums_against_a_kernel(periodic):
    rng = np.random.default_rng(0)
    images = rng.standard_normal((3, *SHAPE))
    sums = LagSums(SHAPE, periodic=periodic)
    spectra = sums.spectra(images)
    kernel = np.exp(-sums.distance())
    expected = [np.sum(kernel * sums.sums(one, one)) for one in spectra]
    np.testing.assert_allclose(sums.against(kernel, np.square(np.abs(spectra))), expected)
