"""Rows that nothing can judge: what a slice does not know of a volume."""

from __future__ import annotations

from collections.abc import Sequence

from mcr_core.microstructure import Microstructure
from mcr_core.scorecard.clusters import largest_cluster
from mcr_core.scorecard.row import Row, predicted_row
from mcr_core.scorecard.samples import TRANSPORT, Labels, Statistic, sample
from mcr_core.scorecard.shape import euler_number, local_thickness, surface

_OF_WHOLE: tuple[Statistic, ...] = (
    *(surface, euler_number, largest_cluster, local_thickness),
    *TRANSPORT,
)


def predictions(
    result: Microstructure, null: Labels, *, limit_to: int, phases: Sequence[str]
) -> list[Row]:
    """Take statistics of the whole result and the whole null model, as open images."""
    found, others = (
        sample(labels[None], result.phase_count, limit_to, _OF_WHOLE)
        for labels in (result.labels, null)
    )
    return [predicted_row(found[key], others[key], phase=phases[key[0]]) for key in found]
