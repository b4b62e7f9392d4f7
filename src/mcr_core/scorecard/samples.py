"""Which statistics are taken of which phases."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from mcr_core.microstructure import field_phases
from mcr_core.scorecard.clusters import largest_cluster, percolation
from mcr_core.scorecard.diffusivity import diffusivity
from mcr_core.scorecard.lines import chord_lengths, lineal_path
from mcr_core.scorecard.prescribed import FRACTION, correlations, fractions
from mcr_core.scorecard.quantity import Flags, Key, Quantity, Sample
from mcr_core.scorecard.shape import euler_number, local_thickness, surface

Labels = npt.NDArray[np.uint8]
Statistic = Callable[[Flags, int], list[Quantity]]

PRESCRIBED: tuple[Statistic, ...] = (fractions, correlations)
#: Held out, and the same in a plane and in a volume.
LOCAL: tuple[Statistic, ...] = (
    *(lineal_path, chord_lengths, surface),
    *(euler_number, largest_cluster, local_thickness),
)
#: What gets through planes says nothing of what gets through a volume.
TRANSPORT: tuple[Statistic, ...] = (percolation, diffusivity)
#: Of two phases the one has what the other has: rows of one will do.
_SHARED = frozenset({fractions, correlations, surface})


def sample(
    windows: Labels, phase_count: int, limit_to: int, statistics: Sequence[Statistic]
) -> Sample:
    """Take statistics of all phases of windows [n, ...]."""
    found: Sample = {}
    for statistic in statistics:
        shared = statistic in _SHARED
        for phase in field_phases(phase_count) if shared else range(phase_count):
            for quantity in statistic(windows == phase, limit_to):
                found[phase, quantity.name, quantity.where] = quantity
    return found


def exact(key: Key, quantity: Quantity, shares: npt.NDArray[np.float64]) -> Quantity:
    """Replace the fraction of windows by that of the whole, which windows may not fill."""
    phase, name, _ = key
    if name != FRACTION:
        return quantity
    return replace(quantity, values=np.array([[shares[phase]]]))


def shares_of(labels: Labels, phase_count: int) -> npt.NDArray[np.float64]:
    """Share of each phase, [P]."""
    counts = np.bincount(labels.ravel(), minlength=phase_count)
    shares: npt.NDArray[np.float64] = counts / labels.size
    return shares
