"""Rows of a result and a characterization: a file that holds statistics, and no image."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from mcr_core.characterization import Characterization, PlaneStatistics
from mcr_core.descriptors import Correlations
from mcr_core.descriptors.lag_map import lags
from mcr_core.errors import InputError
from mcr_core.microstructure import Microstructure, field_count, field_phases
from mcr_core.planes import plane_names
from mcr_core.scorecard.natural_scatter import Reference
from mcr_core.scorecard.of_slice import correlation_length, of_planes, prescribed_of_windows
from mcr_core.scorecard.prescribed import s3_limit
from mcr_core.scorecard.quantity import Array
from mcr_core.scorecard.row import Row, judged_row
from mcr_core.scorecard.samples import Labels, exact, shares_of
from mcr_core.scorecard.windows import plane_windows, tiles, window_edges
from mcr_core.two_point import cubic_mean, field_pairs

#: Most windows of the null model that the scatter is taken of.
_MOST_WINDOWS = 200


def rows_of_statistics(
    result: Microstructure,
    null: Labels,
    target: Characterization,
    *,
    limit_to: int,
    phases: Sequence[str],
) -> tuple[list[Row], tuple[str, ...]]:
    """Compare fractions, S₂ and, where the file has it, S₃ of the planes with a characterization.

    There is no image to take the scatter of: it is that of windows of the null model.

    Returns:
        The rows, and the windows in words.

    Raises:
        InputError: too small a source for the statistics.
    """
    # What was measured, not what a run asked for.
    target = replace(target, prescribed={})
    smallest = min(target.source_shape)
    edge = min(window_edges((smallest,) * 2, (min(result.shape),) * 2, 2 * limit_to - 1))
    length = correlation_length(target)
    depth = 1.0 if len(target.source_shape) == 2 else max(1.0, smallest / length)
    area = math.prod(sorted(target.source_shape)[-2:])
    of_source = target.images * depth * max(1.0, area / edge**2)
    count = result.phase_count
    rows: list[Row] = []
    for plane in plane_names(result.ndim):
        statistics = target.for_plane(plane, result.ndim)
        stacks = [_windows(labels, plane, edge) for labels in (result.labels, null)]
        made, other = (of_planes(stack, count, limit_to) for stack in stacks)
        each = np.concatenate(stacks[1])
        step = max(1, len(each) // _MOST_WINDOWS)
        scatter = prescribed_of_windows(each[::step], count, limit_to)
        planes = max(1.0, len(stacks[0]) / length)
        averaged = result.ndim == 3 and not target.is_directional
        known = _known(target, statistics, limit_to, averaged=averaged)
        for key, mean in known.items():
            if key[1] == "fraction" and plane != "xy":
                continue
            sides = (
                exact(key, made[key], result.phase_fractions),
                exact(key, other[key], shares_of(null, count)),
            )
            reference = Reference(
                mean=mean,
                variance=scatter[key].variance,
                windows=np.full(mean.shape, of_source),
                degrees=max(1, round(planes * len(stacks[1][0])) - 1),
            )
            rows.append(
                judged_row(
                    *sides,
                    reference,
                    len(stacks[0][0]) * planes,
                    phase=phases[key[0]],
                    compared_with="target",
                    where="" if key[1] == "fraction" else f"{plane} planes",
                )
            )
    words = (
        f"target: {len(each)} windows of {edge} x {edge} of planes of the null model, as a file of "
        "statistics holds no image"
    )
    return rows, (words,)


def _windows(labels: Labels, plane: str, edge: int) -> list[Labels]:
    if labels.ndim == 2:
        return [tiles(labels, (edge, edge))]
    return list(plane_windows(labels, plane, (edge, edge)))


def _known(
    target: Characterization, statistics: PlaneStatistics, limit_to: int, *, averaged: bool
) -> dict[tuple[int, str, str], Array]:
    """v, v − S₂ and v − S₃ of each field, in the order of the quantities of `prescribed`."""
    found: dict[tuple[int, str, str], Array] = {}
    pairs = field_pairs(field_count(target.phase_count))
    known = lags(limit_to)[1:]
    three = _three_point(target, limit_to)
    for n, phase in enumerate(field_phases(target.phase_count)):
        share = float(statistics.phase_fractions[phase])
        window = statistics.s2[pairs.index((n, n))]
        row, column = (extent // 2 for extent in window.shape)
        if min(row, column) < limit_to - 1:
            raise InputError(
                f"expected S2 up to {limit_to - 1} pixels in the characterization, it has fewer "
                "lags: give a smaller limit_to"
            )
        if averaged:
            reach = limit_to - 1
            window = cubic_mean(
                window[row - reach : row + reach + 1, column - reach : column + reach + 1]
            )
            row = column = reach
        found[phase, "fraction", ""] = target.phase_fractions[[phase]]
        found[phase, "S2", ""] = share - window[known[:, 0] + row, known[:, 1] + column]
        if three is not None:
            index, entries = three
            values = statistics.values[index][0]["s3"][n]
            chosen = values[np.ix_(entries, entries)]
            found[phase, "S3", ""] = share - chosen[np.triu_indices(len(entries))]
    return found


def _three_point(target: Characterization, limit_to: int) -> tuple[int, list[int]] | None:
    """Position of a descriptor with S₃ of enough lags, and where these are in its entries."""
    wanted = s3_limit(limit_to)
    for index, descriptor in enumerate(target.descriptors):
        if (
            isinstance(descriptor, Correlations)
            and descriptor.form == "exact"
            and descriptor.limit_to >= wanted
        ):
            places = lags(descriptor.limit_to).tolist()
            return index, [places.index(lag) for lag in lags(wanted).tolist()]
    return None
