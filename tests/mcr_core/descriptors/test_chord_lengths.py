"""Chord lengths against runs that are followed pixel by pixel."""

import numpy as np
import pytest
from matplotlib.figure import Figure

from mcr_core import Microstructure, characterize
from mcr_core.descriptors import ChordLengths

LONGEST = 4


def _image(shape, seed=0):
    return np.random.default_rng(seed).random(shape) < 0.6


def _mask(shape):
    mask = np.random.default_rng(9).random(shape) < 0.95
    mask[0] = True
    return mask


def _evaluate(descriptor, image, valid=None):
    valid = None if valid is None else valid[None].astype(float)
    blocks = descriptor.evaluate(image[None, None].astype(float), valid, 1)[0]
    return {name: block[0, 0] for name, block in blocks.items()}


def _line_counts(line, valid):
    """Of one line: whole chords by length, places to see them by length, ends, pairs."""
    size = len(line)
    wrap = valid is None
    chords, places = np.zeros(LONGEST + 1), np.zeros(LONGEST + 1)
    ends = pairs = 0

    def state(i):
        if wrap:
            return int(line[i % size])
        return int(line[i]) if 0 <= i < size and valid[i] else None

    for start in range(size):
        for length in range(1, LONGEST + 1):
            window = [state(start - 1 + i) for i in range(length + 2)]
            if None in window or (wrap and length > size - 1):
                continue
            places[length] += 1
            chords[length] += window == [0] + [1] * length + [0]
        pair = (state(start), state(start + 1))
        if None not in pair:
            pairs += 1
            ends += pair[0] != pair[1]
    return chords, places, ends, pairs


def _brute_force(image, axis, valid):
    lines = np.moveaxis(image, axis, -1).reshape(-1, image.shape[axis])
    known = [None] * len(lines)
    if valid is not None:
        known = np.moveaxis(valid, axis, -1).reshape(lines.shape)
    counts = [_line_counts(line, v) for line, v in zip(lines, known, strict=True)]
    chords, places, ends, pairs = (sum(column) for column in zip(*counts, strict=True))
    return [chords[n] / places[n] / (ends / pairs / 2) for n in range(1, LONGEST + 1)]


@pytest.mark.parametrize("case", ["periodic", "open", "masked"])
@pytest.mark.parametrize("shape", [(9, 11), (6, 7, 8)])
def test_chords_are_runs(shape, case):
    image = _image(shape)
    valid = {"periodic": None, "open": np.ones(shape, bool), "masked": _mask(shape)}[case]
    domain = "planes" if len(shape) == 2 else "volume"
    found = _evaluate(ChordLengths(max_length=LONGEST, domain=domain), image, valid)
    assert list(found) == ["x", "y", "z"][: len(shape)]
    for axis, name in zip((-1, -2, -3), found, strict=False):
        expected = _brute_force(image, axis, valid)
        np.testing.assert_allclose(found[name], expected, rtol=1e-12)
        assert found[name].any()


def test_checkerboard_has_single_pixels():
    board = np.indices((8, 8)).sum(0) % 2 == 0
    for valid in (None, np.ones((8, 8))):
        found = _evaluate(ChordLengths(max_length=3), board, valid)
        for values in found.values():
            np.testing.assert_allclose(values, [1, 0, 0])


def test_stripes_have_their_width_across_and_no_chord_along():
    stripes = np.tile(np.arange(16) % 8 < 3, (12, 1))
    # The third stripe wraps around the edge.
    for shift in (0, -1):
        found = _evaluate(ChordLengths(max_length=4), np.roll(stripes, shift, 1))
        np.testing.assert_array_equal(found["x"], [0, 0, 1, 0])
        np.testing.assert_array_equal(found["y"], 0)


@pytest.mark.parametrize("valid", [None, np.ones((6, 6))])
@pytest.mark.parametrize("value", [0, 1])
def test_one_phase_alone_has_no_chord(value, valid):
    found = _evaluate(ChordLengths(max_length=4), np.full((6, 6), value), valid)
    np.testing.assert_array_equal([found["x"], found["y"]], 0)


def test_nothing_is_known_of_an_image_that_is_masked_all_over():
    found = _evaluate(ChordLengths(max_length=4), _image((8, 8)), np.zeros((8, 8)))
    assert np.isnan([found["x"], found["y"]]).all()


@pytest.mark.parametrize("periodic", [True, False])
def test_longer_chords_count_and_have_no_entry(periodic):
    image = _image((30, 30), seed=3)
    valid = None if periodic else np.ones(image.shape)
    short = _evaluate(ChordLengths(max_length=3), image, valid)
    long = _evaluate(ChordLengths(max_length=20), image, valid)
    np.testing.assert_array_equal(short["x"], long["x"][:3])
    assert short["x"].sum() < 0.9
    if periodic:
        assert long["x"].sum() == pytest.approx(1)


def test_a_narrow_open_image_is_not_biased_to_short_chords():
    fraction = 0.7
    image = np.random.default_rng(4).random((20_000, 10)) < fraction
    found = _evaluate(ChordLengths(max_length=8), image, np.ones(image.shape))["x"]
    expected = (1 - fraction) * fraction ** np.arange(8)
    np.testing.assert_allclose(found, expected, rtol=0.05)


def test_entries_are_lengths():
    descriptor = ChordLengths(max_length=4)
    assert descriptor.entries("x", (6,)).tolist() == [[1], [2], [3], [4], [5], [6]]
    assert descriptor.levels(6, 6) == 1
    assert descriptor.levels(6, 5) == 0


def test_plot_draws_a_line_for_each_direction():
    axes = Figure().subplots()
    descriptor = ChordLengths(max_length=4)
    for label in ("a", "b"):
        descriptor.plot(axes, _evaluate(descriptor, _image((9, 9))), label)
    assert [line.get_label() for line in axes.lines] == [
        f"{label}, along {name}" for label in "ab" for name in "XY"
    ]
    assert [line.get_xdata().tolist() for line in axes.lines] == [[1, 2, 3, 4]] * 4
    colors = [line.get_color() for line in axes.lines]
    assert colors[0] == colors[1] != colors[2] == colors[3]
    assert axes.get_xlabel() == "chord length (pixels)"


@pytest.mark.parametrize("periodic", [True, False])
def test_planes_without_chords_have_no_vote(periodic):
    """Of a stack of planes, two of one phase each: the mean is that of the others."""
    labels = np.stack([_image((12, 14), seed=n) for n in range(6)]).astype(int)
    labels[1], labels[3] = 0, 1
    volume = Microstructure.from_array(labels, periodic=periodic)
    descriptor = ChordLengths(max_length=4)
    found = characterize(volume, [descriptor]).planes["xy"].values[0][0]
    valid = None if periodic else np.ones((12, 14))
    planes = [_evaluate(descriptor, labels[n], valid) for n in (0, 2, 4, 5)]
    for name in "xy":
        expected = np.mean([plane[name] for plane in planes], axis=0)
        np.testing.assert_allclose(found[name][0], expected, rtol=1e-12)


@pytest.mark.parametrize("periodic", [True, False])
def test_votes_go_by_direction(periodic):
    stripes = np.tile(np.arange(12) % 4 < 2, (9, 1))[None]
    lone = np.zeros((1, 9, 12), bool)
    lone[..., 0] = True  # at the edge: open images see where it ends, but no whole chord
    valid = None if periodic else np.ones((1, 9, 12))
    for image in (stripes, lone):
        found = ChordLengths().votes(image, valid)
        assert (found["x"].tolist(), found["y"].tolist()) == ([True], [False])
    for value in (0, 1):
        found = ChordLengths().votes(np.full((1, 9, 12), value), valid)
        assert not any(votes.any() for votes in found.values())


def test_masked_pixels_do_not_vote():
    image = np.tile(np.arange(12) < 6, (9, 1))[None]
    valid = np.ones(image.shape)
    valid[..., 5:7] = 0  # hides the only boundary
    assert not ChordLengths().votes(image, valid)["x"].any()


def test_a_laminate_keeps_zeros_where_no_plane_has_a_chord():
    labels = np.zeros((12, 12, 12), int)
    labels[:4] = 1
    found = characterize(
        Microstructure.from_array(labels, periodic=True), [ChordLengths(max_length=5)]
    )
    rows = {plane: row.values[0][0] for plane, row in found.planes.items()}
    for name, plane in (("x", "xy"), ("y", "xy"), ("x", "xz"), ("x", "yz")):
        np.testing.assert_array_equal(rows[plane][name], 0)
    # Along the rows of these planes, Z, all chords have four pixels.
    np.testing.assert_array_equal(rows["xz"]["y"], [[0, 0, 0, 1, 0]])
