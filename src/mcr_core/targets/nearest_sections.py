"""The sections nearest to given ones that a non-negative spectral density has."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from mcr_core.planes import PLANES
from mcr_core.targets.section_grids import Array, Maps, SectionGrid

#: Weight of the density's own change, as a share of that of a typical lag.
_REST = 0.01
#: How often the density found is what the next one is to stay near, at most.
_ROUNDS = 6
_NEWTON = 25
_CONJUGATE = 80
#: Sections are found when a round changes them by less than this part of their distance to what
#: is given ...
_SETTLED = 0.05
#: ... or when that distance is this part of a typical error: what is given can be had.
_MET = 2e-5
#: Slopes below that part of a typical error are none.
_EXACT = 5e-6


@dataclass(frozen=True)
class Sections:
    """What is known of the three coordinate sections of a correlation; lag 0 in the corner.

    Attributes:
        values: c(r) by the kind of plane.
        known: where it is known.
        variances: squared errors of the values; 0 where they must be met.
    """

    values: Maps
    known: Mapping[str, npt.NDArray[np.bool_]]
    variances: Maps


def nearest_density(
    grid: SectionGrid, sections: Sections, start: Array, *, mean_is_zero: bool
) -> Array:
    """Return the density p(k) ≥ 0 whose sections are nearest to the given ones.

    Minimized is ½ Σ (c(r) − t(r))² / variance(r) over the known lags r of the three planes, with c
    the sections of p, plus (ε / 2) ‖p − p₀‖² with a small ε, where p₀ is the start; with the
    density found for p₀ again, until the sections settle (the proximal point method, whose limit
    does not depend on ε). Each problem is solved in its dual: p = max(0, p₀ + Σ_r y(r) cos(k r) /
    ε), where the multipliers y live on the sections only, by Newton's method with conjugate
    gradients.

    Args:
        grid: which frequencies are free.
        sections: what is known, cut to the grid.
        start: a density, of the shape of `grid.spread`.
        mean_is_zero: whether p(0) = 0: the correlation sums to 0 over a periodic volume.
    """
    problem = _Problem(grid, sections, mean_is_zero=mean_is_zero)
    density, before = start, grid.sections(start)
    for _ in range(_ROUNDS):
        density = problem.solve(density)
        found = grid.sections(density)
        distance = problem.distance(found, sections.values)
        if distance < _MET or problem.distance(found, before) < _SETTLED * distance:
            break
        before = found
    return density


class _Problem:
    """The regularized problem of `nearest_density`, for one field."""

    def __init__(self, grid: SectionGrid, sections: Sections, *, mean_is_zero: bool) -> None:
        self._grid = grid
        self._sections = sections
        self._mean_is_zero = mean_is_zero
        every = np.concatenate(
            [sections.variances[plane][sections.known[plane]] for plane in PLANES]
        )
        self._typical = float(np.median(every[every > 0])) if (every > 0).any() else 1.0
        self._epsilon = _REST * float(np.prod(grid.shape)) / self._typical

    def distance(self, found: Maps, other: Maps) -> float:
        """Largest difference at a known lag, in units of a typical error."""
        return float(
            max(
                np.abs((found[plane] - other[plane])[self._sections.known[plane]]).max(initial=0)
                for plane in PLANES
            )
            / np.sqrt(self._typical)
        )

    def solve(self, centre: Array) -> Array:
        """Return the density for a p₀."""
        y = {plane: np.zeros_like(self._sections.values[plane]) for plane in PLANES}
        density, active = self._density(centre, y)
        value = self._value(density, y)
        tolerance = _EXACT * np.sqrt(self._typical)
        for _ in range(_NEWTON):
            slope = self._slope(density, y)
            if max(np.abs(slope[plane]).max() for plane in PLANES) < tolerance:
                break
            step = self._newton_step(slope, active)
            along = self._grid.dot(slope, step)
            length = 1.0
            while True:
                new = _moved(y, length, step)
                density, active = self._density(centre, new)
                lower = self._value(density, new)
                if lower <= value + 1e-4 * length * along or length < 1e-3:
                    break
                length /= 2
            if lower >= value:  # rounding decides from here on
                y, value = new, lower
                break
            y, value = new, lower
        return density

    def _density(self, centre: Array, y: Maps) -> tuple[Array, npt.NDArray[np.bool_]]:
        shifted = centre + self._grid.spread(y) / self._epsilon
        if self._mean_is_zero:
            shifted[0, 0, 0] = 0.0
        active = shifted > 0
        return np.where(active, shifted, 0.0), active

    def _value(self, density: Array, y: Maps) -> float:
        penalty = {plane: self._sections.variances[plane] * y[plane] for plane in PLANES}
        return (
            0.5 * self._epsilon * self._grid.square(density)
            + 0.5 * self._grid.dot(penalty, y)
            - self._grid.dot(y, self._sections.values)
        )

    def _slope(self, density: Array, y: Maps) -> Maps:
        sections = self._grid.sections(density)
        return {
            plane: np.where(
                self._sections.known[plane],
                sections[plane]
                + self._sections.variances[plane] * y[plane]
                - self._sections.values[plane],
                0.0,
            )
            for plane in PLANES
        }

    def _newton_step(self, slope: Maps, active: npt.NDArray[np.bool_]) -> Maps:
        """Solve H x = −slope, H = variance + (sections of the active part of spread) / ε."""
        grid, known, variances = self._grid, self._sections.known, self._sections.variances
        scale = float(np.prod(grid.shape)) * float(active.mean()) / self._epsilon
        diagonal = {plane: variances[plane] + scale for plane in PLANES}
        x = {plane: np.zeros_like(slope[plane]) for plane in PLANES}
        rest = {plane: -slope[plane] for plane in PLANES}
        scaled = {plane: rest[plane] / diagonal[plane] for plane in PLANES}
        direction = scaled
        size = first = grid.dot(rest, scaled)
        for _ in range(_CONJUGATE):
            if size <= 1e-4 * first or size <= 0:
                break
            image = grid.spread(direction)
            image *= active
            image /= self._epsilon
            turned = grid.sections(image)
            turned = {
                plane: np.where(
                    known[plane], turned[plane] + variances[plane] * direction[plane], 0.0
                )
                for plane in PLANES
            }
            curvature = grid.dot(direction, turned)
            if curvature <= 0:
                break
            x = _moved(x, size / curvature, direction)
            rest = _moved(rest, -size / curvature, turned)
            scaled = {plane: rest[plane] / diagonal[plane] for plane in PLANES}
            smaller = grid.dot(rest, scaled)
            direction = _moved(scaled, smaller / size, direction)
            size = smaller
        return x


def _moved(maps: Maps, length: float, step: Maps) -> Maps:
    return {plane: maps[plane] + length * step[plane] for plane in PLANES}
