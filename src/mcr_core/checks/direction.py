"""Whether an image has a preferred direction, beyond what chance makes of one image."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mcr_core.microstructure import Microstructure
from mcr_core.sampling.image_scatter import image_scatter, student
from mcr_core.sampling.two_point_scatter import TwoPointScatter
from mcr_core.sampling.waves import low_waves

#: What is compared: steps (dy, dx) of both directions.
_PAIRS = {"axes": ((0, 1), (1, 0)), "diagonals": ((1, 1), (1, -1))}
_NAMES = {"axes": ("X", "Y"), "diagonals": ("the diagonal", "the antidiagonal")}


@dataclass(frozen=True)
class Direction:
    """The difference of S₂ along two directions, the mean over lags and its error.

    Attributes:
        pair: `axes` or `diagonals`.
        phase: index of the phase with the largest difference.
        difference: mean of S₂ along X less S₂ along Y (diagonal less antidiagonal).
        error: its standard error.
        limit: what |difference| exceeds by chance in one of twenty isotropic images.
        lags: longest lag of the mean, in steps.
    """

    pair: str
    phase: int
    difference: float
    error: float
    limit: float
    lags: int

    @property
    def significant(self) -> bool:
        """Whether it is more than chance, at 95 %."""
        return abs(self.difference) > self.limit

    @property
    def longer(self) -> str:
        """The direction in which the phase is longer."""
        return _NAMES[self.pair][0 if self.difference > 0 else 1]


def measure_direction(image: Microstructure, reach: int) -> Direction:
    """Compare S₂ along X and along Y, and along both diagonals, over lags up to `reach` pixels.

    The difference D = mean_r (S₂(r e_x) − S₂(r e_y)) has the amplitudes b_k = mean_r (b_k(r e_x) −
    b_k(r e_y)) of `TwoPointScatter` in each wave of the image, of mean square σ². It is
    significant if |D| > t σ, with the quantile t of Student's distribution at 95 %, for as many
    comparisons as are made (both pairs of directions, each phase; Bonferroni).

    Returns:
        The comparison with the largest |D| / σ.
    """
    fields = image.fields(np.float64)
    valid = None if image.mask is None else image.mask
    scatter = image_scatter(fields, valid, periodic=image.periodic)
    shape = (image.shape[0], image.shape[1])
    waves = low_waves(shape, valid, periodic=image.periodic, count=scatter.count)
    inside = np.ones(shape) if valid is None else valid.astype(np.float64)
    two_point = TwoPointScatter(fields * inside, valid, waves, periodic=image.periodic)
    share = 1 - 0.05 / (2 * len(fields))
    longest = max(1, min(reach, min(shape) // 4))
    lengths, places = {}, []
    for pair, steps in _PAIRS.items():
        lengths[pair] = max(1, round(longest / np.hypot(*steps[0])))
        numbers = np.arange(1, lengths[pair] + 1)[:, None]
        places += [numbers * np.array(step) for step in steps]
    every = np.concatenate(places)
    found = []
    for f in range(len(fields)):
        # At all lags at once: each wave takes FFTs of the whole image.
        values, amplitudes = two_point.values(f, f, every), two_point.amplitudes(f, f, every)
        first = 0
        for pair, lags in lengths.items():
            part = slice(first, first := first + 2 * lags)
            sign = np.repeat([1.0, -1.0], lags) / lags
            error = float(np.sqrt(np.mean(np.square(amplitudes[:, part] @ sign))))
            phase = 1 if len(fields) == 1 else f
            limit = student(share, scatter.count) * error
            difference = float(values[part] @ sign)
            found.append(Direction(pair, phase, difference, error, limit, lags))
    return max(found, key=lambda one: abs(one.difference) / max(one.error, 1e-12))
