"""A given microstructure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar, final

import numpy as np
import numpy.typing as npt

from mcr_core.errors import InputError
from mcr_core.starts.base import Fields, Start

if TYPE_CHECKING:
    from mcr_core.characterization import Characterization
    from mcr_core.microstructure import Microstructure


@final
class Volume(Start):
    """The microstructure that is given as `initial`, resampled to the extent of the result."""

    name: ClassVar[str] = "volume"
    reference: ClassVar[str] = "piecewise linear interpolation, averaged over each new voxel"
    needs_initial: ClassVar[bool] = True

    def fields(
        self,
        target: Characterization,
        shape: Sequence[int],
        seed: int,
        initial: Microstructure | None = None,
    ) -> Fields:
        """Return the indicator functions of the microstructure, resampled; see `resampled`."""
        if initial is None:
            raise InputError(
                "the start volume is a given microstructure: give it by --initial FILE "
                "(initial= in Python)"
            )
        return resampled(initial.fields(), shape, periodic=initial.periodic)


def resampled(fields: Fields, shape: Sequence[int], *, periodic: bool) -> Fields:
    """Return fields [F, (Z,) Y, X] on another number of voxels along each axis.

    Along each axis with another extent a new voxel is the mean, over its length, of the straight
    lines between the centres of the old voxels. So values stay in their bounds, fields that sum
    to 1 still do, and the mean of each field stays what it is.

    Args:
        fields: values at the centres of the voxels.
        shape: the new extent, as many axes.
        periodic: whether the line beyond a face leads to the voxel at the opposite face; else it
            stays at the value of the last voxel.
    """
    for axis, extent in enumerate(shape, start=1):
        if fields.shape[axis] == extent:
            continue
        shares = _shares(fields.shape[axis], extent, periodic=periodic).astype(fields.dtype)
        fields = np.moveaxis(np.tensordot(fields, shares, axes=(axis, 1)), -1, axis)
    return np.clip(fields, 0.0, 1.0)


def _shares(old: int, new: int, *, periodic: bool) -> npt.NDArray[np.float64]:
    """Share of each old voxel in each new one, [new, old]: integrals of the hat functions."""
    edges = np.arange(new + 1) * (old / new)
    # A voxel beyond either end, to be added to the opposite end or to the last one.
    centres = np.arange(-1, old + 1) + 0.5
    x = np.clip(edges[:, None] - centres, -1.0, 1.0)
    integral = 0.5 + x - 0.5 * x * np.abs(x)
    parts = np.diff(integral, axis=0) * (new / old)
    shares: npt.NDArray[np.float64] = parts[:, 1:-1].copy()
    before, after = (-1, 0) if periodic else (0, -1)
    shares[:, before] += parts[:, 0]
    shares[:, after] += parts[:, -1]
    return shares
