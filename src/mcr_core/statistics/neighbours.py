"""Whether images that are taken as independent may be neighbouring slices of one volume."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from mcr_core.characterization import Array

#: Standard deviations (1/√n each, of n independent images) from which on it is no chance: one in
#: 740 stacks by the normal distribution, fewer in short ones.
_TIMES = 3.0


def about_neighbours(phase_fractions: Sequence[Array]) -> str | None:
    """Return what to say of images that are more alike where they are next to each other.

    The test: r₁ = Σ d_i · d_{i+1} / Σ d_i · d_i, the correlation of the phase fractions of
    successive images, with d_i their deviations from the mean. Of n independent images it
    scatters by 1/√n around −1/n; more than 3/√n is worth a word. It takes 10 images or more: of
    fewer no correlation is beyond chance. The means of successive values that correlate by r₁^k at
    a distance k scatter by √((1 + r₁) / (1 − r₁)) times what is computed for independent ones.

    Source: Bartlett, On the theoretical specification and sampling properties of autocorrelated
    time-series, Supplement to the J. Royal Statistical Society 8, 27 (1946).

    Args:
        phase_fractions: of each image [P], in their order.

    Returns:
        A sentence, or None.
    """
    every = np.array(phase_fractions, np.float64)
    apart = every - every.mean(0)
    total = float(np.sum(apart**2))
    if total == 0:
        return None
    correlation = float(np.sum(apart[1:] * apart[:-1])) / total
    chance = _TIMES / math.sqrt(len(every))
    if correlation <= chance:
        return None
    times = math.sqrt((1 + correlation) / (1 - correlation))
    return (
        f"images next to each other are alike (correlation of their phase fractions "
        f"{correlation:.2f}, by chance up to {chance:.2f}), as slices of one volume are: standard "
        f"errors, which take images as independent, are too small, by a factor of about {times:.1f}"
    )
