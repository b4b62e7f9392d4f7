"""The state of a reconstruction that moves by swaps."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from mcr_core.characterization import Characterization
from mcr_core.phases import to_labels
from mcr_core.settings import Settings
from mcr_core.swaps.evaluated import EvaluatedTerm
from mcr_core.swaps.evaluated_mean import EvaluatedMean
from mcr_core.swaps.moves import SwapTerm
from mcr_core.swaps.swap_state import SwapState, indicators
from mcr_core.swaps.tracked import TrackedTerm
from mcr_core.swaps.tracked_mean import TrackedMean
from mcr_core.term import Term, names

__all__ = ["SwapState", "swap_state"]


def swap_state(
    target: Characterization,
    terms: Sequence[Term],
    shape: Sequence[int],
    settings: Settings,
    start: Any,
) -> SwapState:
    """Return the state of a reconstruction: `start` as labels, with the target's fractions.

    Its `prepare` is still to be called.

    Args:
        target: the statistics to meet.
        terms: what is prescribed.
        shape: extent of the result.
        settings: norm, boundary, precision and seed.
        start: fields [F, (Z,) Y, X].
    """
    extent = tuple(shape)
    labels = to_labels(np.asarray(start), target.phase_fractions, settings.seed)
    fields = indicators(labels, target.phase_count, settings.dtype)
    followers: list[SwapTerm] = []
    for term, label in zip(terms, names(terms), strict=True):
        kind = None if term.descriptor.volumetric else term.descriptor.tracker()
        mean = term.over == "mean"
        if kind is None:
            evaluated = EvaluatedMean if mean else EvaluatedTerm
            followers.append(evaluated(target, term, label, fields, settings, extent))
        else:
            tracked = TrackedMean if mean else TrackedTerm
            followers.append(tracked(target, term, label, fields, settings, extent, kind))
    return SwapState(
        labels,
        fields,
        target.phase_count,
        followers,
        periodic=settings.periodic,
        seed=settings.seed,
    )
