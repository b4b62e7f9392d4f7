"""Connected parts of a phase: the largest one, and whether one spans a window."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from mcr_core.scorecard.quantity import Flags, Quantity

_AXES = ("z", "y", "x")


def largest_cluster(phase: Flags, limit_to: int) -> list[Quantity]:
    """Share of the voxels of the phase that its largest cluster holds, of windows [n, ...].

    Clusters are connected by faces (4 neighbours in 2D, 6 in 3D) and end at the window. NaN where
    the phase is absent.
    """
    shares = []
    for window in phase:
        sizes = np.bincount(_clusters(window).ravel())[1:]
        shares.append(sizes.max() / sizes.sum() if sizes.size else np.nan)
    return [Quantity("largest cluster", "", "held out", np.array(shares)[:, None])]


def percolation(phase: Flags, limit_to: int) -> list[Quantity]:
    """Whether a cluster touches both faces normal to an axis, of windows [n, (z,) y, x]."""
    rank = phase.ndim - 1
    numbered = [_clusters(window) for window in phase]
    return [
        Quantity(
            "percolation",
            f"along {_AXES[3 - rank + axis]}",
            "held out",
            np.array([[float(spanning(labels, axis).size > 0)] for labels in numbered]),
            yes_or_no=True,
        )
        for axis in range(rank)
    ]


def spanning(labels: npt.NDArray[np.int32], axis: int) -> npt.NDArray[np.int32]:
    """Numbers of the clusters that touch both faces normal to an axis."""
    both = np.intersect1d(np.take(labels, 0, axis), np.take(labels, -1, axis))
    return both[both > 0]


def spanning_part(phase: Flags, axis: int) -> Flags:
    """The voxels of the clusters that touch both faces normal to an axis."""
    labels = _clusters(phase)
    return np.isin(labels, spanning(labels, axis))


def _clusters(window: Flags) -> npt.NDArray[np.int32]:
    """Number the clusters of an open image, connected by faces; 0 outside of the phase."""
    from scipy import ndimage

    labels = np.zeros(window.shape, np.int32)
    ndimage.label(window, output=labels)
    return labels
