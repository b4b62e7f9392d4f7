"""Rows of a volume and slices: planes of the volume are compared with the slice for them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from mcr_core.characterization import Characterization
from mcr_core.microstructure import Microstructure, field_count, field_phases
from mcr_core.planes import PLANES, plane_axes
from mcr_core.scorecard.natural_scatter import Reference, integral_range
from mcr_core.scorecard.prescribed import correlations_of_planes, fractions
from mcr_core.scorecard.quantity import Key, Sample, without_directions
from mcr_core.scorecard.row import Row, judged_row
from mcr_core.scorecard.samples import Labels, Statistic, exact, sample, shares_of
from mcr_core.scorecard.windows import (
    plane_windows,
    reference_windows,
    window_edges,
)
from mcr_core.two_point import field_pairs, square_orientations

#: Most planes of each axis that held-out statistics are taken of, evenly spaced.
_PLANES = 16


def rows_of_slices(
    result: Microstructure,
    null: Labels,
    slices: Mapping[str, Microstructure],
    known: Characterization,
    held_out: Sequence[Statistic],
    *,
    limit_to: int,
    phases: Sequence[str],
) -> tuple[list[Row], tuple[str, ...]]:
    """Compare the planes of each axis of a volume with the slice that stands for them.

    Of one slice that stands for all planes, S₂ and S₃ are averaged over the eight rotations and
    mirrorings of its windows, as the planes of three axes contradict each other otherwise; lines
    along its two directions are averaged. Of several slices each direction is compared with its
    own. N planes of the result count as N/ℓ, see `integral_range`.

    Args:
        result: the volume.
        null: phase indices of the null model, of the same extent.
        slices: the slice for each of the planes xy, xz, yz; one object for all three, or several.
        known: their statistics.
        held_out: what to compare but fractions, S₂ and S₃.
        limit_to: lags |dy|, |dx| ≤ limit_to − 1 are compared.
        phases: names of the phases.

    Returns:
        The rows, and the windows in words.

    Raises:
        InputError: too small an image for the statistics.
    """
    count = result.phase_count
    directions = len({id(one) for one in slices.values()}) > 1
    own = {
        id(one): _OfSlice.of(one, known, result, held_out, limit_to, directions=directions)
        for one in slices.values()
    }
    length = correlation_length(known)
    rows, words = [], {}
    for plane in PLANES:
        reference = own[id(slices[plane])]
        edges = reference.edges
        stacks = [list(plane_windows(labels, plane, edges)) for labels in (result.labels, null)]
        sides = [
            _of_volume(stack, count, limit_to, held_out, directions=directions) for stack in stacks
        ]
        depth, tiled = len(stacks[0]), len(stacks[0][0])
        whole = [result.phase_fractions, shares_of(null, count)]
        for key, one in reference.quantities.items():
            made, other = (exact(key, side[key], v) for side, v in zip(sides, whole, strict=True))
            planes = depth / length
            if key not in reference.prescribed:
                planes = min(len(_chosen(depth)), planes)
            rows.append(
                judged_row(
                    made,
                    other,
                    one,
                    tiled * max(1.0, planes),
                    phase=phases[key[0]],
                    compared_with="target",
                    where=_where(plane, key[2]),
                )
            )
        size = " x ".join(map(str, edges))
        words[plane] = f"{reference.windows} windows of {size}, {tiled} of each plane of the result"
    distance = f"planes count as independent at a distance of {length:.1f} pixels"
    if not directions:
        return _fractions_once(rows), (f"target: {words[PLANES[0]]}; {distance}",)
    each = tuple(f"target {plane}: {text}" for plane, text in words.items())
    return _fractions_once(rows), (*each, distance)


@dataclass(frozen=True, eq=False)
class _OfSlice:
    """What a slice says of planes.

    Attributes:
        edges: of its windows.
        windows: how many.
        quantities: what planes are compared with.
        prescribed: which of these were prescribed.
    """

    edges: tuple[int, int]
    windows: int
    quantities: Mapping[Key, Reference]
    prescribed: frozenset[Key]

    @classmethod
    def of(
        cls,
        reference: Microstructure,
        known: Characterization,
        result: Microstructure,
        held_out: Sequence[Statistic],
        limit_to: int,
        *,
        directions: bool,
    ) -> _OfSlice:
        """Take the statistics of its windows; fractions are those of all slices together."""
        count = result.phase_count
        edge = min(window_edges(reference.shape, (min(result.shape),) * 2, 2 * limit_to - 1))
        windows = reference_windows(reference, (edge, edge))
        raw = prescribed_of_windows(windows, count, limit_to)
        turned, own = raw, sample(windows, count, limit_to, held_out)
        if not directions:
            turned = _mean(
                [prescribed_of_windows(w, count, limit_to) for w in square_orientations(windows)]
            )
            own = without_directions(own)
        quantities = {}
        for key in raw:
            share = exact(key, turned[key], known.phase_fractions)
            quantities[key] = replace(Reference.of(raw[key], turned[key]), mean=share.mean)
        quantities |= {key: Reference.of(one) for key, one in own.items()}
        return cls((edge, edge), len(windows), quantities, frozenset(raw))


def correlation_length(known: Characterization) -> float:
    """The longest integral range of a phase, over all planes."""
    pairs = field_pairs(field_count(known.phase_count))
    lengths = [
        integral_range(row.s2[pairs.index((n, n))], float(row.phase_fractions[phase]))
        for row in known.planes.values()
        for n, phase in enumerate(field_phases(known.phase_count))
    ]
    return max(lengths)


def of_planes(stack: Sequence[Labels], count: int, limit_to: int) -> Sample:
    """Fractions, S₂ and S₃ of all windows of all planes, their mean as one window."""
    every = np.stack(stack).reshape(1, -1, *stack[0].shape[1:])
    return _prescribed_of(every, count, limit_to)


def _of_volume(
    stack: Sequence[Labels],
    count: int,
    limit_to: int,
    held_out: Sequence[Statistic],
    *,
    directions: bool,
) -> Sample:
    some = np.concatenate([stack[n] for n in _chosen(len(stack))])
    own = sample(some, count, limit_to, held_out)
    lines = own if directions else without_directions(own)
    return {**of_planes(stack, count, limit_to), **lines}


def prescribed_of_windows(windows: Labels, count: int, limit_to: int) -> Sample:
    """Fractions, S₂ and S₃ of each window [n, e, e]."""
    return _prescribed_of(windows[:, None], count, limit_to)


def _prescribed_of(windows: Labels, count: int, limit_to: int) -> Sample:
    found: Sample = {}
    for phase in field_phases(count):
        planes = windows == phase
        for quantity in (
            *fractions(planes, limit_to),
            *correlations_of_planes(planes, limit_to, ""),
        ):
            found[phase, quantity.name, ""] = quantity
    return found


def _where(plane: str, along: str) -> str:
    """Name planes and a direction; that of windows is of their rows (y) or columns (x)."""
    rows, columns = ("zyx"[axis] for axis in plane_axes(3, plane))
    axes = {"along y": f", along {rows}", "along x": f", along {columns}"}
    return f"{plane} planes{axes.get(along, along)}"


def _mean(samples: Sequence[Sample]) -> Sample:
    """The mean of several samples, window by window."""
    return {
        key: replace(one, values=np.mean([each[key].values for each in samples], 0))
        for key, one in samples[0].items()
    }


def _chosen(planes: int) -> list[int]:
    """Positions of some planes, evenly spaced."""
    step = max(1, -(-planes // _PLANES))
    return list(range(step // 2, planes, step))


def _fractions_once(rows: Sequence[Row]) -> list[Row]:
    """The fraction of a volume is that of its planes of any axis: keep one row."""
    kept: list[Row] = []
    for row in rows:
        if row.statistic != "fraction":
            kept.append(row)
        elif row.where == f"{PLANES[0]} planes":
            kept.append(replace(row, where=""))
    return kept
