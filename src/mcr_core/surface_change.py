"""How many voxels and how much surface a microstructure has changed."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from mcr_core.errors import InputError
from mcr_core.microstructure import Microstructure
from mcr_core.smoothing import valid_voxels


@dataclass(frozen=True)
class Change:
    """What smoothing, or the like, has changed.

    Attributes:
        voxels: share of the valid voxels that have another phase.
        surface: relative change of the number of pairs of face neighbours of unlike phases: -0.2
            is a fifth less. 0 if there was none and is none, infinity if there was none.
    """

    voxels: float
    surface: float


def change(before: Microstructure, after: Microstructure) -> Change:
    """Compare a microstructure with the one that it was made from.

    Raises:
        InputError: they differ in shape.
    """
    if before.shape != after.shape:
        raise InputError(
            f"expected two microstructures of one shape, got {before.shape} and {after.shape}"
        )
    valid = valid_voxels(before)
    old, new = unlike_pairs(before), unlike_pairs(after)
    unbounded = math.inf if new else 0.0
    surface = new / old - 1 if old else unbounded
    return Change(float(np.mean(before.labels[valid] != after.labels[valid])), surface)


def change_text(found: Change) -> str:
    """Return a change in words."""
    return (
        f"{100 * found.voxels:.2f} % of the voxels changed, surface {100 * found.surface:+.1f} % "
        "(pairs of unlike neighbours)"
    )


def unlike_pairs(microstructure: Microstructure) -> int:
    """Count the pairs of face neighbours, both valid, whose phases differ.

    Opposite faces of a periodic microstructure are neighbours; those of an open one are not.
    """
    labels, valid = microstructure.labels, valid_voxels(microstructure)
    total = 0
    for axis in range(labels.ndim):
        ends = [(slice(None, -1), slice(1, None))]
        if microstructure.periodic:
            ends.append((slice(-1, None), slice(None, 1)))
        for here, there in ends:
            a, b = (slice(None),) * axis + (here,), (slice(None),) * axis + (there,)
            total += int(np.count_nonzero((labels[a] != labels[b]) & valid[a] & valid[b]))
    return total
