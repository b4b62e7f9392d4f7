"""From grey fields to labels, with phase counts that are exact to the voxel."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from mcr_core.microstructure import field_count


def exact_counts(fractions: npt.ArrayLike, voxels: int) -> npt.NDArray[np.int64]:
    """Share out voxels by fractions, by the method of the largest remainder; sums to `voxels`."""
    shares = np.asarray(fractions, dtype=np.float64)
    shares = shares / shares.sum() * voxels
    # A share that is whole up to rounding errors is whole.
    shares = np.where(np.abs(shares - np.rint(shares)) < 1e-6, np.rint(shares), shares)
    counts: npt.NDArray[np.int64] = np.floor(shares).astype(np.int64)
    order = np.argsort(-(shares - counts), kind="stable")
    counts[order[: voxels - counts.sum()]] += 1
    return counts


def to_labels(
    fields: npt.NDArray[Any], fractions: npt.ArrayLike, seed: int = 0
) -> npt.NDArray[np.uint8]:
    """Turn fields into phase indices whose counts equal the fractions to the voxel.

    Two phases: threshold at the quantile. More: phase by phase, the rarest first, each takes the
    voxels where its field exceeds the largest of the remaining ones by most. Ties go to where
    the neighbourhood has more of the phase, then by lot.

    Args:
        fields: values in [0, 1], [F, (Z,) Y, X] with F = 1 for two phases, else P.
        fractions: share of each phase, [P].
        seed: for the lots.
    """
    shape = fields.shape[1:]
    counts = exact_counts(fractions, int(np.prod(shape)))
    if field_count(len(counts)) == 1:
        fields = np.concatenate([1.0 - fields, fields])
    lots = np.random.default_rng(seed).permutation(int(np.prod(shape)))
    labels = np.zeros(lots.size, dtype=np.uint8)
    free = np.arange(lots.size)
    remaining = list(np.argsort(counts, kind="stable"))
    flat = fields.reshape(len(counts), -1)
    while len(remaining) > 1:
        phase = remaining.pop(0)
        excess = flat[phase, free] - flat[np.ix_(remaining, free)].max(axis=0)
        near = _neighbourhood(fields[phase]).ravel()[free]
        order = np.lexsort((lots[free], -near, -excess))
        chosen = order[: counts[phase]]
        labels[free[chosen]] = phase
        free = np.delete(free, chosen)
    labels[free] = remaining[0]
    return labels.reshape(shape)


def _neighbourhood(field: npt.NDArray[Any]) -> npt.NDArray[Any]:
    from scipy.ndimage import gaussian_filter

    smooth: npt.NDArray[Any] = gaussian_filter(field, 1.0, mode="wrap")
    return smooth
