"""Fields on a volume of half the extent, and back."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt


def halved(fields: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Return the means of 2 voxels along each axis; [F, (Z,) Y, X] with even extents."""
    for axis in range(1, fields.ndim):
        pairs = (*fields.shape[:axis], fields.shape[axis] // 2, 2, *fields.shape[axis + 1 :])
        fields = fields.reshape(pairs).mean(axis + 1)
    return fields


def refined(fields: Any, *, periodic: bool) -> npt.NDArray[Any]:
    """Return fields [F, (Z,) Y, X] on twice as many voxels along each axis, with steeper edges.

    First linear between the centres of the coarse voxels: along each axis a new voxel is 3/4 of
    the voxel that it lies in and 1/4 of the neighbour that it touches. An edge that was a coarse
    voxel wide is then two fine ones wide; so f becomes f² / Σ f², the sum over the phases, which
    doubles the slope of the logits. Fields that sum to 1 still do; their means move.

    Args:
        fields: values at the centres of the coarse voxels, from 0 to 1.
        periodic: whether the voxel beyond a face is the one at the opposite face; else it is taken
            to be the last one again.
    """
    fine = np.asarray(fields)
    for axis in range(1, fine.ndim):
        before, after = _neighbours(fine, axis, periodic=periodic)
        sides = [0.75 * fine + 0.25 * before, 0.75 * fine + 0.25 * after]
        extent = (*fine.shape[:axis], 2 * fine.shape[axis], *fine.shape[axis + 1 :])
        fine = np.stack(sides, axis + 1).reshape(extent)
    square = np.square(fine)
    total = square + np.square(1.0 - fine) if len(fine) == 1 else square.sum(0, keepdims=True)
    steep: npt.NDArray[Any] = np.divide(square, total, out=fine, where=total > 0)
    return steep


def _neighbours(
    fields: npt.NDArray[Any], axis: int, *, periodic: bool
) -> tuple[npt.NDArray[Any], npt.NDArray[Any]]:
    """The fields moved by one voxel, to either side."""
    if periodic:
        return np.roll(fields, 1, axis), np.roll(fields, -1, axis)
    numbers = np.arange(fields.shape[axis])
    before = np.take(fields, np.maximum(numbers - 1, 0), axis)
    return before, np.take(fields, np.minimum(numbers + 1, numbers[-1]), axis)
