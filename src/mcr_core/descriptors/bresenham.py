"""Straight lines of pixels."""

from __future__ import annotations

from typing import Literal

import numpy as np
import numpy.typing as npt

from mcr_core.descriptors.lag_map import lags

Directions = Literal["all", "diagonals", "axes"]


def line(dy: int, dx: int) -> list[tuple[int, int, float]]:
    """Return the pixels (y, x, weight) of the line from (0, 0) to (dy, dx), both included.

    At each step along the longer axis it takes the pixel nearest to the exact line (Bresenham,
    IBM Systems Journal 4, 25, 1965). Where the exact line passes midway between two pixels, it
    takes both with half the weight: a line is then the same from either end, and that of a
    mirrored vector is its mirror image. The weights sum to max(|dy|, |dx|) + 1.
    """
    steps = max(abs(dy), abs(dx))
    found = []
    for step in range(steps + 1):
        places = [(y, x) for y in _nearest(step * dy, steps) for x in _nearest(step * dx, steps)]
        found += [(y, x, 1 / len(places)) for y, x in places]
    return found


def line_ends(limit_to: int, directions: Directions) -> npt.NDArray[np.int64]:
    """Return the ends (dy, dx) of lines from the origin, shorter than a limit, [n, 2].

    In the order of `lag_map.lags`: all of that half plane, or only those on the axes, or on the
    axes and the two diagonals.
    """
    ends = lags(limit_to)
    dy, dx = np.abs(ends).T
    straight = (dy == 0) | (dx == 0)
    chosen = {"axes": straight, "diagonals": straight | (dy == dx)}.get(directions)
    return ends if chosen is None else np.compress(chosen, ends, axis=0)


def line_weights(ends: npt.NDArray[np.int64], limit_to: int) -> npt.NDArray[np.float64]:
    """Return the weight of every pixel in every line, [n, L (2L − 1)].

    A row is a window of the pixels dy = 0 … L − 1, dx = −(L − 1) … L − 1, in flat order.
    """
    weights = np.zeros((len(ends), limit_to, 2 * limit_to - 1))
    for row, (dy, dx) in zip(weights, ends.tolist(), strict=True):
        for y, x, weight in line(dy, dx):
            row[y, x + limit_to - 1] = weight
    return weights.reshape(len(ends), -1)


def _nearest(numerator: int, steps: int) -> tuple[int, ...]:
    """The whole number nearest to numerator / steps, or the two that are equally near."""
    if steps == 0:
        return (0,)
    below = -((steps - 2 * numerator) // (2 * steps))
    above = (2 * numerator + steps) // (2 * steps)
    return (below,) if below == above else (below, above)
