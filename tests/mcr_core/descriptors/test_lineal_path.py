"""The lineal path is a count of segments; the soft form is the literature's."""

from pathlib import Path

import numpy as np
import peer_forms
import pytest
import tensorflow as tf
from brute_force import pairs_inside

from mcr_core.descriptors import LinealPath, lineal_path
from mcr_core.descriptors.bresenham import line, line_ends
from mcr_core.descriptors.lag_map import lags
from mcr_core.errors import OptionError

LIMIT = 4
SHAPE = (9, 11)
MASK = np.ones(SHAPE, bool)
MASK[2:5, 3:7] = False
MASK[8, 0] = False
CASES = {"periodic": (True, None), "open": (False, None), "masked": (False, MASK)}


def image_of(seed=0, share=0.7):
    return np.random.default_rng(seed).random(SHAPE) < share


def evaluate(descriptor, image, periodic=True, mask=None, dtype=tf.float64):
    valid = None
    if not periodic:
        valid = tf.constant(np.ones(image.shape) if mask is None else mask, dtype)[None]
    blocks = descriptor.evaluate(tf.constant(image, dtype)[None, None], valid, 1)[0]
    return blocks["lineal_path"].numpy()[0, 0]


def places(image, end, periodic, mask):
    """For every segment inside of the valid pixels: its pixels and their weights."""
    pixels = [(y, x) for y, x, _ in line(*end)]
    weights = [weight for *_, weight in line(*end)]
    for start, _ in pairs_inside(image.shape, end, periodic):
        segment = [(start[0] + y, start[1] + x) for y, x in pixels]
        if periodic:
            segment = [(y % image.shape[0], x % image.shape[1]) for y, x in segment]
        if mask is None or all(mask[pixel] for pixel in segment):
            yield np.array([image[pixel] for pixel in segment], float), weights


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize(("dtype", "tolerance"), [(tf.float64, 1e-12), (tf.float32, 2e-6)])
def test_exact_form_is_a_count_of_segments(case, dtype, tolerance):
    image = image_of()
    found = evaluate(LinealPath(limit_to=LIMIT), image, *CASES[case], dtype)
    expected = [
        np.mean([values.all() for values, _ in places(image, end, *CASES[case])])
        for end in lags(LIMIT).tolist()
    ]
    assert min(expected) < 0.4 < max(expected)
    np.testing.assert_allclose(found, expected, rtol=0, atol=tolerance)


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize(("dtype", "tolerance"), [(tf.float64, 1e-12), (tf.float32, 2e-6)])
def test_exact_form_is_the_mean_product_of_a_grey_field(case, dtype, tolerance):
    image = np.random.default_rng(1).random(SHAPE)
    found = evaluate(LinealPath(limit_to=LIMIT), image, *CASES[case], dtype)
    expected = [
        np.mean([values.prod() for values, _ in places(image, end, *CASES[case])])
        for end in lags(LIMIT).tolist()
    ]
    np.testing.assert_allclose(found, expected, rtol=0, atol=tolerance)


@pytest.mark.parametrize("case", CASES)
def test_soft_form_is_the_soft_threshold_of_the_mean_of_a_segment(case):
    image = image_of()
    found = evaluate(LinealPath(limit_to=LIMIT, form="soft"), image, *CASES[case])
    expected = [
        np.mean(
            [
                peer_forms.threshold(np.average(values, weights=weights))
                for values, weights in places(image, end, *CASES[case])
            ]
        )
        for end in lags(LIMIT).tolist()
    ]
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-12)


def peer_lines(limit_to):
    """End (dy, dx) of every line of the peer, in its order, as one of our half plane; slanted?"""
    found = []
    for _, pixels in peer_forms.lines(limit_to, complete=True):
        height, width = np.ptp([pixel[:2] for pixel in pixels], axis=0)
        longer = 0 if height >= width else 1
        ordered = sorted(pixels, key=lambda pixel, longer=longer: pixel[longer])
        dy, dx = np.subtract(ordered[-1][:2], ordered[0][:2]).tolist()
        end = (dy, dx) if dy > 0 or (dy == 0 and dx >= 0) else (-dy, -dx)
        found.append((end, bool(dy and dx and abs(dy) != abs(dx))))
    return found


def test_soft_form_agrees_with_the_peer():
    """Where its lines are complete; its slanted ones lack a pixel, ours have it."""
    path = Path(__file__).parents[1] / "data" / "peer_values.npz"
    with np.load(path, allow_pickle=False) as file:
        limit_to, labels = int(file["limit_to"]), file["image/elongated"]
        theirs = file["elongated/LinealPath"][0, 0].ravel()
    field = peer_forms.fields(labels)[0]
    descriptor = LinealPath(limit_to=2 * limit_to + 1, form="soft")
    ours = dict(
        zip(
            map(tuple, descriptor.entries("lineal_path", ()).tolist()),
            evaluate(descriptor, field),
            strict=True,
        )
    )
    ends = peer_lines(limit_to)
    ours = np.array([ours[end] for end, _ in ends])
    straight = np.array([not slanted for _, slanted in ends])
    assert straight.sum() == 1 + 4 * limit_to
    np.testing.assert_allclose(ours[straight], theirs[straight], rtol=0, atol=1e-4)
    complete = peer_forms.lineal_path(field, limit_to, complete=True)
    np.testing.assert_allclose(ours, complete, rtol=0, atol=1e-12)


def test_a_line_is_the_same_from_either_end_and_in_mirrors():
    for dy, dx in line_ends(8, "all").tolist():
        pixels = line(dy, dx)
        assert sum(weight for *_, weight in pixels) == max(abs(dy), abs(dx)) + 1
        assert (0, 0, 1.0) in pixels
        assert (dy, dx, 1.0) in pixels
        assert set(pixels) == {(dy - y, dx - x, weight) for y, x, weight in pixels}
        assert {(y, -x, weight) for y, x, weight in pixels} == set(line(dy, -dx))
        assert {(x, y, weight) for y, x, weight in pixels} == set(line(dx, dy))


def test_lines_pass_pixels_that_are_near():
    assert line(0, 0) == [(0, 0, 1.0)]
    assert line(1, -3) == [(0, 0, 1.0), (0, -1, 1.0), (1, -2, 1.0), (1, -3, 1.0)]
    assert line(2, 1) == [(0, 0, 1.0), (1, 0, 0.5), (1, 1, 0.5), (2, 1, 1.0)]


@pytest.mark.parametrize("form", ["exact", "soft"])
def test_stripes_and_checkerboard(form):
    """Stripes of 4 rows hold segments along X wholly, and ever fewer across."""
    stripes = np.indices((16, 16))[0] % 8 < 4
    descriptor = LinealPath(limit_to=6, form=form)
    found = dict(zip(map(tuple, lags(6).tolist()), evaluate(descriptor, stripes), strict=True))
    board = np.indices((16, 16)).sum(axis=0) % 2 == 0
    of_board = evaluate(LinealPath(limit_to=2, form=form), board)
    assert [found[0, length] for length in range(6)] == pytest.approx([0.5] * 6)
    if form == "exact":
        across = [found[length, 0] for length in range(6)]
        assert across == pytest.approx([0.5, 3 / 8, 2 / 8, 1 / 8, 0, 0])
        # Lags (0, 0), (0, 1), (1, −1), (1, 0), (1, 1): only diagonals stay on one colour.
        np.testing.assert_allclose(of_board, [0.5, 0, 0.5, 0, 0.5], atol=1e-12)
    else:
        half = peer_forms.threshold(0.5)
        np.testing.assert_allclose(of_board, [0.5, half, 0.5, half, 0.5], atol=1e-12)


def test_slope_of_the_exact_form_on_a_binary_image_is_that_of_the_product():
    """One pixel at a time the polynomial is linear, so differences of 1 give its slope."""
    image = image_of().astype(float)
    descriptor = LinealPath(limit_to=3)
    mix = np.random.default_rng(2).standard_normal(len(lags(3)))
    point = tf.constant(image)
    with tf.GradientTape() as tape:
        tape.watch(point)
        value = descriptor.evaluate(point[None, None], None, 1)[0]["lineal_path"]
        total = tf.reduce_sum(value * mix)
    slope = tape.gradient(total, point).numpy()
    for pixel in ((0, 0), (3, 5), (8, 10), (4, 4), (7, 1)):
        ends = []
        for value in (0.0, 1.0):
            changed = image.copy()
            changed[pixel] = value
            ends.append(mix @ evaluate(descriptor, changed))
        np.testing.assert_allclose(slope[pixel], ends[1] - ends[0], rtol=1e-9, atol=1e-12)


def test_negative_values_count_as_zero():
    image = image_of().astype(float)
    below = np.where(image == 0, -0.3, image)
    descriptor = LinealPath(limit_to=3)
    np.testing.assert_allclose(
        evaluate(descriptor, below), evaluate(descriptor, image), rtol=0, atol=1e-12
    )


def test_second_level_is_the_first_of_the_averaged_image():
    image = np.random.default_rng(1).random((1, 1, 24, 28))
    coarse = image.reshape(1, 1, 12, 2, 14, 2).mean(axis=(3, 5))
    descriptor = LinealPath(limit_to=4)
    assert descriptor.levels(24, 28) == 2
    both = descriptor.evaluate(tf.constant(image), None, 2)[1]["lineal_path"]
    alone = descriptor.evaluate(tf.constant(coarse), None, 1)[0]["lineal_path"]
    np.testing.assert_allclose(both, alone, rtol=1e-12)


def test_directions_are_a_part_of_all():
    image = image_of()
    everything = LinealPath(limit_to=LIMIT)
    of_all = dict(zip(map(tuple, lags(LIMIT).tolist()), evaluate(everything, image), strict=True))
    for directions, count in (("axes", 7), ("diagonals", 13)):
        descriptor = LinealPath(limit_to=LIMIT, directions=directions)
        found = evaluate(descriptor, image)
        ends = descriptor.entries("lineal_path", found.shape).tolist()
        assert len(ends) == count
        np.testing.assert_allclose(found, [of_all[tuple(end)] for end in ends], rtol=1e-12)


def test_no_valid_segment_is_nan():
    mask = np.indices(SHAPE).sum(axis=0) % 2 == 0
    found = evaluate(LinealPath(limit_to=2), image_of(), False, mask)
    np.testing.assert_array_equal(np.isnan(found), [False, True, False, True, False])


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("form", ["exact", "soft"])
def test_strips_of_large_images_give_the_same(case, form, monkeypatch):
    descriptor = LinealPath(limit_to=LIMIT, form=form)
    whole = evaluate(descriptor, image_of(), *CASES[case])
    monkeypatch.setattr(lineal_path, "_STRIP_VALUES", 4 * 14 * descriptor.features())
    assert lineal_path._strip_rows(12, 14 * descriptor.features()) == 4
    np.testing.assert_allclose(evaluate(descriptor, image_of(), *CASES[case]), whole, rtol=1e-12)


def test_strips_have_the_same_gradient_when_compiled(monkeypatch):
    descriptor = LinealPath(limit_to=3)
    gradients = []
    for values in (2**22, 3 * 11 * descriptor.features()):
        monkeypatch.setattr(lineal_path, "_STRIP_VALUES", values)

        @tf.function(jit_compile=True, autograph=False)
        def gradient(image):
            with tf.GradientTape() as tape:
                tape.watch(image)
                found = descriptor.evaluate(image, None, 1)[0]["lineal_path"]
                total = tf.reduce_sum(found**2)
            return tape.gradient(total, image)

        grey = np.random.default_rng(3).random((1, 1, *SHAPE))
        gradients.append(gradient(tf.constant(grey)).numpy())
    np.testing.assert_allclose(gradients[1], gradients[0], rtol=1e-9)


def test_plot_draws_both_axes():
    from matplotlib.figure import Figure

    axes = Figure().add_subplot()
    descriptor = LinealPath(limit_to=LIMIT, directions="axes")
    values = evaluate(descriptor, image_of())
    descriptor.plot(axes, {"lineal_path": values}, "original")
    along_x, along_y = axes.get_lines()
    ends = descriptor.entries("lineal_path", values.shape)
    np.testing.assert_allclose(along_x.get_ydata(), values[ends[:, 0] == 0])
    np.testing.assert_allclose(along_y.get_ydata(), values[ends[:, 1] == 0])
    assert axes.get_xlabel() == "length of the segment (pixels)"


def test_an_unknown_form_is_refused():
    with pytest.raises(OptionError, match="form"):
        LinealPath(form="hard")
