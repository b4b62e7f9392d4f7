"""How far an image is correlated, and how thick its phases are."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mcr_core.microstructure import Microstructure
from mcr_core.two_point import field_pairs, mean_two_point

#: Correlations below this share of their value at lag 0 count as none.
_VANISHED = 0.1


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
    s2, _ = mean_two_point(image, "xy")
    fields = image.fields(np.float64)
    pairs = field_pairs(len(fields))
    largest = min(image.shape) // 2
    reach, ends = 1, True
    for f in range(len(fields)):
        window = s2[pairs.index((f, f))].astype(np.float64)
        fraction = float(window[tuple(n // 2 for n in window.shape)])
        spread = fraction * (1 - fraction)
        if spread <= 0:
            continue
        rows, columns = (np.arange(n) - n // 2 for n in window.shape)
        ring = np.rint(np.hypot(rows[:, None], columns[None])).astype(int)
        profile = np.bincount(ring.ravel(), window.ravel()) / np.bincount(ring.ravel())
        rho = (profile[: largest + 1] - fraction**2) / spread
        below = np.flatnonzero(rho <= _VANISHED)
        reach = max(reach, int(below[0]) if below.size else largest)
        ends &= bool(below.size)
    return Features(reach, ends, tuple(_chord(image, p) for p in range(image.phase_count)))


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
