"""Means over several images of one material, or over the planes of a volume."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial

import numpy as np

from mcr_core.characterization import (
    Array,
    Characterization,
    Levels,
    PlaneStatistics,
    SamplingErrors,
)
from mcr_core.descriptors import Descriptor
from mcr_core.estimate import uniform_votes
from mcr_core.microstructure import field_phases
from mcr_core.statistics.neighbours import about_neighbours
from mcr_core.statistics.shared import check_scale, common, shared_planes

#: The standard error of a share that nothing is known about.
_UNKNOWN = 0.5


def pooled_images(characterizations: Sequence[Characterization]) -> Characterization:
    """Return the mean over images of one material, with its standard error.

    Every image counts alike, whatever its extent, for all that is stored; S₂ at a lag is the mean
    over the images that have pairs of pixels at it, and the numbers of pairs add up. An image
    without a phase has no vote in what descriptors say of how thick it is (`Descriptor.votes`).
    Images of different extent share their levels, lags and entries (`common`): what is left out is
    in `notes`. The standard error takes images as independent; `notes` say so where they are not
    (`about_neighbours`).

    Raises:
        InputError: their phases, pixels or descriptors differ.
    """
    reduced, left_out = common(characterizations)
    check_scale(reduced)
    first = reduced[0]
    alike = about_neighbours([each.phase_fractions for each in reduced])
    notes = [*left_out, *([alike] if alike else [])]
    return replace(
        first,
        planes={
            name: _mean(first.descriptors, [each.planes[name] for each in reduced], errors=True)
            for name in first.planes
        },
        source_shape=tuple(map(min, zip(*(each.source_shape for each in reduced), strict=True))),
        periodic=all(each.periodic for each in reduced),
        masked=any(each.masked for each in reduced),
        images=sum(each.images for each in reduced),
        direction=first.direction if len(reduced) == 1 else None,
        notes=tuple(f"of {len(reduced)} images: {note}" for note in notes),
    )


def pooled_planes(
    descriptors: Sequence[Descriptor], rows: Sequence[PlaneStatistics]
) -> PlaneStatistics:
    """Return the mean over the kinds of planes of a volume, on what all kinds have."""
    return _mean(descriptors, shared_planes(descriptors, rows), errors=False)


def _mean(
    descriptors: Sequence[Descriptor], rows: Sequence[PlaneStatistics], *, errors: bool
) -> PlaneStatistics:
    """Mean of statistics whose arrays have equal shapes; with its standard error if asked for."""
    per_descriptor = list(zip(*(row.values for row in rows), strict=True))
    fractions = [row.phase_fractions for row in rows]
    voters = [_voters(descriptor, fractions) for descriptor in descriptors]
    values = tuple(
        _over_levels(levels, partial(_average_of, who))
        for levels, who in zip(per_descriptor, voters, strict=True)
    )
    votes = np.stack([row.pairs > 0 for row in rows])
    s2 = np.stack([row.s2 for row in rows]).astype(np.float64)
    count = votes.sum(0)
    share = (s2 * votes[:, None]).sum(0) / np.maximum(count, 1)
    mean = PlaneStatistics(
        values=values,
        phase_fractions=_average(fractions),
        s2=share.astype(np.float32),
        pairs=np.sum([row.pairs for row in rows], axis=0),
    )
    if not errors or len(rows) < 2:
        return mean
    squares = (np.square(s2 - share) * votes[:, None]).sum(0)
    spread = np.sqrt(squares / np.maximum(count - 1, 1) / np.maximum(count, 1))
    return replace(
        mean,
        errors=SamplingErrors(
            values=tuple(
                _over_levels(levels, partial(_standard_error_of, who))
                for levels, who in zip(per_descriptor, voters, strict=True)
            ),
            phase_fractions=_standard_error(fractions),
            s2=np.where(count > 1, spread, _UNKNOWN).astype(np.float32),
            degrees=float(len(rows) - 1),
        ),
    )


def mean_levels(many: Sequence[Levels]) -> Levels:
    """Mean of levels of blocks of equal shapes."""
    return _over_levels(many, _average)


def _over_levels(many: Sequence[Levels], reduce: Callable[[Sequence[Array]], Array]) -> Levels:
    return tuple(
        {name: reduce([other[name] for other in blocks]) for name in blocks[0]}
        for blocks in zip(*many, strict=True)
    )


def _voters(descriptor: Descriptor, fractions: Sequence[Array]) -> Array | None:
    """Which rows have a vote in the values of each field, [rows, F]; None if all have."""
    phases = list(field_phases(len(fractions[0])))
    found = np.array(
        [[uniform_votes(descriptor, float(row[p])) for p in phases] for row in fractions]
    )
    return None if found.all() else found


def _average_of(voters: Array | None, arrays: Sequence[Array]) -> Array:
    """Mean of arrays [F, ...] over those that have a vote; of a field where none has, over all."""
    if voters is None:
        return _average(arrays)
    fields = [
        _average([a[f] for a, one in zip(arrays, votes, strict=True) if one or not votes.any()])
        for f, votes in enumerate(voters.T)
    ]
    return np.stack(fields)


def _standard_error_of(voters: Array | None, arrays: Sequence[Array]) -> Array:
    """Standard error of that mean; of one vote, 1/2 or the value itself if that is more."""
    if voters is None:
        return _standard_error(arrays)
    fields = []
    for f, votes in enumerate(voters.T):
        counted = [a[f] for a, one in zip(arrays, votes, strict=True) if one or not votes.any()]
        single = len(counted) == 1
        fields.append(
            np.maximum(np.abs(counted[0]), _UNKNOWN) if single else _standard_error(counted)
        )
    return np.stack(fields)


def _average(arrays: Sequence[Array]) -> Array:
    mean: Array = np.mean(arrays, axis=0)
    return mean


def _standard_error(arrays: Sequence[Array]) -> Array:
    error: Array = np.std(arrays, axis=0, ddof=1) / np.sqrt(len(arrays))
    return error
