"""Rows of a volume and a slice: the planes of the volume are compared with the slice."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from mcr_core.characterization import Characterization
from mcr_core.microstructure import Microstructure, field_count, field_phases
from mcr_core.planes import PLANES
from mcr_core.scorecard.natural_scatter import Reference, integral_range
from mcr_core.scorecard.prescribed import correlations_of_planes, fractions
from mcr_core.scorecard.quantity import Sample, without_directions
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


def rows_of_slice(
    result: Microstructure,
    null: Labels,
    reference: Microstructure,
    known: Characterization,
    held_out: Sequence[Statistic],
    *,
    limit_to: int,
    phases: Sequence[str],
) -> tuple[list[Row], str]:
    """Compare the planes of each axis of a volume with the one slice that stands for all of them.

    S₂ and S₃ of the slice are averaged over the eight rotations and mirrorings of its windows, as
    the planes of three axes contradict each other otherwise; lines along its two directions are
    averaged. N planes of the result count as N/ℓ, see `integral_range`.

    Args:
        result: the volume.
        null: phase indices of the null model, of the same extent.
        reference: the slice.
        known: its statistics.
        held_out: what to compare but fractions, S₂ and S₃.
        limit_to: lags |dy|, |dx| ≤ limit_to − 1 are compared.
        phases: names of the phases.

    Returns:
        The rows, and the windows in words.

    Raises:
        InputError: too small an image for the statistics.
    """
    count = result.phase_count
    edge = min(window_edges(reference.shape, (min(result.shape),) * 2, 2 * limit_to - 1))
    windows = reference_windows(reference, (edge, edge))
    raw = prescribed_of_windows(windows, count, limit_to)
    turned = _mean(
        [prescribed_of_windows(each, count, limit_to) for each in square_orientations(windows)]
    )
    own = without_directions(sample(windows, count, limit_to, held_out))
    length = correlation_length(known)
    rows = []
    for plane in PLANES:
        stacks = [
            list(plane_windows(labels, plane, (edge, edge))) for labels in (result.labels, null)
        ]
        sides = [_of_volume(stack, count, limit_to, held_out) for stack in stacks]
        depth, tiled = len(stacks[0]), len(stacks[0][0])
        whole = [result.phase_fractions, shares_of(null, count)]
        for key in (*raw, *own):
            made, other = (exact(key, side[key], v) for side, v in zip(sides, whole, strict=True))
            if key in raw:
                reference_of = Reference.of(raw[key], turned[key])
                share = exact(key, turned[key], reference.phase_fractions)
                reference_of = replace(reference_of, mean=share.mean)
                planes = depth / length
            else:
                reference_of = Reference.of(own[key])
                planes = min(len(_chosen(depth)), depth / length)
            rows.append(
                judged_row(
                    made,
                    other,
                    reference_of,
                    tiled * max(1.0, planes),
                    phase=phases[key[0]],
                    compared_with="target",
                    where=f"{plane} planes",
                )
            )
    return _fractions_once(rows), (
        f"target: {len(windows)} windows of {edge} x {edge}, {tiled} of each plane of the result; "
        f"planes count as independent at a distance of {length:.1f} pixels"
    )


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
    stack: Sequence[Labels], count: int, limit_to: int, held_out: Sequence[Statistic]
) -> Sample:
    some = np.concatenate([stack[n] for n in _chosen(len(stack))])
    lines = without_directions(sample(some, count, limit_to, held_out))
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
