"""S₂ of three kinds of planes, moved as little as possible to what one volume can have."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from mcr_core.planes import PLANES, plane_axes
from mcr_core.targets.given_fraction_errors import given_fraction_errors
from mcr_core.targets.nearest_sections import Sections, nearest_density
from mcr_core.targets.section_grids import Array, InversionGrid, Maps, MirrorGrid, SectionGrid

#: Part of the pairs of lag 0 that a lag must have: half of the extent of an image on both axes.
_FEWEST_PAIRS = 0.25
#: Longest lags, in pixels: with mirror symmetry, and without (an eighth and half of the numbers).
_LONGEST = {True: 64, False: 40}
#: A volume up to this extent is its own grid; for larger ones lags decide.
_WHOLE = 64
#: Of values that are stored in single precision.
_ROUNDING = 1e-6


@dataclass(frozen=True, eq=False)
class RealizableMaps:
    """S₂ of one field in the three kinds of planes of a volume.

    Attributes:
        s2: by the kind of plane, of the shapes given, [rows, columns]; where it is not `moved` it
            is what was given.
        moved: at which lags it was made realizable.
        errors: standard errors at a given fraction, see `given_fraction_errors`.
    """

    s2: Maps
    moved: Mapping[str, npt.NDArray[np.bool_]]
    errors: Maps


def realizable_maps(
    s2: Mapping[str, Array],
    pairs: Mapping[str, npt.NDArray[np.int64]],
    fraction: float,
    shape: Sequence[int],
    *,
    periodic: bool,
) -> RealizableMaps:
    """Return the maps nearest to given ones that the S₂ of one volume has as its sections.

    S₂ of a statistically homogeneous volume has a spectral density that is nowhere negative, so
    these three maps are sections of one function of the lag (z, y, x), agree along the axes that
    they share, and their density is the sum of a non-negative one along the third axis. Where the
    fraction of a plane is another than that of the volume, S₂ is scaled about its limit: the
    autocorrelation coefficient stays. Nearest is meant in units of the errors at that fraction
    (`given_fraction_errors`), and every distance counts as much as any other, however many lags are
    that long: their errors go together, and the many long ones would move the few short ones that
    hold the surface.

    These conditions are necessary: that a microstructure of two values has such an S₂ does not
    follow.

    Args:
        s2: by the kind of plane, [rows, columns] with lag 0 in the centre.
        pairs: number of pairs of pixels, of the same shapes. Lags with less than a quarter of the
            pairs of lag 0 are left as they are, and such beyond half of the volume, 64 pixels
            (with maps that mirrorings leave alone) or 40 (others).
        fraction: of the phase in the volume.
        shape: extent (Z, Y, X) of the volume.
        periodic: whether it is: then its S₂ has a mean of exactly `fraction`².
    """
    errors = {plane: given_fraction_errors(s2[plane], pairs[plane]) for plane in PLANES}
    unmoved = {plane: np.zeros(s2[plane].shape, bool) for plane in PLANES}
    total = fraction * (1 - fraction)
    if total <= 1e-12 or any(not 0 < _at_zero(s2[plane]) < 1 for plane in PLANES):
        return RealizableMaps(dict(s2), unmoved, errors)
    coefficients = {plane: _centred(s2[plane], fraction) for plane in PLANES}
    many = {plane: pairs[plane] >= _FEWEST_PAIRS * _at_zero(pairs[plane]) for plane in PLANES}
    mirrored = all(_is_mirrored(one[p]) for one in (coefficients, errors, many) for p in PLANES)
    known = {plane: many[plane] & _within(many[plane].shape, mirrored) for plane in PLANES}
    extent, exact = _grid_shape(shape, known, periodic=periodic)
    on_grid = {plane: tuple(extent[axis] for axis in plane_axes(3, plane)) for plane in PLANES}
    grid: SectionGrid = MirrorGrid(extent) if mirrored else InversionGrid(extent)
    values: Maps = {}
    variances: Maps = {}
    where: dict[str, npt.NDArray[np.bool_]] = {}
    for plane in PLANES:
        known[plane] &= _fits(known[plane].shape, on_grid[plane])
        value, there = _to_grid(coefficients[plane], known[plane], on_grid[plane])
        variance = np.square(errors[plane]) * _ring(s2[plane].shape)
        spread, _ = _to_grid(variance, known[plane], on_grid[plane])
        value[0, 0], spread[0, 0] = total, 0.0
        there[0, 0] = plane == PLANES[0]  # the three have it in common
        values[plane], where[plane] = grid.cut(value), grid.cut(there)
        variances[plane] = np.where(where[plane], grid.cut(spread), 1.0)
    start = _isotropic_density(grid, values, where, total, mean_is_zero=periodic and exact)
    density = nearest_density(
        grid, Sections(values, where, variances), start, mean_is_zero=periodic and exact
    )
    sections = grid.sections(density)
    scale = total / float(sections[PLANES[0]][0, 0])  # a density times a number is one, too
    result = {}
    for plane in PLANES:
        found = fraction**2 + scale * grid.whole(sections[plane], plane)
        rows, columns = (
            (np.arange(n) - n // 2) % m
            for n, m in zip(s2[plane].shape, on_grid[plane], strict=True)
        )
        result[plane] = np.where(known[plane], found[np.ix_(rows, columns)], s2[plane])
    return RealizableMaps(result, known, errors)


def _ring(shape: Sequence[int]) -> Array:
    """How many lags are as long as each, in units of their mean; lag 0 in the centre."""
    rows, columns = (np.arange(n) - n // 2 for n in shape)
    found: Array = np.maximum(np.hypot(rows[:, None], columns), 1.0)
    found /= found.mean()
    return found


def _centred(s2: Array, fraction: float) -> Array:
    """The covariance that a map has at another fraction, with the same coefficients."""
    own = _at_zero(s2)
    found: Array = (s2 - own**2) * (fraction * (1 - fraction) / (own * (1 - own)))
    return found


def _at_zero(square: npt.NDArray[np.generic]) -> float:
    return float(square[tuple(extent // 2 for extent in square.shape)])


def _is_mirrored(square: npt.NDArray[np.generic]) -> bool:
    """Whether mirroring an axis changes nothing, as far as there are lags of both signs."""
    rows, columns = ((extent - 1) // 2 for extent in square.shape)
    row, column = (extent // 2 for extent in square.shape)
    inner = square[row - rows : row + rows + 1, column - columns : column + columns + 1]
    edges = all(extent % 2 for extent in square.shape)  # the lag n/2 is its own opposite
    outer = np.roll(square, tuple(-(n // 2) for n in square.shape), (0, 1))
    turned = np.roll(outer[::-1], 1, 0)
    same = np.allclose(inner, inner[::-1], rtol=0, atol=_ROUNDING)
    return bool(same and (edges or np.allclose(outer, turned, rtol=0, atol=_ROUNDING)))


def _within(shape: Sequence[int], mirrored: bool) -> npt.NDArray[np.bool_]:
    rows, columns = (np.abs(np.arange(n) - n // 2) <= _LONGEST[mirrored] for n in shape)
    found: npt.NDArray[np.bool_] = rows[:, None] & columns
    return found


def _fits(shape: Sequence[int], extent: Sequence[int]) -> npt.NDArray[np.bool_]:
    """Lags of at most half of the grid: others are those of the next period."""
    rows, columns = (
        np.abs(np.arange(n) - n // 2) <= m // 2 for n, m in zip(shape, extent, strict=True)
    )
    found: npt.NDArray[np.bool_] = rows[:, None] & columns
    return found


def _grid_shape(
    shape: Sequence[int], known: Mapping[str, npt.NDArray[np.bool_]], *, periodic: bool
) -> tuple[tuple[int, int, int], bool]:
    """Extent of the grid, and whether a correlation on it is one on the volume, too.

    A correlation with a period that divides the volume's extent has the volume's period; its
    density is 0 in between.
    """
    reaches = [0, 0, 0]
    for plane in PLANES:
        for axis, lags in zip(plane_axes(3, plane), np.nonzero(known[plane]), strict=True):
            centre = known[plane].shape[plane_axes(3, plane).index(axis)] // 2
            reaches[axis] = max(reaches[axis], int(np.abs(lags - centre).max(initial=0)))
    found, exact = [], True
    for extent, reach in zip(shape, reaches, strict=True):
        least = max(_WHOLE, 2 * reach)
        divisors = [n for n in range(least, extent + 1) if extent % n == 0]
        if periodic and extent <= max(_WHOLE, 2 * reach):
            found.append(extent)
        elif periodic and divisors and divisors[0] <= 2 * least:
            found.append(divisors[0])
        else:
            found.append(_fast_length(2 * reach + 1))
            exact = False
    depth, height, width = found
    return (depth, height, width), exact


def _fast_length(least: int) -> int:
    from scipy import fft

    return int(fft.next_fast_len(max(least, _WHOLE // 2), real=True))


def _to_grid(
    square: Array, known: npt.NDArray[np.bool_], extent: Sequence[int]
) -> tuple[Array, npt.NDArray[np.bool_]]:
    """Means of a map over r and −r on a grid with lag 0 in the corner, and where they are known."""
    rows, columns = ((np.arange(n) - n // 2) % m for n, m in zip(square.shape, extent, strict=True))
    places = np.ix_(rows, columns)
    total, count = np.zeros(tuple(extent)), np.zeros(tuple(extent))
    np.add.at(total, places, np.where(known, square, 0.0))
    np.add.at(count, places, known)
    total, count = (one + np.roll(one[::-1, ::-1], (1, 1), (0, 1)) for one in (total, count))
    return total / np.maximum(count, 1), count > 0


def _isotropic_density(
    grid: SectionGrid,
    values: Maps,
    known: Mapping[str, npt.NDArray[np.bool_]],
    total: float,
    *,
    mean_is_zero: bool,
) -> Array:
    """The positive part of the density of the mean over all directions of the sections."""
    from scipy import fft

    sums, counts = np.zeros(1), np.zeros(1)
    lags = [np.minimum(np.arange(n), n - np.arange(n)) for n in grid.shape]
    for plane in PLANES:
        row, column = (lags[axis] for axis in plane_axes(3, plane))
        rows, columns = values[plane].shape
        ring = np.rint(np.hypot(row[:rows, None], column[:columns])).astype(int)
        chosen = known[plane] & (ring > 0)
        length = max(len(sums), int(ring.max()) + 1)
        sums, counts = (
            np.pad(old, (0, length - len(old))) + np.bincount(ring[chosen], weights, length)
            for old, weights in ((sums, values[plane][chosen]), (counts, None))
        )
    sums[0], counts[0] = total, 1.0
    seen = np.flatnonzero(counts)
    depth, height, width = np.ix_(*lags)
    radius = np.sqrt(depth**2 + height**2 + width**2)
    covariance = np.interp(radius, seen, sums[seen] / counts[seen], right=0.0)
    density = fft.rfftn(covariance.T).real.T  # half of the Z axis
    rows = tuple(slice(0, n) for n in grid.spread(values).shape)
    positive: Array = np.maximum(density[rows], 0.0) / float(np.prod(grid.shape))
    if mean_is_zero:
        positive[0, 0, 0] = 0.0
    norm = float(grid.sections(positive)[PLANES[0]].flat[0])
    if norm > 0:
        positive *= total / norm
    return positive
