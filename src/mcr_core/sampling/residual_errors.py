"""The errors that residuals are divided by: those of the entries, but none far below the others."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from mcr_core.characterization import Characterization, Levels, PlaneStatistics, SamplingErrors
from mcr_core.sampling.bounds import UNKNOWN, bounded_errors
from mcr_core.sampling.entry_errors import independent_pieces, positive_errors

Array = npt.NDArray[Any]

#: Least error, as a part of the root mean square of the errors of a block and field: no entry
#: counts more than four times as much as it would with that.
FLOOR = 0.5


def residual_errors(
    characterization: Characterization,
    plane: str,
    index: int,
    prescribed: PlaneStatistics | None = None,
) -> Levels:
    """Return the errors that the residuals of a descriptor are divided by, of the values' shapes.

    Those of `entry_errors`, or of a descriptor of whole volumes the bounds of `bounded_errors`.
    None is less than half of the root mean square of the errors of its level, block and field: what
    is rare in the image, as three far points in thin pores, has a tiny error that is itself hardly
    known, and thousands of such entries would outweigh all others.

    Args:
        characterization: with errors or without.
        plane: name of a kind of planes of it.
        index: position of a descriptor.
        prescribed: what a run asks for, made of these planes. Its own errors count, then theirs,
            then bounds.
    """
    row = characterization.planes[plane]
    pieces = independent_pieces(characterization, plane)
    if characterization.descriptors[index].volumetric:
        levels = bounded_errors(characterization.volume_levels(index), pieces, row.phase_fractions)
    else:
        asked = row if prescribed is None else prescribed
        candidates = [one.errors.values[index] for one in (asked, row) if one.errors is not None]
        fitting = [known for known in candidates if _same_shapes(known, asked.values[index])]
        levels = positive_errors(asked, index, fitting[0] if fitting else None, pieces)
    return tuple({name: _raised(error) for name, error in blocks.items()} for blocks in levels)


def _same_shapes(some: Levels, others: Levels) -> bool:
    shapes = [
        [{name: b.shape for name, b in blocks.items()} for blocks in x] for x in (some, others)
    ]
    return shapes[0] == shapes[1]


def with_bounds(characterization: Characterization) -> Characterization:
    """Return it with upper bounds as errors of the planes that have none; see `bounded_errors`."""
    planes = {
        name: row if row.errors else replace(row, errors=_bounds(characterization, name, row))
        for name, row in characterization.planes.items()
    }
    return replace(characterization, planes=planes)


def _bounds(characterization: Characterization, plane: str, row: PlaneStatistics) -> SamplingErrors:
    pieces = independent_pieces(characterization, plane)
    (s2,) = bounded_errors(({"s2": row.s2},), pieces, row.phase_fractions)
    return SamplingErrors(
        tuple(bounded_errors(levels, pieces, row.phase_fractions) for levels in row.values),
        np.sqrt(row.phase_fractions * (1 - row.phase_fractions) / pieces),
        s2["s2"],
        origin="image",
        bounds=tuple(descriptor.name for descriptor in characterization.descriptors),
    )


def _raised(errors: Array) -> Array:
    """Errors [F, ...] that are not below the floor of their field."""
    flat = np.asarray(errors, np.float64).reshape(len(errors), -1)
    # 1/2 stands for what nothing is known about.
    counted = np.where(flat == UNKNOWN, 0.0, np.square(flat)).sum(1)
    number = np.maximum((flat != UNKNOWN).sum(1), 1)
    least = FLOOR * np.sqrt(counted / number)
    raised: Array = np.maximum(flat, least[:, None]).reshape(errors.shape)
    return raised
