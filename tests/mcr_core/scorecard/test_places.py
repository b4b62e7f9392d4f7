"""Where clusters and thick spots are, compared with searches voxel by voxel."""

import itertools

import numpy as np
import pytest

from mcr_core.descriptors.local_thickness import thickness
from mcr_core.errors import InputError, OptionError
from mcr_core.microstructure import Microstructure
from mcr_core.scorecard.places import place

SHAPES = [(9, 11), (5, 6, 7)]


def random(shape, seed, periodic, mask=None):
    labels = np.random.default_rng(seed).random(shape) < 0.45
    return Microstructure.from_array(labels, periodic=periodic, mask=mask)


def flooded(inside, periodic):
    """The sizes of all clusters and their voxels, by walking from voxel to voxel."""
    left = set(map(tuple, np.argwhere(inside)))
    found = []
    while left:
        edge = [left.pop()]
        cluster = set(edge)
        while edge:
            voxel = edge.pop()
            for axis, step in itertools.product(range(inside.ndim), (-1, 1)):
                other = list(voxel)
                other[axis] += step
                if periodic:
                    other[axis] %= inside.shape[axis]
                if tuple(other) in left:
                    left.remove(tuple(other))
                    cluster.add(tuple(other))
                    edge.append(tuple(other))
        found.append(cluster)
    return sorted(found, key=len)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("periodic", [False, True])
@pytest.mark.parametrize("seed", range(4))
def test_the_largest_cluster(shape, periodic, seed):
    image = random(shape, seed, periodic)
    clusters = flooded(image.labels == 1, periodic)
    found = place(image, "largest cluster", 1)
    assert found.voxels == len(clusters[-1])
    assert found.share == pytest.approx(found.voxels / (image.labels == 1).sum())
    assert set(map(tuple, np.argwhere(found.part))) in [
        c for c in clusters if len(c) == found.voxels
    ]
    assert found.part[found.position]


def test_the_middle_of_a_cluster_that_wraps_is_at_the_face():
    labels = np.zeros((20, 9), int)
    labels[[18, 19, 0, 1, 2], 3:6] = 1
    found = place(Microstructure.from_array(labels, periodic=True), "largest cluster", 1)
    assert found.position == (0, 4)
    assert found.voxels == 15
    apart = place(Microstructure.from_array(labels), "largest cluster", 1)
    assert apart.position == (1, 4)
    assert apart.voxels == 9


def test_the_middle_of_a_ring_is_on_the_ring():
    labels = np.ones((9, 9), int)
    labels[2:7, 2:7] = 0
    found = place(Microstructure.from_array(labels), "largest cluster", 1)
    assert labels[found.position] == 1


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("periodic", [False, True])
@pytest.mark.parametrize("seed", range(4))
def test_the_thickest_spot_is_as_thick_as_the_descriptor_says(shape, periodic, seed):
    image = random(shape, seed, periodic)
    inside = image.labels == 0
    found = place(image, "thickest spot", 0)
    valid = None if periodic else np.ones(shape, bool)
    assert found.diameter == pytest.approx(thickness(inside, valid).max())
    assert inside[found.position]
    assert found.part[found.position]
    assert not (found.part & ~inside).any()
    # The disc holds every voxel nearer to its centre than the nearest one of another phase.
    steps = np.argwhere(np.ones(shape, bool)) - found.position
    if periodic:
        steps = (steps + np.array(shape) // 2) % shape - np.array(shape) // 2
    squares = (steps**2).sum(1).reshape(shape)
    np.testing.assert_array_equal(found.part, inside & (squares < squares[~inside].min()))


def test_masked_voxels_are_neither_phase_nor_surface():
    labels = np.zeros((9, 9), int)
    labels[:, 6:] = 1
    mask = np.ones((9, 9), bool)
    mask[:, 8] = False
    image = Microstructure.from_array(labels, mask=mask)
    assert place(image, "largest cluster", 1).voxels == 18
    assert place(image, "thickest spot", 1).position[1] == 7


def test_a_phase_that_is_everywhere():
    image = Microstructure.from_array(np.ones((5, 7), int), phase_values=(0, 1))
    found = place(image, "thickest spot", 1)
    assert found.position == (2, 3)
    assert found.diameter == 7
    with pytest.raises(InputError, match="'phase 0' has no voxels: there is no thickest spot"):
        place(image, "thickest spot", 0)


def test_what_is_refused():
    image = random((5, 5), 0, False)
    with pytest.raises(OptionError, match="expected one of largest cluster, thickest spot"):
        place(image, "treasure", 0)
    with pytest.raises(OptionError, match="expected a phase from 0 to 1, got 2"):
        place(image, "largest cluster", 2)
