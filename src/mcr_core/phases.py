"""From grey fields to labels, with phase counts that are exact to the voxel."""

from __future__ import annotations

import functools
from collections.abc import Callable
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
    lots = np.random.default_rng(seed)
    labels = np.zeros(int(np.prod(shape)), dtype=np.uint8)
    free = np.arange(labels.size)
    remaining = list(np.argsort(counts, kind="stable"))
    flat = fields.reshape(len(counts), -1)
    while len(remaining) > 1:
        phase = remaining.pop(0)
        excess = flat[phase, free]
        excess = excess - np.max([flat[other, free] for other in remaining], axis=0)
        near = functools.partial(_neighbourhood, fields[phase], free)
        chosen = _largest(excess, counts[phase], near, lots)
        labels[free[chosen]] = phase
        free = free[~chosen]
    labels[free] = remaining[0]
    return labels.reshape(shape)


def _largest(
    values: npt.NDArray[Any],
    count: int,
    second: Callable[[], npt.NDArray[Any]],
    lots: np.random.Generator,
) -> npt.NDArray[np.bool_]:
    """Mark the `count` largest values; ties by a second value, then by lot."""
    if count == 0:
        return np.zeros(values.shape, bool)
    # A partition, not a sort: previews of a run ask for this several times a second.
    least = np.partition(values, values.size - count)[values.size - count]
    chosen: npt.NDArray[np.bool_] = values > least
    tied = np.flatnonzero(values == least)
    missing = count - int(chosen.sum())
    if missing < tied.size:
        tied = tied[np.lexsort((lots.random(tied.size), -second()[tied]))]
    chosen[tied[:missing]] = True
    return chosen


def _neighbourhood(field: npt.NDArray[Any], voxels: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """How much of the phase is around each of some voxels (flat indices)."""
    from scipy.ndimage import gaussian_filter

    smooth: npt.NDArray[Any] = gaussian_filter(field, 1.0, mode="wrap").ravel()[voxels]
    return smooth
