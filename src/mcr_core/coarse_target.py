"""What a target asks of a coarser volume: its statistics without the finest levels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from mcr_core.characterization import Characterization, PlaneStatistics
from mcr_core.term import Term


def coarse_target(target: Characterization, level: int) -> Characterization:
    """Return a target whose level 0 is that level of the given one.

    Descriptors that have fewer levels have none there. S₂ at all lags, from which a volume may
    start, stays that of the finest level. Errors are those of the level.

    Args:
        target: the statistics to meet at full resolution.
        level: how many of the finest levels to leave out.
    """
    step = 2**level
    return replace(
        target,
        planes={name: _coarse_plane(found, level) for name, found in target.planes.items()},
        prescribed={name: _coarse_plane(found, level) for name, found in target.prescribed.items()},
        voxel_size=tuple(step * size for size in target.voxel_size),
        source_shape=tuple(max(1, extent // step) for extent in target.source_shape),
        volume=(),
    )


def coarse_terms(terms: Sequence[Term], level: int) -> tuple[Term, ...]:
    """Return the terms that make sense on a coarser volume, with their weights there.

    Those are the terms whose descriptors are taken on the levels of a pyramid: others count pixels
    of the finest level. Terms whose weights are 0 there are left out, too.

    Args:
        terms: what is prescribed at full resolution.
        level: how many of the finest levels to leave out.
    """
    found = []
    for term in terms:
        weights = None if term.level_weights is None else term.level_weights[level:]
        if has_levels(term) and (weights is None or any(weights)):
            found.append(term.model_copy(update={"level_weights": weights}))
    return tuple(found)


def has_levels(term: Term) -> bool:
    """Whether the descriptor of a term is taken on the levels of a pyramid."""
    return term.descriptor.pyramid and not term.descriptor.volumetric


def _coarse_plane(found: PlaneStatistics, level: int) -> PlaneStatistics:
    errors = found.errors
    if errors is not None:
        errors = replace(errors, values=tuple(v[level:] for v in errors.values))
    return replace(found, values=tuple(v[level:] for v in found.values), errors=errors)
