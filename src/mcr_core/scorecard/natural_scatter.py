"""How far a result is from a reference, in units of how far samples of one material are."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mcr_core.scorecard.quantity import Array, Quantity
from mcr_core.two_point import Array as Window

#: Differences below this share of the value are no differences, however small the scatter.
_RESOLUTION = 0.002
#: Distances are given up to this one.
_LARGEST = 999.0


@dataclass(frozen=True, eq=False)
class Reference:
    """What a result is compared with, and how it scatters.

    Attributes:
        mean: value of each entry, [k].
        variance: of one window, [k]; NaN where it is not known.
        windows: how many windows the mean is of, [k].
        degrees: degrees of freedom of the variance.
        mean_variance: of the mean, [k]; default: variance / windows.
    """

    mean: Array
    variance: Array
    windows: Array
    degrees: int
    mean_variance: Array | None = None

    @classmethod
    def of(cls, windows: Quantity, averaged: Quantity | None = None) -> Reference:
        """Take windows as the reference.

        Args:
            windows: the statistic of each window as it is.
            averaged: the mean over the orientations of each window, where that is the value to
                compare with; it scatters less.
        """
        value = windows if averaged is None else averaged
        count = windows.count
        with np.errstate(invalid="ignore", divide="ignore"):
            mean_variance = value.variance / count
        return cls(value.mean, windows.variance, count, max(1, int(count.max()) - 1), mean_variance)

    def scatter(self, windows: float) -> Array:
        """Standard deviation of the difference between a result of n windows and this, [k].

        σ² = s²/n + s²/m with the variance s² between the m windows of the reference: that of two
        independent samples of one material. At least 0.2 % of the largest value of the curve.
        """
        mean_variance = self.mean_variance
        if mean_variance is None:
            mean_variance = self.variance / self.windows
        floor = _RESOLUTION * np.nanmax(np.abs(self.mean), initial=0.0)
        found: Array = np.maximum(np.sqrt(self.variance / windows + mean_variance), floor)
        return found

    def distance(self, values: Array, windows: float) -> float | None:
        """√ mean ((values − mean) / σ)² over the entries; |difference| / σ of a single number.

        None where no entry has a scatter.
        """
        sigma = self.scatter(windows)
        known = np.isfinite(values) & np.isfinite(self.mean) & np.isfinite(sigma)
        if not known.any():
            return None
        apart = np.abs(values - self.mean)[known]
        sigma = sigma[known]
        with np.errstate(divide="ignore"):
            ratios = np.divide(apart, sigma, out=np.zeros_like(apart), where=apart > 0)
        return min(_LARGEST, float(np.sqrt(np.mean(ratios**2))))

    @property
    def limit(self) -> float:
        """The distance that one sample in twenty exceeds: Student's t at 97.5 %."""
        from scipy.special import stdtrit

        return float(stdtrit(self.degrees, 0.975))


def integral_range(s2: Window, fraction: float) -> float:
    """Length over which a phase is correlated, in pixels, at least 1.

    ℓ = Σ_r ρ(r) over the lags r along an axis on both sides of 0, up to where ρ first vanishes,
    with ρ = (S₂ − v²) / (v − v²); the mean over the axes of the map. N planes at a distance of a
    pixel count as N/ℓ independent ones.

    Args:
        s2: map of S₂, lag 0 in the centre (index shape // 2).
        fraction: v of the phase.
    """
    spread = fraction * (1 - fraction)
    if spread <= 0:
        return 1.0
    row, column = (extent // 2 for extent in s2.shape)
    lengths = []
    for line in (s2[row:, column], s2[row, column:]):
        correlation = (np.asarray(line, np.float64) - fraction**2) / spread
        below = np.flatnonzero(correlation <= 0)
        first = below[0] if below.size else len(correlation)
        lengths.append(2 * correlation[:first].sum() - 1)
    return max(1.0, float(np.mean(lengths)))
