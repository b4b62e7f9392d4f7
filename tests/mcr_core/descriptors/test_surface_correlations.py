"""Surface correlations beside loops over pixels, and on images known by heart."""

import itertools

import numpy as np
import pytest
import tensorflow as tf
from brute_force import pairs_inside

from mcr_core.descriptors import SurfaceCorrelations
from mcr_core.descriptors.lag_map import lags, window_lags

LIMIT = 3
SHAPE = (9, 12)
MASK = np.ones(SHAPE, bool)
MASK[2:4, 3:5] = False
MASK[8, 0] = False
CASES = {"periodic": (True, None), "open": (False, None), "masked": (False, MASK)}


def image_of(seed=0):
    return np.random.default_rng(seed).random(SHAPE) < 0.4


def evaluate(descriptor, image, periodic=True, mask=None, dtype=tf.float64):
    valid = None
    if not periodic:
        valid = tf.constant(np.ones(image.shape) if mask is None else mask, dtype)[None]
    blocks = descriptor.evaluate(tf.constant(image, dtype)[None, None], valid, 1)[0]
    return {name: block.numpy()[0, 0] for name, block in blocks.items()}


def surface_pixels(image, periodic, mask):
    """The surface density of all pixels whose window is inside and valid: {pixel: |∇I|}."""
    found = {}
    for y, x in itertools.product(*map(range, image.shape)):
        window = {}
        for dy, dx in itertools.product((-1, 0, 1), repeat=2):
            v, u = y + dy, x + dx
            if periodic:
                v, u = v % image.shape[0], u % image.shape[1]
            inside = 0 <= v < image.shape[0] and 0 <= u < image.shape[1]
            if inside and (mask is None or mask[v, u]):
                window[dy, dx] = float(image[v, u])
        if len(window) == 9:
            slopes = [
                sum(
                    (2 - abs(side)) * (window[ahead] - window[behind])
                    for side, ahead, behind in (
                        (k, (1, k), (-1, k)) if axis == 0 else (k, (k, 1), (k, -1))
                        for k in (-1, 0, 1)
                    )
                )
                / 8
                for axis in (0, 1)
            ]
            found[y, x] = np.hypot(*slopes)
    return found


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize(("dtype", "tolerance"), [(tf.float64, 1e-12), (tf.float32, 2e-6)])
def test_values_are_means_over_pairs(case, dtype, tolerance):
    periodic, mask = CASES[case]
    image = image_of()
    found = evaluate(SurfaceCorrelations(limit_to=LIMIT), image, periodic, mask, dtype)
    surface = surface_pixels(image, periodic, mask)
    void = [
        np.mean(
            [
                surface[a] * (not image[b])
                for a, b in pairs_inside(SHAPE, lag, periodic)
                if a in surface and (mask is None or mask[b])
            ]
        )
        for lag in window_lags((5, 5), half=False).tolist()
    ]
    np.testing.assert_allclose(found["surface_void"].ravel(), void, rtol=0, atol=tolerance)
    surfaces = [
        np.mean(
            [
                surface[a] * surface[b]
                for a, b in pairs_inside(SHAPE, lag, periodic)
                if a in surface and b in surface
            ]
        )
        for lag in lags(LIMIT).tolist()
    ]
    np.testing.assert_allclose(found["surface_surface"], surfaces, rtol=0, atol=tolerance)


def test_stripes_known_by_heart():
    """Rows 0 … 3 of 8 are the phase: the density is 1/2 in the rows 7, 0, 3 and 4."""
    stripes = np.indices((16, 16))[0] % 8 < 4
    found = evaluate(SurfaceCorrelations(limit_to=6), stripes)
    by_lag = dict(zip(map(tuple, lags(6).tolist()), found["surface_surface"], strict=True))
    for dy, expected in enumerate([2, 1, 0, 1, 2, 1]):
        for dx in range(-5 if dy else 0, 6):
            assert by_lag[dy, dx] == pytest.approx(expected / 16, abs=1e-12)
    # Of the four surface rows, shifted by dy, how many lie in the void rows 4 … 7.
    np.testing.assert_allclose(found["surface_void"], 1 / 8, atol=1e-12)


def test_surface_void_knows_the_sign_of_the_lag():
    """A ramp of grey: to its foot there is more void than to its top."""
    rows = np.clip(np.minimum(np.arange(24), 18 - np.arange(24)) / 9, 0, 1) ** 2
    rows[:6] = 0
    image = np.tile(rows[:, None], (1, 24))
    found = evaluate(SurfaceCorrelations(limit_to=4), image)["surface_void"]
    assert np.abs(found - found[::-1]).max() > 0.005
    np.testing.assert_allclose(found, found[:, ::-1], atol=1e-12)


def test_checkerboards():
    """Single pixels have no surface; squares of 4 pixels have it along their edges."""
    single = np.indices((16, 16)).sum(axis=0) % 2 == 0
    found = evaluate(SurfaceCorrelations(limit_to=3), single)
    assert all(np.abs(block).max() < 1e-15 for block in found.values())
    squares = (np.indices((16, 16)) // 4).sum(axis=0) % 2 == 0
    found = evaluate(SurfaceCorrelations(limit_to=5), squares)
    # Both phases have the same shape: half of the surface's surroundings is void.
    total = found["surface_void"][4, 4] * 2
    assert 0.3 < total < 0.5
    np.testing.assert_allclose(found["surface_void"][0, 4], total / 2, atol=1e-12)
    # Shifted by the side of a square, the phases change places and the surface stays.
    by_lag = dict(zip(map(tuple, lags(5).tolist()), found["surface_surface"], strict=True))
    assert by_lag[4, 0] == pytest.approx(by_lag[0, 0])
    assert by_lag[4, 4] == pytest.approx(by_lag[0, 0])
    assert by_lag[2, 0] < by_lag[0, 0]


@pytest.mark.parametrize(
    ("rows", "columns", "tolerance"), [(1, 0, 1e-12), (1, 1, 1e-12), (1, 2, 0.013), (2, 3, 0.02)]
)
def test_density_is_the_length_of_straight_boundaries(rows, columns, tolerance):
    """Half planes rows · y + columns · x < 0, wrapped: two boundaries a period of 24 pixels."""
    y, x = np.indices((24, 24))
    image = (rows * y + columns * x) % 24 < 12
    # F_ss at far lags is s²; the mean of S is simpler: F_sv of both phases adds up to it.
    density = sum(
        evaluate(SurfaceCorrelations(limit_to=2), one)["surface_void"][1, 1]
        for one in (image, ~image)
    )
    length = 2 * np.hypot(rows, columns) / 24
    assert density == pytest.approx(length, rel=tolerance)


def test_far_lags_are_uncorrelated():
    from scipy.ndimage import gaussian_filter

    noise = np.random.default_rng(7).standard_normal((128, 128))
    image = gaussian_filter(noise, 2, mode="wrap") > 0.05
    found = evaluate(SurfaceCorrelations(limit_to=33), image)
    surface = surface_pixels(image, True, None)
    density = np.mean(list(surface.values()))
    far = np.array([found["surface_void"][y, x] for y in (0, -1) for x in (0, 32, -1)])
    np.testing.assert_allclose(far, density * (1 - image.mean()), rtol=0.05)
    np.testing.assert_allclose(found["surface_surface"][-1], density**2, rtol=0.1)


def test_second_level_is_the_first_of_the_averaged_image():
    image = np.random.default_rng(1).random((1, 1, 24, 28))
    coarse = image.reshape(1, 1, 12, 2, 14, 2).mean(axis=(3, 5))
    descriptor = SurfaceCorrelations(limit_to=4)
    assert descriptor.levels(24, 28) == 2
    both = descriptor.evaluate(tf.constant(image), None, 2)[1]
    alone = descriptor.evaluate(tf.constant(coarse), None, 1)[0]
    for name in alone:
        np.testing.assert_allclose(both[name], alone[name], rtol=1e-9)


@pytest.mark.parametrize("case", CASES)
def test_slope_is_finite_where_the_image_is_flat(case):
    periodic, mask = CASES[case]
    valid = None
    if not periodic:
        valid = tf.constant(np.ones(SHAPE) if mask is None else mask, tf.float64)[None]
    image = np.zeros(SHAPE)
    image[:, :5] = 1
    point = tf.constant(image)
    with tf.GradientTape() as tape:
        tape.watch(point)
        blocks = SurfaceCorrelations(limit_to=2).evaluate(point[None, None], valid, 1)[0]
        total = tf.add_n([tf.reduce_sum(block) for block in blocks.values()])
    slope = tape.gradient(total, point).numpy()
    assert np.isfinite(slope).all()
    assert np.abs(slope).max() > 0


def test_no_valid_pair_is_nan():
    mask = np.zeros(SHAPE, bool)
    mask[3:6, 3:6] = True  # the window of one single surface pixel
    found = evaluate(SurfaceCorrelations(limit_to=3), image_of(), False, mask)
    finite = np.zeros((5, 5), bool)
    finite[1:4, 1:4] = True
    np.testing.assert_array_equal(np.isfinite(found["surface_void"]), finite)
    np.testing.assert_array_equal(np.isfinite(found["surface_surface"]), (lags(3) == 0).all(axis=1))


def test_plot_draws_both_functions_along_both_axes():
    from matplotlib.figure import Figure

    axes = Figure().add_subplot()
    descriptor = SurfaceCorrelations(limit_to=LIMIT)
    blocks = evaluate(descriptor, image_of())
    descriptor.plot(axes, blocks, "original")
    drawn = axes.get_lines()
    assert len(drawn) == 4
    np.testing.assert_allclose(drawn[0].get_ydata(), blocks["surface_void"][2, 2:])
    np.testing.assert_allclose(drawn[2].get_ydata(), blocks["surface_surface"][:3])
    assert "px⁻²" in axes.get_ylabel()
    # The legend can tell the two functions apart.
    assert len({line.get_linestyle() for line in drawn}) == 4


def test_entries_are_lags():
    descriptor = SurfaceCorrelations(limit_to=2)
    assert descriptor.entries("surface_void", (3, 3)).tolist() == [
        [dy, dx] for dy in (-1, 0, 1) for dx in (-1, 0, 1)
    ]
    np.testing.assert_array_equal(descriptor.entries("surface_surface", (5,)), lags(2))
