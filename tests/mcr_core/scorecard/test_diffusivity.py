"""The effective diffusivity: laminates, dilute spheres, bounds, a dense reference."""

import numpy as np
import pytest

from mcr_core.scorecard.diffusivity import diffusivity, effective_diffusivity


@pytest.mark.parametrize("axis", [0, 1, 2])
def test_laminates_are_exact(axis):
    layers = np.random.default_rng(axis).uniform(0.1, 3.0, 9)
    shape = [5, 4, 6]
    shape[axis] = len(layers)
    place = [None, None, None]
    place[axis] = slice(None)
    local = np.broadcast_to(layers[tuple(place)], shape)
    for direction in range(3):
        expected = 1 / np.mean(1 / layers) if direction == axis else layers.mean()
        found = effective_diffusivity(local, direction)
        assert found == pytest.approx(expected, rel=1e-7)
        periodic = effective_diffusivity(local, direction, periodic_sides=True)
        if direction == axis:
            assert periodic == pytest.approx(expected, rel=1e-7)


def dense(local, axis, periodic):
    """The same by a dense matrix, voxel by voxel."""
    local = np.moveaxis(local, axis, 0)
    number = np.arange(local.size).reshape(local.shape)
    matrix, right = np.zeros((local.size, local.size)), np.zeros(local.size)
    for place in np.ndindex(local.shape):
        here = number[place]
        for direction in range(local.ndim):
            for step in (-1, 1):
                other = list(place)
                other[direction] += step
                inside = 0 <= other[direction] < local.shape[direction]
                if not inside and direction == 0:
                    matrix[here, here] += 2 * local[place]
                    right[here] += 2 * local[place] * (step < 0)
                    continue
                if not inside and not periodic:
                    continue
                other[direction] %= local.shape[direction]
                a, b = local[place], local[tuple(other)]
                between = 2 * a * b / (a + b)
                matrix[here, here] += between
                matrix[here, number[tuple(other)]] -= between
    found = np.linalg.solve(matrix, right).reshape(local.shape)
    flux = (2 * local[0] * (1 - found[0])).sum()
    return flux * local.shape[0] / local[0].size


@pytest.mark.parametrize("periodic", [False, True])
@pytest.mark.parametrize("shape", [(6, 5), (5, 4, 3)])
def test_against_a_dense_matrix(shape, periodic):
    local = np.random.default_rng(1).uniform(0.05, 1.0, shape)
    for axis in range(len(shape)):
        found = effective_diffusivity(local, axis, periodic_sides=periodic)
        assert found == pytest.approx(dense(local, axis, periodic), rel=1e-7)


def ball(size, radius):
    centre = (size - 1) / 2
    grid = np.indices((size,) * 3) - centre
    return (grid**2).sum(0) > radius**2


def test_dilute_insulating_spheres():
    """Maxwell: D = (1 - φ) / (1 + φ/2) = 1 - 3/2 φ + … for a small share φ of insulating spheres.

    The steps of spheres of voxels block more than spheres do, in proportion to the voxel.
    """
    excess = []
    for size in (12, 24, 48):
        outside = ball(size, size / 4.8)
        share = 1 - outside.mean()
        assert 0.03 < share < 0.045
        found = effective_diffusivity(outside.astype(float), 0, periodic_sides=True)
        expected = 1 - (1 - share) / (1 + share / 2)
        assert expected == pytest.approx(1.5 * share, rel=0.03)
        excess.append((1 - found) / expected - 1)
    assert 0 < excess[2] < 0.07
    assert 1.5 < excess[0] / excess[1] < 2.5
    assert 1.5 < excess[1] / excess[2] < 2.5


@pytest.mark.parametrize("radius", [6.0, 9.0, 11.0])
def test_hashin_and_shtrikman(radius):
    """An isotropic (here cubic) medium: D is at most 2 v / (3 - v)."""
    outside = ball(20, radius)
    v = outside.mean()
    found = effective_diffusivity(outside.astype(float), 2, periodic_sides=True)
    assert 0 < found <= 2 * v / (3 - v) * 1.001


def test_dead_ends_and_islands_carry_nothing():
    straight = np.zeros((6, 5), bool)
    straight[:, 1] = True
    branched = straight.copy()
    branched[2, 2:4] = True  # a dead end
    branched[4:6, 4] = True  # touches one face
    branched[0, 3] = True
    branched[3, 4] = False
    alone = branched.copy()
    alone[2, 4] = False
    island = np.zeros((6, 5), bool)
    island[2:4, 4] = True
    for phase in (straight, branched, alone, straight | island):
        assert effective_diffusivity(phase.astype(float), 0) == pytest.approx(1 / 5, rel=1e-6)
        (along_y, along_x) = diffusivity(phase[None], 8)
        assert along_y.values[0, 0] == pytest.approx(1 / 5, rel=1e-6)
        assert along_x.values[0, 0] == 0
    assert effective_diffusivity(np.zeros((4, 4)), 0) == 0
    assert effective_diffusivity(island.astype(float), 0) == 0


def test_directions_are_named():
    volume = np.zeros((2, 4, 5, 6), bool)
    volume[:, :, 2, 3] = True  # a bar along z
    found = {one.where: one.values[:, 0] for one in diffusivity(volume, 8)}
    assert list(found) == ["along z", "along y", "along x"]
    np.testing.assert_allclose(found["along z"], 1 / 30, rtol=1e-6)
    assert not found["along y"].any()
    assert not found["along x"].any()
