"""Whether planes of different directions can be planes of one volume: what they say of its axes."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from mcr_core.characterization import PlaneStatistics
from mcr_core.microstructure import field_count, field_phases
from mcr_core.planes import plane_axes
from mcr_core.two_point import field_pairs

Array = npt.NDArray[np.float64]

#: From how many times the scatter of sampling on a difference is worth a word. Of 400 pairs of
#: images of one isotropic random field (32² to 128² pixels) 1.5 % differed by more ...
NOTED = 2.5
#: ... and none by so much: no chance ...
EXCLUDED = 3.5
#: ... which matters from this difference of the autocorrelation coefficient on.
LARGE = 0.2

_AXES = "ZYX"


@dataclass(frozen=True)
class AxisDifference:
    """Largest difference between what two planes say of the axis that both have.

    Attributes:
        axis: `Z`, `Y` or `X`.
        first: name of one kind of planes.
        second: name of the other.
        phase: index of the phase.
        lag: where the difference is largest in units of its scatter, in pixels.
        coefficients: autocorrelation coefficient ρ at that lag in the first and in the second.
        scatter: standard deviation of their difference that sampling explains.
    """

    axis: str
    first: str
    second: str
    phase: int
    lag: int
    coefficients: tuple[float, float]
    scatter: float

    @property
    def times(self) -> float:
        """The difference in units of the scatter."""
        return abs(self.coefficients[0] - self.coefficients[1]) / self.scatter

    @property
    def excluded(self) -> bool:
        """Whether no volume has both."""
        difference = abs(self.coefficients[0] - self.coefficients[1])
        return self.times > EXCLUDED and difference > LARGE

    def text(self, phase_name: str) -> str:
        """The difference in numbers, for people."""
        one, other = self.coefficients
        return (
            f"along {self.axis} the {self.first} and {self.second} planes disagree: the "
            f"autocorrelation of {phase_name} at a lag of {self.lag} px is {one:.2f} and "
            f"{other:.2f}, {self.times:.1f} times the scatter of sampling"
        )


def axis_differences(
    planes: Mapping[str, PlaneStatistics], phase_count: int
) -> list[AxisDifference]:
    """Compare S₂ of every two kinds of planes along the axis that both have.

    S₂ along X is one function, whether taken in the planes `xy` or `xz` of a volume. Compared is
    ρ(r) = (S₂(r) − v²) / (v (1 − v)), v the fraction in these planes, at lags up to a quarter of
    the extent; the variance of an estimate of ρ(r) from N pairs of pixels is taken as
    Σ_s ρ(s)² / N, over lags s up to a quarter of the extents (Bartlett's formula, for lags r
    where the correlation has faded).

    Args:
        planes: statistics by the name of the plane, of two or three kinds.
        phase_count: number of phases.

    Returns:
        One entry for every two kinds: the field and lag with the largest difference in units of
        its scatter. None for planes of one pixel.
    """
    found = []
    for first, second in itertools.combinations(planes, 2):
        (axis,) = {*plane_axes(3, first)} & {*plane_axes(3, second)}
        worst: AxisDifference | None = None
        for field, phase in enumerate(field_phases(phase_count)):
            pair = field_pairs(field_count(phase_count)).index((field, field))
            lines = [
                _line(planes[name], pair, phase, plane_axes(3, name).index(axis))
                for name in (first, second)
            ]
            worst = max(
                (d for d in (worst, _largest(_AXES[axis], (first, second), phase, lines)) if d),
                key=lambda difference: difference.times,
                default=None,
            )
        if worst is not None:
            found.append(worst)
    return found


def fraction_scatter(statistics: PlaneStatistics, phase: int) -> float:
    """Standard deviation of a phase fraction that sampling explains.

    √(v (1 − v) A / N) with A = Σ_s ρ(s), but at least Σ_s ρ(s)², over lags s as above.
    """
    fields = statistics.phase_fractions.size
    field = field_phases(fields).index(phase)
    pair = field_pairs(field_count(fields)).index((field, field))
    coefficients, variance = _coefficients(statistics, pair, phase)
    if variance == 0:
        return 0.0
    near = coefficients[_window(statistics.pairs)]
    area = max(near.sum(), np.square(near).sum())
    return float(np.sqrt(variance * area / statistics.pairs.max()))


def _coefficients(statistics: PlaneStatistics, pair: int, phase: int) -> tuple[Array, float]:
    """ρ at all lags, and v (1 − v)."""
    fraction = float(statistics.phase_fractions[phase])
    variance = fraction * (1 - fraction)
    centred = statistics.s2[pair].astype(np.float64) - fraction**2
    return centred / (variance or 1.0), variance


def _window(pairs: npt.NDArray[Any]) -> tuple[slice, slice]:
    """Lags up to a quarter of the extent: open images have 3/4 of their pairs there."""
    centre = tuple(n // 2 for n in pairs.shape)
    reaches = []
    for axis, middle in enumerate(centre):
        line = pairs[:, centre[1]] if axis == 0 else pairs[centre[0]]
        many = int(np.count_nonzero(line[middle:] >= 0.75 * line[middle])) - 1
        reaches.append(min(many, pairs.shape[axis] // 4))
    row, column = (slice(c - r, c + r + 1) for c, r in zip(centre, reaches, strict=True))
    return row, column


def _line(
    statistics: PlaneStatistics, pair: int, phase: int, axis: int
) -> tuple[Array, Array] | None:
    """ρ at the lags 0, 1, … along an axis of the plane, and its variance; None of one phase."""
    coefficients, variance = _coefficients(statistics, pair, phase)
    if variance == 0:
        return None
    window = _window(statistics.pairs)
    near, pairs = coefficients[window], statistics.pairs[window]
    spread = np.square(near).sum()
    row, column = (n // 2 for n in near.shape)
    part = (slice(row, None), column) if axis == 0 else (row, slice(column, None))
    return near[part], spread / np.maximum(pairs[part], 1)


def _largest(
    axis: str, names: tuple[str, str], phase: int, lines: list[tuple[Array, Array] | None]
) -> AxisDifference | None:
    one, other = lines
    if one is None or other is None:
        return None
    length = min(len(one[0]), len(other[0]))
    if length < 2:
        return None
    scatter = np.sqrt(one[1][:length] + other[1][:length])
    times = np.abs(one[0][:length] - other[0][:length]) / scatter
    lag = 1 + int(np.argmax(times[1:]))
    return AxisDifference(
        axis,
        *names,
        phase,
        lag,
        (float(one[0][lag]), float(other[0][lag])),
        float(scatter[lag]),
    )
