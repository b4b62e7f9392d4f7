"""Lags: the half plane of them, maps with lag 0 in the centre, and their pictures."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]


def lags(limit_to: int) -> npt.NDArray[np.int64]:
    """Return the lags (dy, dx) of the half plane, in the order of the blocks, shape [C, 2].

    First dy = 0 with dx = 0 … L − 1, then dy = 1 … L − 1 with dx = −(L − 1) … L − 1 each; the
    others follow from S₂(−r) = S₂(r).
    """
    span = range(-(limit_to - 1), limit_to)
    return np.array([(dy, dx) for dy in range(limit_to) for dx in span if dy or dx >= 0])


def window_lags(shape: tuple[int, ...], *, half: bool) -> npt.NDArray[np.int64]:
    """Return the lags of a window of that shape, in flat order, [n, axes].

    Lag 0 is at the index shape // 2 of each axis, at 0 of the first if `half`.
    """
    centre = np.array([0 if half and axis == 0 else n // 2 for axis, n in enumerate(shape)])
    lags: npt.NDArray[np.int64] = np.indices(shape).reshape(len(shape), -1).T - centre
    return lags


def half_plane_map(values: Array, lags: npt.NDArray[np.int64]) -> Array:
    """Put values of a half plane of lags (dy, dx) and their mirror images on a map.

    Lag 0 is in the centre; NaN where there is no value.
    """
    reach = np.abs(lags).max(0)
    whole = np.full(2 * reach + 1, np.nan)
    for sign in (1, -1):
        whole[tuple((sign * lags + reach).T)] = values.ravel()
    return whole


def mirrored(half: Array) -> Array:
    """Complete a map whose first axis starts at lag 0 by f(−r) = f(r)."""
    return np.concatenate([np.flip(half)[:-1], half])


def draw_profiles(axes: Any, square: Array, label: str) -> None:
    """Draw a map of the lag, lag 0 in the centre, as its profiles along the axes.

    Solid along X, dashed along Y, dotted along Z; drawing twice compares.
    """
    colour = None
    # From the last axis: X, Y and, of a volume, Z.
    for axis, name, style in ((-1, "X", "-"), (-2, "Y", "--"), (-3, "Z", ":"))[: square.ndim]:
        along = np.moveaxis(square, axis, -1)
        rest = tuple(n // 2 for n in along.shape[:-1])
        line = along[rest][along.shape[-1] // 2 :]
        (drawn,) = axes.plot(line, style, color=colour, label=f"{label}, along {name}")
        colour = drawn.get_color()
    axes.set_xlabel("lag (pixels)")
    axes.set_ylabel("probability")
