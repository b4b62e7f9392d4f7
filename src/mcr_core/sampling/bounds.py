"""Upper bounds of sampling errors, where nothing better is known."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from mcr_core.characterization import Levels

Array = npt.NDArray[Any]

#: The standard error of a share that nothing is known about: more it cannot be off.
UNKNOWN = 0.5


def bounded_errors(levels: Levels, pieces: float, phase_fractions: Array) -> Levels:
    """Return errors that a material of so many independent pieces hardly exceeds.

    A share v in [0, 1] is the mean of numbers in [0, 1], whose variance is at most v (1 − v):
    √(v (1 − v) / n) with n pieces, and at least 1/n, as of a share that is 0 by chance. Of blocks
    with other values the error is that of the fractions, relative to the value,
    √((1 − φ) / (φ n)) of the rarest phase, and at most the value itself.

    Args:
        levels: values of a descriptor.
        pieces: N / integral range.
        phase_fractions: share of each phase, [P].
    """
    pieces = max(1.0, pieces)
    present = phase_fractions[phase_fractions > 0]
    rarest = float(present.min()) if present.size else 1.0
    relative = min(1.0, float(np.sqrt((1 - rarest) / (rarest * pieces))))
    return tuple(
        {name: _bounded(value, pieces, relative) for name, value in blocks.items()}
        for blocks in levels
    )


def _bounded(value: Array, pieces: float, relative: float) -> Array:
    if value.size and value.min() >= 0 and value.max() <= 1:
        bound = np.maximum(np.sqrt(value * (1 - value) / pieces), 1 / pieces)
        share: Array = np.minimum(bound, UNKNOWN).astype(value.dtype)
        return share
    scale = float(np.max(np.abs(value), initial=0.0)) / pieces
    found: Array = np.maximum(np.abs(value) * relative, scale).astype(value.dtype)
    return found
