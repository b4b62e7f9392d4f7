"""How far a result is from its target, in the one measure that every run closes with."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from mcr_core.characterization import Characterization
from mcr_core.microstructure import Microstructure
from mcr_core.planes import plane_names
from mcr_core.two_point import Array, cubic_mean, mean_two_point, near_lags


@dataclass(frozen=True)
class TwoPointError:
    """Absolute difference of S₂ between a result and its target.

    Attributes:
        mean: over lags, fields and axes.
        largest: over lags, fields and axes.
        limit_to: lags |dy|, |dx| ≤ limit_to − 1 were compared.
    """

    mean: float
    largest: float
    limit_to: int


def two_point_error(
    result: Microstructure,
    target: Characterization,
    limit_to: int = 8,
    *,
    prescribed: bool = False,
) -> TwoPointError:
    """Compare S₂ of a binary result, the mean over its planes per axis, with the target's.

    Where one image is the target of all three axes, its S₂ is averaged over the eight symmetries
    of the square first. Both sides are counted within their own boundary.

    Args:
        result: what was made.
        target: what was measured, and for what a run asked.
        limit_to: lags |dy|, |dx| ≤ limit_to − 1 are compared.
        prescribed: compare with what the run asked for (`Characterization.prescribed`), not with
            what was measured, if that is another thing.
    """
    if not prescribed:
        target = replace(target, prescribed={})
    differences = []
    for plane in plane_names(result.ndim):
        statistics = target.for_plane(plane, result.ndim)
        wanted = near_lags(statistics.s2, limit_to)
        if result.ndim == 3 and not target.is_directional and not target.prescribed:
            side = min(wanted.shape[-2:]) // 2 + 1
            wanted = cubic_mean(near_lags(wanted, side))
        found = near_lags(mean_two_point(result, plane)[0], limit_to)
        rows, columns = (
            min(a, b) // 2 for a, b in zip(found.shape[-2:], wanted.shape[-2:], strict=True)
        )
        differences.append(np.abs(_core(found, rows, columns) - _core(wanted, rows, columns)))
    every = np.concatenate([difference.ravel() for difference in differences])
    return TwoPointError(float(every.mean()), float(every.max()), limit_to)


def _core(window: Array, rows: int, columns: int) -> Array:
    row, column = window.shape[-2] // 2, window.shape[-1] // 2
    return window[..., row - rows : row + rows + 1, column - columns : column + columns + 1]
