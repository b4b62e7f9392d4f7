"""Rows of a result and a reference of the same number of axes: both are cut into windows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from mcr_core.microstructure import Microstructure
from mcr_core.scorecard.natural_scatter import Reference
from mcr_core.scorecard.row import Row, judged_row
from mcr_core.scorecard.samples import Labels, Statistic, exact, sample, shares_of
from mcr_core.scorecard.windows import reference_windows, tiles, window_edges


def rows_of_windows(
    result: Microstructure,
    null: Labels,
    reference: Microstructure,
    statistics: Sequence[Statistic],
    *,
    limit_to: int,
    phases: Sequence[str],
    compared_with: str,
) -> tuple[list[Row], tuple[str, ...]]:
    """Compare the mean over the windows of a result with that over those of the reference.

    All windows have one extent and are taken as open, so that what depends on the extent (whether
    a phase spans it, how thick it looks near an edge) does so on both sides alike.

    Returns:
        The rows, and the windows in words.

    Raises:
        InputError: too small an image for the statistics.
    """
    count = result.phase_count
    edges = window_edges(reference.shape, result.shape, 2 * limit_to - 1)
    of_reference = reference_windows(reference, edges)
    of_result, of_null = tiles(result.labels, edges), tiles(null, edges)
    known = sample(of_reference, count, limit_to, statistics)
    found = sample(of_result, count, limit_to, statistics)
    others = sample(of_null, count, limit_to, statistics)
    shares = [result.phase_fractions, shares_of(null, count), reference.phase_fractions]
    rows = []
    for key, quantity in known.items():
        made, other, whole = (
            exact(key, side, share)
            for side, share in zip((found[key], others[key], quantity), shares, strict=True)
        )
        rows.append(
            judged_row(
                made,
                other,
                replace(Reference.of(quantity), mean=whole.mean),
                len(of_result),
                phase=phases[key[0]],
                compared_with=compared_with,
            )
        )
    words = (
        f"{compared_with}: {len(of_reference)} windows of {' x '.join(map(str, edges))}, "
        f"{len(of_result)} of the result"
    )
    return rows, (words,)
