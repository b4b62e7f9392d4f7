"""Means over several images of one material, or over the planes of a volume."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from mcr_core.characterization import (
    Array,
    Characterization,
    Levels,
    PlaneStatistics,
    SamplingErrors,
)
from mcr_core.descriptors import Descriptor
from mcr_core.statistics.shared import check_scale, common, shared_planes

#: The standard error of a share that nothing is known about.
_UNKNOWN = 0.5


def pooled_images(characterizations: Sequence[Characterization]) -> Characterization:
    """Return the mean over images of one material, with its standard error.

    Every image counts alike, whatever its extent, for all that is stored; S₂ at a lag is the mean
    over the images that have pairs of pixels at it, and the numbers of pairs add up. Images of
    different extent share their levels, lags and entries (`common`): what is left out is in
    `notes`.

    Raises:
        InputError: their phases, pixels or descriptors differ.
    """
    reduced, left_out = common(characterizations)
    check_scale(reduced)
    first = reduced[0]
    return replace(
        first,
        planes={
            name: _mean([each.planes[name] for each in reduced], errors=True)
            for name in first.planes
        },
        source_shape=tuple(map(min, zip(*(each.source_shape for each in reduced), strict=True))),
        periodic=all(each.periodic for each in reduced),
        masked=any(each.masked for each in reduced),
        images=sum(each.images for each in reduced),
        notes=tuple(f"of {len(reduced)} images: {note}" for note in left_out),
    )


def pooled_planes(
    descriptors: Sequence[Descriptor], rows: Sequence[PlaneStatistics]
) -> PlaneStatistics:
    """Return the mean over the kinds of planes of a volume, on what all kinds have."""
    return _mean(shared_planes(descriptors, rows), errors=False)


def _mean(rows: Sequence[PlaneStatistics], *, errors: bool) -> PlaneStatistics:
    """Mean of statistics whose arrays have equal shapes; with its standard error if asked for."""
    per_descriptor = list(zip(*(row.values for row in rows), strict=True))
    values = tuple(_over_levels(levels, _average) for levels in per_descriptor)
    fractions = [row.phase_fractions for row in rows]
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
            values=tuple(_over_levels(levels, _standard_error) for levels in per_descriptor),
            phase_fractions=_standard_error(fractions),
            s2=np.where(count > 1, spread, _UNKNOWN).astype(np.float32),
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


def _average(arrays: Sequence[Array]) -> Array:
    mean: Array = np.mean(arrays, axis=0)
    return mean


def _standard_error(arrays: Sequence[Array]) -> Array:
    error: Array = np.std(arrays, axis=0, ddof=1) / np.sqrt(len(arrays))
    return error
