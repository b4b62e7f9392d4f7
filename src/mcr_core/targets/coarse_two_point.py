"""S₂ of coarse levels of a pyramid, out of S₂ of the finest."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]


def coarse_map(s2: Array, level: int) -> Array:
    """Return the S₂ of images whose 2^k × 2^k pixels are averaged, k = `level`.

    ⟨I_k(x) I_k(x + r)⟩ = Σ_d t(dy) t(dx) S₂(2^k r + d) with t(d) = (2^k − |d|) / 4^k and |d| < 2^k,
    I_k a mean over a block. This is the mean over the 4^k ways to place the blocks: exactly for
    periodic images whose extents 2^k divides, in expectation for others; a pyramid has the blocks
    of one way.

    Args:
        s2: a map [rows, columns] with lag 0 in the centre (index shape // 2); NaN where unknown.
        level: of the pyramid.

    Returns:
        The map at the lags that follow, of odd extents, lag 0 in the centre; NaN where a lag that
        it needs is unknown. Of level 0 the map itself.
    """
    if level == 0:
        return s2
    step = 2**level
    weights = (step - np.abs(np.arange(1 - step, step))) / step**2
    found = s2
    for axis in (0, 1):
        found = np.moveaxis(found, axis, -1)
        centre = found.shape[-1] // 2
        reach = min(centre, found.shape[-1] - 1 - centre) - (step - 1)
        if reach < 0:
            return np.full((1, 1), np.nan)
        lags = step * np.arange(-(reach // step), reach // step + 1) + centre
        window = lags[:, None] + np.arange(1 - step, step)
        found = np.moveaxis(found[..., window] @ weights, -1, axis)
    return found
