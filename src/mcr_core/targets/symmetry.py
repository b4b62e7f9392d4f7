"""The symmetry that a volume is asked for: means over planes and over their mirrorings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from mcr_core.characterization import (
    Characterization,
    DirectionFinding,
    Levels,
    PlaneStatistics,
)
from mcr_core.descriptors import Descriptor
from mcr_core.errors import InputError
from mcr_core.given_arrays.symmetries import MIRRORINGS, SQUARE, symmetrized, transposed
from mcr_core.planes import PLANES, plane_axes
from mcr_core.settings import Symmetry
from mcr_core.statistics.directional import check_equal_edges
from mcr_core.statistics.pooling import pooled_planes
from mcr_core.targets.radial import radial
from mcr_core.targets.s2_entries import has_s2, with_s2
from mcr_core.two_point import cubic_mean, field_pairs, near_lags

Array = npt.NDArray[Any]

_AXES = "zyx"
#: What to do where one image does not stand for the planes of three axes.
_SEVERAL_OR_CUBIC = "--xy ... --xz ... (or mcr merge), or --symmetry cubic"
_NORMAL = {"z": "xy", "y": "xz", "x": "yz"}


def check_symmetry(
    symmetry: Symmetry,
    voxel_size: Sequence[float],
    direction: DirectionFinding | None,
    *,
    directional: bool,
) -> None:
    """Check whether a volume can be asked for a symmetry.

    Args:
        symmetry: the setting.
        voxel_size: edges of the target's pixels, or of its voxels (Z, Y, X).
        direction: whether the only image has a preferred direction; None where nobody knows.
        directional: whether the target has statistics of each kind of plane.

    Raises:
        InputError: one image with a preferred direction for three axes, or one image for a
            transverse symmetry; or planes are to be averaged whose pixels differ.
    """
    if not directional:
        if symmetry.startswith("transverse"):
            raise InputError(
                f"symmetry={symmetry} needs the statistics of several planes, this is one image: "
                "give images of several planes, or ask for the symmetry cubic",
                command=_SEVERAL_OR_CUBIC,
            )
        if symmetry == "auto" and direction is not None and direction.significant:
            raise InputError(
                f"the image is anisotropic, {direction.text()}: one image for the planes of three "
                "axes must have no preferred direction, so give images of several planes, or ask "
                "for the symmetry cubic, the mean over the image's rotations and mirrorings",
                command=_SEVERAL_OR_CUBIC,
            )
        return
    if symmetry in ("cubic", "isotropic"):
        check_equal_edges(voxel_size)
    elif symmetry.startswith("transverse"):
        across = [voxel_size[n] for n, axis in enumerate(_AXES) if axis != symmetry[-1]]
        if len(set(across)) > 1:
            raise InputError(
                f"symmetry={symmetry} needs voxels of equal edges across {symmetry[-1].upper()}, "
                f"these have {across[0]:g} and {across[1]:g}: resample the images first"
            )


def symmetric_planes(
    target: Characterization, symmetry: Symmetry
) -> tuple[dict[str, PlaneStatistics], list[str]]:
    """Return what a volume is asked for on its planes xy, xz and yz, and what to say of it.

    One set of statistics: `none` is what was measured on every kind of plane, `cubic` and `auto`
    its mean over the eight symmetries of the square. A set for each kind of plane: `none` and
    `auto` leave them; `cubic` is the mean over all planes and symmetries of the square;
    `transverse:z` takes those of the square in the xy planes, and the mean over xz and yz and their
    mirrorings (`transverse:y` and `transverse:x` likewise). `isotropic` is cubic with a radial S₂.
    Planes that are asked for the same share one object.

    Values whose symmetric mean does not follow from what is known (`symmetrized`) are averaged
    over planes only; a note names them.
    """
    if not target.is_directional:
        if symmetry == "none":
            return dict.fromkeys(PLANES, target.planes["all"]), []
        row = _cubic_s2(target.planes.get("cubic", target.planes["all"]))
        if symmetry == "isotropic":
            row = _isotropic(target.descriptors, row)
        return dict.fromkeys(PLANES, row), _single_notes(target, symmetry)
    rows = {plane: target.planes[plane] for plane in PLANES}
    if symmetry in ("auto", "none"):
        return rows, []
    notes: dict[str, None] = {}
    if symmetry in ("cubic", "isotropic"):
        mean = pooled_planes(target.descriptors, list(rows.values()))
        row = _over(target.descriptors, mean, notes, square=True)
        if symmetry == "isotropic":
            row = _isotropic(target.descriptors, row)
        return dict.fromkeys(PLANES, row), list(notes)
    axis = symmetry[-1]
    normal = _NORMAL[axis]
    first, second = (plane for plane in PLANES if plane != normal)
    pair = [rows[first], rows[second]]
    # Whether the axis is that of the rows: in xy and yz it is once and once not.
    along = [plane_axes(3, plane)[0] == _AXES.index(axis) for plane in (first, second)]
    if along[0] != along[1]:
        pair[1] = _transposed(target.descriptors, pair[1], notes)
    mean = _over(target.descriptors, pooled_planes(target.descriptors, pair), notes, square=False)
    back = mean if along[0] == along[1] else _transposed(target.descriptors, mean, notes)
    square = _over(target.descriptors, rows[normal], notes, square=True)
    return {normal: square, first: mean, second: back}, list(notes)


def _single_notes(target: Characterization, symmetry: Symmetry) -> list[str]:
    window = near_lags(target.planes["all"].s2, 8)
    moved = np.abs(window - cubic_mean(window)).max()
    note = (
        "one image for the planes of three axes: prescribed is the mean over its eight symmetries, "
        f"which moves S2 by up to {moved:.3f}"
    )
    if symmetry == "isotropic":
        note += ", and S2 of the mean over all directions"
    unknown = len(target.source_shape) == 2 and target.images == 1 and target.direction is None
    if symmetry == "auto" and unknown:
        note += "; whether it is anisotropic was not measured"
    elif moved > 0.03 or (target.direction is not None and target.direction.significant):
        note += " - the image is anisotropic, the volume will not be"
    return [note]


def _cubic_s2(row: PlaneStatistics) -> PlaneStatistics:
    side = (min(row.pairs.shape) + 1) // 2
    errors = row.errors
    if errors is not None:
        errors = replace(errors, s2=cubic_mean(near_lags(errors.s2, side)).astype(errors.s2.dtype))
    pairs = cubic_mean(near_lags(row.pairs, side))
    return replace(
        row,
        s2=cubic_mean(near_lags(row.s2, side)).astype(row.s2.dtype),
        pairs=np.rint(pairs).astype(row.pairs.dtype),
        errors=errors,
    )


def _isotropic(descriptors: Sequence[Descriptor], row: PlaneStatistics) -> PlaneStatistics:
    return with_map(descriptors, row, radial(row.s2, row.pairs))


def with_map(
    descriptors: Sequence[Descriptor], row: PlaneStatistics, s2: npt.NDArray[np.float64]
) -> PlaneStatistics:
    """Return statistics with other maps of S₂ [K, rows, columns], in all values that are S₂."""
    own = [n for n, (first, second) in enumerate(_pairs(len(row.s2))) if first == second]
    unknown = row.pairs < max(1, row.pairs.max() // 4)
    given = np.where(unknown, np.nan, row.s2[own].astype(np.float64))
    wanted = np.where(unknown, np.nan, s2[own])
    values = [
        with_s2(descriptor, levels, given, wanted) if has_s2(descriptor) else levels
        for descriptor, levels in zip(descriptors, row.values, strict=True)
    ]
    return replace(row, values=tuple(values), s2=s2.astype(row.s2.dtype))


def _pairs(count: int) -> list[tuple[int, int]]:
    """The pairs of fields p ≤ q, F (F + 1) / 2 in number."""
    return field_pairs(int(np.sqrt(2 * count)))


def _over(
    descriptors: Sequence[Descriptor],
    row: PlaneStatistics,
    notes: dict[str, None],
    *,
    square: bool,
) -> PlaneStatistics:
    """Mean of statistics over the symmetries of the square, or over mirrorings."""
    values = []
    for descriptor, levels in zip(descriptors, row.values, strict=True):
        means = []
        for blocks in levels:
            mean, note = symmetrized(descriptor, blocks, SQUARE if square else MIRRORINGS)
            if note is not None and all(mean[name] is blocks[name] for name in mean):
                note = _planes_only(descriptor)
            notes.update({note: None} if note is not None else {})
            means.append(mean)
        values.append(tuple(means))
    if square:
        return replace(_cubic_s2(replace(row, errors=None)), values=tuple(values))
    s2, pairs = (_mirrored(_odd(one)) for one in (row.s2, row.pairs))
    return replace(row, values=tuple(values), s2=s2, pairs=pairs, errors=None)


def _transposed(
    descriptors: Sequence[Descriptor], row: PlaneStatistics, notes: dict[str, None]
) -> PlaneStatistics:
    """Statistics of the transposed planes; values that do not follow stay as they are."""
    values: list[Levels] = []
    for descriptor, levels in zip(descriptors, row.values, strict=True):
        turned = [transposed(descriptor, blocks) for blocks in levels]
        known: list[Mapping[str, Array]] = [one for one in turned if one is not None]
        if len(known) < len(levels):
            notes[_planes_only(descriptor)] = None
        values.append(tuple(known) if len(known) == len(levels) else levels)
    return replace(
        row,
        values=tuple(values),
        s2=np.swapaxes(row.s2, -2, -1),
        pairs=row.pairs.T,
        errors=None,
    )


def _planes_only(descriptor: Descriptor) -> str:
    return (
        f"{descriptor.name}: prescribed is the mean over planes, whose values do not tell those of "
        "mirrored and rotated ones"
    )


def _odd(square: Array) -> Array:
    """Lags of both signs alike: an even extent has one more on one side."""
    rows, columns = ((extent - 1) // 2 for extent in square.shape[-2:])
    row, column = (extent // 2 for extent in square.shape[-2:])
    return square[..., row - rows : row + rows + 1, column - columns : column + columns + 1]


def _mirrored(square: Array) -> Array:
    turned = [square[..., ::y, ::x] for y in (1, -1) for x in (1, -1)]
    mean: Array = np.mean(turned, axis=0).astype(square.dtype)
    return mean
