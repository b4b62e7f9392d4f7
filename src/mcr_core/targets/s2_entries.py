"""The entries of descriptors that are S₂, replaced by those of another S₂."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from mcr_core.characterization import Array, Levels
from mcr_core.descriptors import Correlations, Descriptor, FFTCorrelations, TwoPoint
from mcr_core.targets.coarse_two_point import coarse_map


def has_s2(descriptor: Descriptor) -> bool:
    """Whether a descriptor of planes has S₂ among its values, in a block `s2`."""
    if descriptor.volumetric:
        return False
    if isinstance(descriptor, Correlations):
        return descriptor.form == "exact"
    return isinstance(descriptor, (TwoPoint, FFTCorrelations))


def with_s2(descriptor: Descriptor, levels: Levels, given: Array, wanted: Array) -> Levels:
    """Return levels of a descriptor with the S₂ that maps say, in the block `s2`.

    Finest level: the value at the lag. Coarse ones: `coarse_map` where the map has all lags that
    this needs. Where it lacks some, the value changes by as much as the lags known would have it.

    Args:
        descriptor: one that `has_s2`.
        levels: its values.
        given: maps of S₂ of each field [F, rows, columns] that the values belong to, lag 0 in the
            centre; NaN where unknown.
        wanted: the maps to prescribe.
    """
    result = []
    for level, blocks in enumerate(levels):
        block = np.array(blocks["s2"], np.float64)
        lags = descriptor.entries("s2", block.shape[1:])
        flat = block.reshape(len(block), -1)
        for field, row in enumerate(flat):
            new = coarse_map(wanted[field], level)
            change = coarse_map(np.nan_to_num(wanted[field] - given[field]), level)
            values = _at(new, lags)
            row += _at_or_zero(change, lags)
            row[:] = np.where(np.isfinite(values), values, row)
        result.append({**blocks, "s2": block.astype(blocks["s2"].dtype)})
    return tuple(result)


def _at(square: Array, lags: npt.NDArray[np.int64]) -> Array:
    """Values at lags (dy, dx); NaN where the map does not reach.

    A map of even extent n is that of a periodic image: the lag n / 2 is its own opposite.
    """
    centre = np.array([extent // 2 for extent in square.shape])
    ends = np.array([extent if extent % 2 == 0 else -1 for extent in square.shape])
    found = np.full(len(lags), np.nan)
    for places in (centre - lags, centre + lags):
        places[places == ends] = 0
        inside = ((places >= 0) & (places < square.shape)).all(1)
        found[inside] = square[tuple(places[inside].T)]
    return found


def _at_or_zero(square: Array, lags: npt.NDArray[np.int64]) -> Array:
    values: Array = np.nan_to_num(_at(square, lags))
    return values
