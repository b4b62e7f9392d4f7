"""The integral range: the area over which a phase is correlated."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]


def correlated_lags(
    covariance: Array, distance: Array, counts: Array
) -> tuple[npt.NDArray[np.bool_], bool]:
    """Mark the lags shorter than the first at which the covariance has vanished.

    Where the mean over the lags of a length (rounded to pixels) is first 0 or less; at most half of
    the longest lag that has pairs.

    Args:
        covariance: of two pixels at each lag.
        distance: length of each lag, in pixels.
        counts: pairs of pixels at each lag.

    Returns:
        Which lags these are, and whether the covariance vanishes at all.
    """
    known = counts > 0
    ring = np.rint(distance).astype(np.int64)
    members = np.bincount(ring[known])
    sums = np.bincount(ring[known], covariance[known])
    profile = sums / np.maximum(members, 1)
    reach = max(1, len(profile) // 2)
    vanished = np.flatnonzero(profile[:reach] <= 0)
    end = int(vanished[0]) if vanished.size else reach
    return known & (ring < max(1, end)), bool(vanished.size)


def integral_range(s2: Array, fraction: float, pairs: Array | None = None) -> float:
    """Return A = Σ_r (S₂(r) − v²) / (v − v²) of a phase, in pixels, at least 1.

    N pixels say as much of the fraction as N / A independent ones: Var(v) ≈ v (1 − v) A / N. The
    sum runs over the lags up to where the mean S₂ of a length first meets v². The mean v of an
    image makes S₂ − v² sum to 0 over all lags of a periodic one, too low everywhere by the variance
    of v: this is added, as A itself has it, in two steps.

    Source: Lantuéjoul, Ergodicity and integral range, J. Microscopy 161, 387 (1991); Kanit et al.,
    Determination of the size of the representative volume element for random composites, Int. J.
    Solids and Structures 40, 3647 (2003), in two dimensions.

    Args:
        s2: map of S₂ at all lags, lag 0 in the centre (index shape // 2), as in
            `PlaneStatistics.s2`.
        fraction: v of the phase.
        pairs: numbers of pairs behind it; default: as many at all lags.
    """
    spread = fraction * (1 - fraction)
    if spread <= 0:
        return 1.0
    counts = np.ones(s2.shape) if pairs is None else pairs.astype(np.float64)
    centre = tuple(n // 2 for n in s2.shape)
    axes = np.meshgrid(*(np.arange(n) - c for n, c in zip(s2.shape, centre, strict=True)),
                       indexing="ij")  # fmt: skip
    pixels = float(pairs[centre]) if pairs is not None else float(s2.size)
    excess = (s2.astype(np.float64) - fraction**2) / spread
    area = 1.0
    for _ in range(2):
        rho = (excess + area / pixels) / (1 + area / pixels)
        near, _ = correlated_lags(rho, np.hypot(*axes), counts)
        area = max(1.0, float(np.sum(rho[near] * counts[near]) / counts[centre]))
    return area
