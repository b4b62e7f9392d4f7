"""Which entries of a descriptor are statistics of points that are a lag apart."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from mcr_core.descriptors import Descriptor

Whole = npt.NDArray[np.int64]

#: Descriptors of lags: how many columns of their entries stand before those of the lags.
_BEFORE = {
    "correlations": 0,
    "cluster_correlation": 1,
    "cross_correlations": 1,
    "fft_correlations": 0,
    "fft_cross_correlations": 1,
    "line_correlations": 0,
    "lineal_path": 0,
    "surface_correlations": 0,
    "two_point": 0,
}
#: Of different things at the two points, so that f(−r) is another number than f(r).
_ODD = {
    ("cross_correlations", "s2"),
    ("fft_cross_correlations", "s2"),
    ("surface_correlations", "surface_void"),
}


@dataclass(frozen=True, eq=False)
class LagVectors:
    """What the n entries of a block mean.

    Attributes:
        vectors: the lags (dy, dx) of the other points to the first, [n, m, 2] in pixels.
        kinds: a number for each entry; those with different ones have nothing in common, [n].
        same: whether it is the same at every point, so that it does not matter which is the first.
    """

    vectors: Whole
    kinds: Whole
    same: bool


def lag_vectors(descriptor: Descriptor, block: str, shape: tuple[int, ...]) -> LagVectors | None:
    """Return what the entries of a block of that shape (without field) mean; None if no lags."""
    before = _BEFORE.get(descriptor.name)
    if before is None:
        return None
    rows = descriptor.entries(block, shape)
    if descriptor.name == "line_correlations":  # a step and how many of them
        rows = rows[:, :2] * rows[:, 2:]
    kinds = rows[:, 0] if before else np.zeros(len(rows), np.int64)
    vectors = rows[:, before:].reshape(len(rows), -1, 2)
    return LagVectors(vectors, kinds, (descriptor.name, block) not in _ODD)
