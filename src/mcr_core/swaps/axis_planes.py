"""The planes of one kind, and what is wanted of them."""

from __future__ import annotations

from collections.abc import Sequence

from mcr_core.characterization import Characterization
from mcr_core.objective.planes import plane_weights
from mcr_core.objective.wanted import residual_scales, shared_levels, wanted_levels
from mcr_core.planes import plane_shape, to_planes_order
from mcr_core.settings import Settings
from mcr_core.swaps.moves import Voxel
from mcr_core.swaps.tracker import Array, Change
from mcr_core.term import Term


class AxisPlanes:
    """All planes normal to one axis, for a term whose descriptor is one of planes.

    Args:
        target: the statistics to meet.
        term: descriptor and weights.
        fields: indicator functions [F, Z, Y, X], Z = 1 for an image.
        settings: weighting.
        shape: extent of the result, (Y, X) or (Z, Y, X).
        plane: kind of plane.

    Attributes:
        planes: the fields of every plane, a view [planes, F, H, W].
        order: positions of normal, row and column in (z, y, x).
        extent: of a plane, (H, W).
        wanted: what the target has, on the levels that it shares with the result.
        scales: what residuals are multiplied by there, of the same shapes; None: 1.
        weight: factor of the loss of a single plane.
    """

    def __init__(
        self,
        target: Characterization,
        term: Term,
        fields: Array,
        settings: Settings,
        shape: tuple[int, ...],
        plane: str,
    ) -> None:
        permutation = to_planes_order(len(shape), plane)
        self.order = (permutation[0] - 1, permutation[2] - 1, permutation[3] - 1)
        self.planes = fields.transpose(permutation)
        self.extent = plane_shape(shape, plane)
        (levels,) = shared_levels(target, [term], shape, plane)
        self.wanted = wanted_levels(target, term, len(shape), plane)[:levels]
        scales = residual_scales(target, term, len(shape), plane, settings)
        self.scales = None if scales is None else scales[:levels]
        self.weight = float(plane_weights([term], shape, plane)[0])


def touched_planes(
    order: tuple[int, int, int], first: Voxel, second: Voxel, sign: int
) -> list[tuple[int, Sequence[Change]]]:
    """Return the planes of a kind that a swap touches, one or two, with the changes in each.

    Args:
        order: see `AxisPlanes`.
        first: whose field changes by `sign`.
        second: whose field changes by −`sign`.
        sign: 1 or −1.
    """
    normal, row, column = order
    one = (first[row], first[column], sign)
    two = (second[row], second[column], -sign)
    if first[normal] == second[normal]:
        return [(first[normal], (one, two))]
    return [(first[normal], (one,)), (second[normal], (two,))]
