"""Whether an image has a preferred direction, beyond what chance makes of one image."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from mcr_core.microstructure import Microstructure
from mcr_core.sampling.image_scatter import student, wave_number
from mcr_core.sampling.local_means import shifted
from mcr_core.sampling.near_pairs import near_amplitudes
from mcr_core.sampling.waves import low_waves

#: What is compared: steps (dy, dx) of both directions.
_PAIRS = {"axes": ((0, 1), (1, 0)), "diagonals": ((1, 1), (1, -1))}
#: Most lags along each: of longer correlations some are left out, evenly.
_MOST_LAGS = 16
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

    Of more than 16 lags along a direction 16 are taken, evenly, with the longest among them.

    The difference D = mean_r (S₂(r e_x) − S₂(r e_y)) has the amplitudes b_k = mean_r (b_k(r e_x) −
    b_k(r e_y)) of `TwoPointScatter` in each wave of the image, of mean square σ². It is
    significant if |D| > t σ, with the quantile t of Student's distribution at 95 %, for as many
    comparisons as are made (both pairs of directions, each phase; Bonferroni).

    Returns:
        The comparison with the largest |D| / σ.
    """
    fields = image.fields(np.float64)
    valid = None if image.mask is None else image.mask
    shape = (image.shape[0], image.shape[1])
    count = wave_number(fields, valid, periodic=image.periodic)
    waves = low_waves(shape, valid, periodic=image.periodic, count=count)
    inside = np.ones(shape, bool) if valid is None else valid
    longest = max(1, min(reach, min(shape) // 4))
    lengths, places = {}, []
    for pair, steps in _PAIRS.items():
        lengths[pair] = _lengths(max(1, round(longest / np.hypot(*steps[0]))))
        places += [lengths[pair][:, None] * np.array(step) for step in steps]
    every = np.concatenate(places)
    # Of all phases and directions at once: the waves are gone through once.
    single = waves.astype(np.float32)
    amplitudes, _ = near_amplitudes(fields * inside, inside, single, every, periodic=image.periodic)
    pairs = np.maximum(_pair_counts(inside, every, periodic=image.periodic), 1)
    found = []
    for f, field in enumerate(fields):
        values = _pair_counts((field > 0) & inside, every, periodic=image.periodic) / pairs
        first = 0
        for pair, lags in lengths.items():
            part = slice(first, first := first + 2 * len(lags))
            sign = np.repeat([1.0, -1.0], len(lags)) / len(lags)
            error = float(np.sqrt(np.mean(np.square(amplitudes[:, f, part] @ sign))))
            phase = 1 if len(fields) == 1 else f
            limit = student(1 - 0.05 / (2 * len(fields)), count) * error
            difference = float(values[part] @ sign)
            found.append(Direction(pair, phase, difference, error, limit, int(lags[-1])))
    return max(found, key=lambda one: abs(one.difference) / max(one.error, 1e-12))


def _lengths(longest: int) -> npt.NDArray[np.int64]:
    """The lags of the mean, in steps: all up to the longest, or as many of these as may be."""
    numbers = np.linspace(1, longest, min(longest, _MOST_LAGS))
    return np.rint(numbers).astype(np.int64)


def _pair_counts(
    marked: npt.NDArray[np.bool_], lags: npt.NDArray[np.int64], *, periodic: bool
) -> npt.NDArray[np.float64]:
    """Numbers of pairs of marked pixels at each lag."""
    counts = [
        np.count_nonzero(marked & shifted(marked, lag, periodic=periodic)) for lag in lags.tolist()
    ]
    return np.array(counts, np.float64)
