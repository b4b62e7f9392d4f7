"""Sections of a correlation from its density, against transforms of the whole volume."""

import numpy as np
import pytest

from mcr_core.planes import PLANES
from mcr_core.targets.section_grids import InversionGrid, MirrorGrid

SHAPES = [(6, 8, 10), (5, 7, 6), (4, 4, 4)]
GRIDS = [InversionGrid, MirrorGrid]


def even_field(shape, seed, *, mirrored):
    """A random density with p(−k) = p(k), or one that mirrorings of each axis leave alone."""
    p = np.random.default_rng(seed).random(shape)
    for axes in ((0,), (1,), (2,)) if mirrored else ((0, 1, 2),):
        p = p + np.roll(np.flip(p, axes), 1, axes)
    return p


def kept(grid, p):
    depth, height, width = p.shape
    if isinstance(grid, MirrorGrid):
        return p[: depth // 2 + 1, : height // 2 + 1, : width // 2 + 1]
    return p[: depth // 2 + 1]


def random_maps(shape, seed, *, mirrored):
    c = np.fft.fftn(even_field(shape, seed, mirrored=mirrored)).real
    return {"xy": c[0], "xz": c[:, 0], "yz": c[:, :, 0]}


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("kind", GRIDS)
def test_sections_are_those_of_the_transform_of_the_volume(kind, shape):
    grid, p = kind(shape), even_field(shape, 0, mirrored=kind is MirrorGrid)
    c = np.fft.fftn(p).real
    expected = {"xy": c[0], "xz": c[:, 0], "yz": c[:, :, 0]}
    found = grid.sections(kept(grid, p))
    for plane in PLANES:
        np.testing.assert_allclose(found[plane], grid.cut(expected[plane]), atol=1e-10)
        np.testing.assert_allclose(grid.whole(found[plane], plane), expected[plane], atol=1e-10)
    assert grid.square(kept(grid, p)) == pytest.approx(np.square(p).sum())


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("kind", GRIDS)
def test_spreading_is_the_transpose_of_taking_sections(kind, shape):
    mirrored = kind is MirrorGrid
    grid, p = kind(shape), even_field(shape, 1, mirrored=mirrored)
    whole = random_maps(shape, 2, mirrored=mirrored)
    maps = {plane: grid.cut(whole[plane]) for plane in PLANES}
    spread = grid.spread(maps)
    z, y, x = np.indices(shape)
    k = (1, 2, min(1, shape[2] - 1))
    expected = sum(
        (whole[plane] * np.cos(2 * np.pi * angle)).sum()
        for plane, angle in {
            "xy": (k[1] * y / shape[1] + k[2] * x / shape[2])[0],
            "xz": (k[0] * z / shape[0] + k[2] * x / shape[2])[:, 0],
            "yz": (k[0] * z / shape[0] + k[1] * y / shape[1])[:, :, 0],
        }.items()
    )
    assert spread[k] == pytest.approx(expected)
    assert grid.dot(maps, maps) == pytest.approx(sum(np.square(m).sum() for m in whole.values()))
    # ⟨maps, sections(p)⟩ = ⟨spread(maps), p⟩, by the polarization of `square`.
    p = kept(grid, p)
    inner = (grid.square(spread + p) - grid.square(spread) - grid.square(p)) / 2
    assert grid.dot(maps, grid.sections(p)) == pytest.approx(inner)
