"""Some of the planes of an axis, drawn at random, with factors that keep sums unbiased."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt


@dataclass(frozen=True, eq=False)
class PlaneSample:
    """Which planes of an axis are evaluated, and how many each of them stands for.

    Attributes:
        numbers: positions along the axis, [n], ascending.
        factors: on the loss of each, [n]; they sum to the number of planes of the axis.
    """

    numbers: npt.NDArray[np.int64]
    factors: npt.NDArray[np.float64]


def every_plane(count: int) -> PlaneSample:
    """Return all planes of an axis, each for itself."""
    return PlaneSample(np.arange(count), np.ones(count))


def sample_size(count: int, fraction: float) -> int:
    """Number of planes that are drawn of `count`: at least the fraction, and one."""
    # What 0.1 of 30 planes is must not depend on how 0.1 is rounded.
    return max(1, math.ceil(fraction * count - 1e-9))


def draw_planes(count: int, fraction: float, lots: np.random.Generator) -> PlaneSample:
    """Draw planes that are spread over the axis: one at random from each of equal segments.

    A segment of s planes gives each of them with probability 1 / s, and the one drawn counts s
    times: the expected sum over the sample is the sum over all planes, for segments of any
    lengths (these differ by at most 1).

    Args:
        count: planes of the axis.
        fraction: part of them that is drawn, in (0, 1].
        lots: for the draw; a number for every segment.
    """
    size = sample_size(count, fraction)
    bounds = np.arange(size + 1) * count // size
    return PlaneSample(lots.integers(bounds[:-1], bounds[1:]), np.diff(bounds).astype(np.float64))
