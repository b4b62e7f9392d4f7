"""The sampling error of every entry of a target: what its residuals can be divided by."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from mcr_core.characterization import Characterization, Levels, PlaneStatistics
from mcr_core.microstructure import field_phases
from mcr_core.planes import plane_axes, plane_count
from mcr_core.sampling.bounds import bounded_errors
from mcr_core.sampling.integral_range import integral_range
from mcr_core.two_point import field_pairs

Array = npt.NDArray[Any]


def entry_errors(characterization: Characterization, plane: str, index: int) -> Levels:
    """Return the sampling error of every value of a descriptor, above 0, of the values' shapes.

    Where the characterization has errors, from one image or from several, they are taken. An error
    of 0, as of a share that is 0 or 1 in every image, becomes 1/n with n independent pieces (pixels
    / integral range of S₂): what happens nowhere in n pieces may well have a share of 1/n. Without
    errors (of a volume, of arrays, of an interpolation) they are the bounds of `bounded_errors`.

    Args:
        characterization: with errors or without.
        plane: name of a kind of planes of it, `all` or `xy` for example.
        index: position of a descriptor of planes, see `Characterization.index`.

    Returns:
        For every pyramid level the named blocks, each [F, ...]; none for a descriptor of volumes.
    """
    row = characterization.planes[plane]
    pieces = independent_pieces(characterization, plane)
    known = None if row.errors is None else row.errors.values[index]
    return positive_errors(row, index, known, pieces)


def positive_errors(
    row: PlaneStatistics, index: int, known: Levels | None, pieces: float
) -> Levels:
    """Return known errors of a descriptor, with bounds in place of 0; without any, bounds.

    Args:
        row: with the values.
        index: position of the descriptor.
        known: errors of the values' shapes.
        pieces: independent pieces.
    """
    bounds = bounded_errors(row.values[index], pieces, row.phase_fractions)
    if known is None:
        return bounds
    return tuple(
        {name: np.where(error > 0, error, bound[name]) for name, error in blocks.items()}
        for blocks, bound in zip(known, bounds, strict=True)
    )


def independent_pieces(characterization: Characterization, plane: str) -> float:
    """Return about how many independent pieces the planes of one kind are.

    From the errors of the phase fractions where they are known, v (1 − v) / error² of the phase
    with the fewest. Else pixels / integral range of S₂, and of a volume times the number of planes
    divided by the length √A over which planes are alike.
    """
    row = characterization.planes[plane]
    if row.errors is not None:
        variances = np.square(row.errors.phase_fractions)
        spreads = row.phase_fractions * (1 - row.phase_fractions)
        known = (variances > 0) & (spreads > 0)
        if known.any():
            return max(1.0, float(np.min(spreads[known] / variances[known])))
    area = largest_range(row)
    pixels = float(row.pairs[tuple(n // 2 for n in row.pairs.shape)])
    shape = characterization.source_shape
    if len(shape) == 3:
        kinds = ("xy", "xz", "yz") if plane in ("all", "cubic") else (plane,)
        planes = sum(plane_count(shape, kind) for kind in kinds)
        axes = plane_axes(3, kinds[0])
        each = float(np.prod([shape[axis] for axis in axes]))
        pixels = each * max(1.0, min(planes, pixels / each) / np.sqrt(area))
    return max(1.0, pixels / area)


def largest_range(row: PlaneStatistics) -> float:
    """Integral range in pixels, of several phases the largest."""
    count = len(row.phase_fractions)
    phases = field_phases(count)
    pairs = field_pairs(len(phases))
    return max(
        integral_range(row.s2[pairs.index((f, f))], float(row.phase_fractions[phase]), row.pairs)
        for f, phase in enumerate(phases)
    )
