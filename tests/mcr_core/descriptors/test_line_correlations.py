"""Correlations along lines are counts of pairs."""

import brute_force
import numpy as np
import pytest
import tensorflow as tf

from mcr_core.descriptors import LineCorrelations, TwoPoint
from mcr_core.descriptors.lag_map import lags

SHAPE = (9, 12)
MASK = np.ones(SHAPE, bool)
MASK[2:5, 3:7] = False
MASK[8, 0] = False
CASES = {"periodic": (True, None), "open": (False, None), "masked": (False, MASK)}
STEPS = ((0, 1), (1, 0), (1, 1), (1, -1))


def image_of(seed=0):
    return np.random.default_rng(seed).random(SHAPE) < 0.4


def evaluate(descriptor, image, periodic=True, mask=None, dtype=tf.float64):
    valid = None
    if not periodic:
        valid = tf.constant(np.ones(image.shape) if mask is None else mask, dtype)[None]
    blocks = descriptor.evaluate(tf.constant(image, dtype)[None, None], valid, 1)[0]
    return blocks["s2"].numpy()[0, 0]


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize(("limit_to", "lengths"), [(None, 5), (3, 3)])
@pytest.mark.parametrize(("dtype", "tolerance"), [(tf.float64, 1e-12), (tf.float32, 2e-6)])
def test_values_are_counts(case, limit_to, lengths, dtype, tolerance):
    periodic, mask = CASES[case]
    image = image_of()
    found = evaluate(LineCorrelations(limit_to=limit_to), image, periodic, mask, dtype)
    expected = [
        [
            brute_force.two_point(image, (dy * n, dx * n), periodic=periodic, mask=mask)
            for n in range(lengths)
        ]
        for dy, dx in STEPS
    ]
    np.testing.assert_allclose(found, expected, rtol=0, atol=tolerance)


@pytest.mark.parametrize("shape", [(8, 8), (7, 11), (12, 6)])
def test_all_lengths_go_up_to_half_of_the_shorter_side(shape):
    image = np.random.default_rng(4).random(shape) < 0.5
    found = evaluate(LineCorrelations(), image)
    longest = min(shape) // 2
    assert found.shape == (4, longest + 1)
    for (dy, dx), values in zip(STEPS, found, strict=True):
        lag = (dy * longest, dx * longest)
        last = brute_force.two_point(image, lag, periodic=True)
        np.testing.assert_allclose(values[-1], last, atol=1e-12)


def test_a_limit_gives_levels_and_no_limit_gives_one():
    assert LineCorrelations(limit_to=8).levels(64, 64) == 3
    assert LineCorrelations().levels(64, 64) == 1
    assert LineCorrelations().levels(2, 64) == 0


def test_second_level_is_the_first_of_the_averaged_image():
    image = np.random.default_rng(1).random((1, 1, 24, 28))
    coarse = image.reshape(1, 1, 12, 2, 14, 2).mean(axis=(3, 5))
    descriptor = LineCorrelations(limit_to=4)
    both = descriptor.evaluate(tf.constant(image), None, 2)[1]["s2"]
    alone = descriptor.evaluate(tf.constant(coarse), None, 1)[0]["s2"]
    np.testing.assert_allclose(both, alone, rtol=1e-12)


def test_stripes_and_checkerboard():
    stripes = np.indices((16, 16))[0] % 8 < 4
    along_x, along_y, diagonal, other = evaluate(LineCorrelations(limit_to=6), stripes)
    across = [0.5, 3 / 8, 2 / 8, 1 / 8, 0, 1 / 8]
    np.testing.assert_allclose(along_x, 0.5, atol=1e-12)
    for values in (along_y, diagonal, other):
        np.testing.assert_allclose(values, across, atol=1e-12)
    board = np.indices((16, 16)).sum(axis=0) % 2 == 0
    found = evaluate(LineCorrelations(), board)
    alternating = np.tile([0.5, 0.0], 5)[:9]
    np.testing.assert_allclose(found, [alternating] * 2 + [np.full(9, 0.5)] * 2, atol=1e-12)


@pytest.mark.parametrize("case", CASES)
def test_it_is_a_part_of_two_point(case):
    image = image_of()
    lines = evaluate(LineCorrelations(limit_to=4), image, *CASES[case]).ravel()
    plane = evaluate(TwoPoint(limit_to=4), image, *CASES[case])
    by_lag = dict(zip(map(tuple, lags(4).tolist()), plane, strict=True))
    rows = LineCorrelations().entries("s2", (4, 4))
    for value, (dy, dx, length) in zip(lines, rows.tolist(), strict=True):
        np.testing.assert_allclose(value, by_lag[dy * length, dx * length], atol=1e-12)


def test_entries_of_another_extent_are_shared():
    from mcr_core.objective.term_loss import shared_entries

    descriptor = LineCorrelations()
    small, large = (descriptor.entries("s2", (4, count)) for count in (3, 5))
    of_small, of_large = shared_entries(small, large)
    assert of_small.tolist() == list(range(12))
    assert of_large.tolist() == [5 * step + length for step in range(4) for length in range(3)]


def test_no_valid_pair_is_nan():
    mask = np.zeros(SHAPE, bool)
    mask[0, :] = True
    found = evaluate(LineCorrelations(limit_to=3), image_of(), False, mask)
    assert np.isfinite(found[:, 0]).all()
    np.testing.assert_array_equal(np.isnan(found[:, 1]), [False, True, True, True])


def test_gradient_is_finite_where_there_is_no_pair():
    mask = np.zeros(SHAPE)
    mask[0, :] = 1
    point = tf.constant(image_of(), tf.float64)
    with tf.GradientTape() as tape:
        tape.watch(point)
        found = LineCorrelations(limit_to=3).evaluate(point[None, None], mask[None], 1)[0]["s2"]
        total = tf.reduce_sum(found[0, 0, 0])
    assert np.isfinite(tape.gradient(total, point)).all()


def test_plot_draws_a_line_a_direction_over_the_distance():
    from matplotlib.figure import Figure

    axes = Figure().add_subplot()
    values = evaluate(LineCorrelations(limit_to=4), image_of())
    for label in ("original", "result"):
        LineCorrelations(limit_to=4).plot(axes, {"s2": values}, label)
    drawn = axes.get_lines()
    assert len(drawn) == 8
    np.testing.assert_allclose([line.get_ydata() for line in drawn[:4]], values)
    np.testing.assert_allclose(drawn[0].get_xdata(), range(4))
    np.testing.assert_allclose(drawn[2].get_xdata(), np.sqrt(2) * np.arange(4))
    assert drawn[0].get_color() == drawn[3].get_color() != drawn[4].get_color()
    assert axes.get_xlabel() == "distance (pixels)"
