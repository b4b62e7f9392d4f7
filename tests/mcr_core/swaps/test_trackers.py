"""Every tracker follows changes exactly: its values are those of its descriptor, to 1e-12."""

import numpy as np
import pytest
import tensorflow as tf

from mcr_core.descriptors import registry
from mcr_core.descriptors.correlations import Correlations
from mcr_core.descriptors.line_correlations import LineCorrelations
from mcr_core.descriptors.lineal_path import LinealPath
from mcr_core.descriptors.two_point import TwoPoint
from mcr_core.descriptors.variation import Variation
from mcr_core.descriptors.volume_fractions import VolumeFractions
from mcr_core.swaps.padded import Padded
from mcr_core.swaps.plane_field import coarse_counts

DESCRIPTORS = [
    Correlations(limit_to=2),
    Correlations(limit_to=4),
    LineCorrelations(),
    LineCorrelations(limit_to=4),
    LinealPath(limit_to=4),
    LinealPath(limit_to=3, directions="diagonals"),
    TwoPoint(limit_to=2),
    TwoPoint(limit_to=4),
    Variation(),
    VolumeFractions(),
]
#: Extents at which lags meet around a periodic plane, and others.
SHAPES = [(7, 8), (10, 9), (12, 12)]


def _name(descriptor):
    return "-".join([descriptor.name, *map(str, descriptor.model_dump().values())])


def _fresh(descriptor, image, top, periodic):
    """The blocks of one plane, computed by the descriptor."""
    field = tf.constant(image[None, None] / top, tf.float64)
    valid = None if periodic else tf.ones((1, *image.shape), tf.float64)
    return {k: v.numpy()[0, 0] for k, v in descriptor.evaluate(field, valid, 1)[0].items()}


def _changes(image, top, rng):
    """One pixel that goes up or down, or two with opposite signs."""
    up, down = np.argwhere(image < top), np.argwhere(image > 0)
    changes = [
        (*map(int, places[rng.integers(len(places))]), sign)
        for places, sign in ((up, 1), (down, -1))
    ]
    if changes[0][:2] == changes[1][:2]:
        return changes[:1]
    return [changes, changes[::-1], changes[:1], changes[1:]][rng.integers(4)]


def _apply(image, changes):
    changed = image.copy()
    for row, column, sign in changes:
        changed[row, column] += sign
    return changed


def test_every_tracker_has_a_row():
    following = {name for name in registry.names() if registry.get(name)().tracker() is not None}
    assert following == {descriptor.name for descriptor in DESCRIPTORS}


@pytest.mark.parametrize("top", [1, 4, 16])
@pytest.mark.parametrize("periodic", [True, False], ids=["periodic", "open"])
@pytest.mark.parametrize("descriptor", DESCRIPTORS, ids=_name)
def test_follows_changes(descriptor, periodic, top):
    rng = np.random.default_rng(0)
    shape = SHAPES[(top + periodic) % 3]
    image = rng.integers(0, top, shape, endpoint=True)
    tracker = descriptor.tracker()(descriptor, image, top, periodic)
    space = tracker.workspace(descriptor, *shape, top)
    for number in range(12):
        changes = _changes(image, top, rng)
        before = {name: block.values() for name, block in tracker.blocks.items()}
        deltas = tracker.propose(changes, space)
        for name, block in tracker.blocks.items():
            np.testing.assert_array_equal(block.values(), before[name])  # nothing is changed yet
        if number % 3 == 2:
            continue
        tracker.accept(changes, deltas)
        image = _apply(image, changes)
        expected = _fresh(descriptor, image, top, periodic)
        assert list(tracker.blocks) == list(expected)
        for name, block in tracker.blocks.items():
            np.testing.assert_allclose(block.values(), expected[name], rtol=0, atol=1e-12)


@pytest.mark.parametrize("descriptor", DESCRIPTORS, ids=_name)
def test_sums_of_a_binary_image_are_whole(descriptor):
    image = np.random.default_rng(1).integers(0, 2, (9, 9))
    tracker = descriptor.tracker()(descriptor, image, 1, True)
    for block in tracker.blocks.values():
        np.testing.assert_array_equal(block.sums, np.rint(block.sums))
        assert block.sums.size <= tracker.cells(descriptor, 9, 9)


def test_recount_removes_rounding_errors():
    descriptor = LinealPath(limit_to=3)
    image = np.random.default_rng(1).integers(0, 4, (8, 8))
    tracker = descriptor.tracker()(descriptor, image, 4, True)
    block = tracker.blocks["lineal_path"]
    exact = block.values()
    block.sums += 1e-9
    tracker.recount()
    np.testing.assert_array_equal(block.values(), exact)


@pytest.mark.parametrize("descriptor", [Correlations(form="soft"), LinealPath(form="soft")])
def test_soft_forms_are_evaluated_again(descriptor):
    assert descriptor.tracker() is None


@pytest.mark.parametrize("periodic", [True, False])
def test_padded_image(periodic):
    image = np.arange(20).reshape(4, 5)
    padded = Padded(image, 1, 2, periodic, np.float64)
    padded.put(1, 4, 100)
    changed = image.copy()
    changed[1, 4] = 100
    mode = "wrap" if periodic else "constant"
    np.testing.assert_array_equal(padded.array, np.pad(changed, ((1, 1), (2, 2)), mode=mode))
    assert padded.value(1, 4) == 100
    assert padded.window(1, 4)[1, 2] == 100
    assert padded.window(1, 4).shape == (3, 5)
    assert padded.lag((1, 4), (2, 1)) == ((1, 2) if periodic else (1, -3))


def test_coarse_counts_are_the_pyramid():
    from mcr_core.pyramid import coarsen

    image = np.random.default_rng(0).integers(0, 2, (13, 11))
    fields = image[None, None].astype(float)
    for level in range(3):
        np.testing.assert_array_equal(coarse_counts(image, level) / 4**level, fields[0, 0])
        fields, _ = coarsen(fields, None)
