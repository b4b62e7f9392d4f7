"""How far an image is correlated, and how thick its phases are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from mcr_core.microstructure import Microstructure
from mcr_core.sampling.lag_sums import LagSums

Array = npt.NDArray[Any]

#: Correlations below this share of their value at lag 0 count as none.
_VANISHED = 0.1
#: Lags at which that is looked for first: FFTs are shorter than those of all lags.
_NEAR = 64


@dataclass(frozen=True)
class Features:
    """Sizes in pixels.

    Attributes:
        reach: first lag at which (S₂ − v²) / (v − v²), the mean over all directions, is 0.1 or
            less; of several phases the largest. At most half of the shorter extent.
        ends: whether it gets there.
        chords: mean length of the runs of each phase along the axes, [P].
    """

    reach: int
    ends: bool
    chords: tuple[float, ...]


def measure_features(image: Microstructure) -> Features:
    """Measure a 2D image.

    The mean chord of a phase is its share of the pixels divided by the number of its ends in one
    direction, a pixel each; the mean over both axes.
    """
    largest = min(image.shape) // 2
    reach, ends = 1, False
    for lags in sorted({min(_NEAR, largest), largest}):
        if not ends:
            reach, ends = _reach(image, lags)
    return Features(reach, ends, tuple(_chord(image, p) for p in range(image.phase_count)))


def _reach(image: Microstructure, largest: int) -> tuple[int, bool]:
    """Return how far phases are correlated, and whether that is known up to the largest lag."""
    valid = np.ones(image.shape) if image.mask is None else image.mask.astype(np.float64)
    sums = LagSums((image.shape[0], image.shape[1]), periodic=image.periodic, reach=largest)
    rows, columns = (np.flatnonzero(np.abs(lags) <= largest) for lags in sums.lags)
    ring = np.rint(sums.distance()[np.ix_(rows, columns)]).astype(int).ravel()

    def counts(field: Array) -> Array:
        spectrum = sums.spectra(field)
        found: Array = np.rint(sums.sums(spectrum, spectrum)[np.ix_(rows, columns)]).ravel()
        return found

    pairs = counts(valid)
    reach, ends = 1, True
    for field in image.fields(np.float64) * valid:
        fraction = float(field.sum() / valid.sum())
        spread = fraction * (1 - fraction)
        if spread <= 0:
            continue
        s2 = np.divide(counts(field), pairs, out=np.zeros(pairs.shape), where=pairs > 0)
        profile = np.bincount(ring, s2) / np.bincount(ring)
        rho = (profile[: largest + 1] - fraction**2) / spread
        below = np.flatnonzero(rho <= _VANISHED)
        reach = max(reach, int(below[0]) if below.size else largest)
        ends &= bool(below.size)
    return reach, ends


def _chord(image: Microstructure, phase: int) -> float:
    inside = image.labels == phase
    valid = np.ones(image.shape, bool) if image.mask is None else image.mask
    lengths = []
    for axis in (0, 1):
        here, there = np.moveaxis(inside, axis, 0), np.moveaxis(valid, axis, 0)
        both = there[1:] & there[:-1]
        stops = int(np.sum(here[:-1] & ~here[1:] & both))
        if stops:
            lengths.append(float(np.sum(here[:-1] & both)) / stops)
    return float(np.mean(lengths)) if lengths else 0.0
