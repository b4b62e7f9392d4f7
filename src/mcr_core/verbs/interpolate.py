"""interpolate: statistics between those of several microstructures."""

from __future__ import annotations

import logging
import operator
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from mcr_core.characterization import Array, Characterization, Levels, PlaneStatistics
from mcr_core.errors import InputError
from mcr_core.statistics.shared import check_scale, common, common_preset
from mcr_core.verbs.inputs import Target, as_characterization

log = logging.getLogger("mcr_core.interpolate")


def interpolate(
    *ends: Target,
    steps: int | None = None,
    weights: Sequence[float] | Sequence[Sequence[float]] | None = None,
) -> list[Characterization]:
    """Return characterizations between others: Σ_e w_e D_e for all that they store.

    Values, phase fractions and S₂ at all lags are interpolated linearly, phase by phase, plane by
    plane. What not all ends have (`statistics.shared.common`: descriptors, entries beyond the
    smallest `limit_to`, pyramid levels, lags) is left out; this is logged and kept in `notes`.
    A statistic between those of two microstructures need not be that of any microstructure.

    Args:
        ends: two or more characterizations, or paths of their files (.h5), with the same phases
            and pixels; those per direction (of volumes, or merged) too, also together with others,
            which then count for all directions.
        steps: how many to return between two ends, these included: 2 or more.
        weights: instead of steps, a weight from 0 to 1 for each end, which sum to 1; or several
            such rows, one for each result.

    Returns:
        `steps` characterizations, or one for each row of weights. Without sampling errors.

    Raises:
        InputError: neither or both of steps and weights, weights that do not fit, or ends that
            share nothing.
    """
    rows = weight_rows(len(ends), steps, weights)
    given = [replace(as_characterization(end), direction=None, prescribed={}) for end in ends]
    shared, notes = common(given)
    check_scale(shared)
    for note in notes:
        log.warning("interpolated is what all ends have: %s", note)
    return [_between(shared, row, notes) for row in rows]


def weight_rows(
    ends: int,
    steps: int | None,
    weights: Sequence[float] | Sequence[Sequence[float]] | None,
) -> list[npt.NDArray[np.float64]]:
    """Return the weights of the ends for each result.

    Raises:
        InputError: they do not fit.
    """
    if ends < 2:
        raise InputError(f"expected two or more characterizations, got {ends}")
    if (steps is None) == (weights is None):
        raise InputError("give steps or weights, one of them")
    if weights is not None:
        if not isinstance(weights, Iterable):
            raise InputError(f"expected weights, a number for each end, got {weights!r}")
        given: list[Any] = list(weights)
        several = any(isinstance(row, Iterable) for row in given)
        rows = [_row(ends, row) for row in (given if several or not given else [given])]
        if not rows:
            raise InputError("expected at least one row of weights, got none")
        return rows
    if ends != 2:
        raise InputError(f"steps go from one end to another, got {ends} ends: give weights")
    try:
        count = operator.index(steps)  # type: ignore[arg-type]
    except TypeError:
        raise InputError(f"expected a whole number of steps, got {steps!r}") from None
    if not 2 <= count <= 100_000:
        raise InputError(f"expected 2 steps or more, both ends included, got {count}")
    shares = [n / (count - 1) for n in range(count)]
    return [np.array([1 - share, share]) for share in shares]


def _row(ends: int, row: Sequence[float]) -> npt.NDArray[np.float64]:
    try:
        weights = np.asarray(row, np.float64)
    except (TypeError, ValueError):
        raise InputError(f"expected numbers as weights, got {row!r}") from None
    text = ", ".join(f"{weight:g}" for weight in np.ravel(weights)[:16])
    if weights.shape != (ends,):
        raise InputError(f"expected a weight for each of the {ends} ends, got {text}")
    if not np.isfinite(weights).all() or weights.min() < 0:
        raise InputError(f"expected weights from 0 to 1, got {text}")
    if abs(weights.sum() - 1) > 1e-6:
        raise InputError(f"expected weights that sum to 1, got {text} (sum {weights.sum():g})")
    normalized: npt.NDArray[np.float64] = weights / weights.sum()
    return normalized


def _between(
    ends: Sequence[Characterization], weights: npt.NDArray[np.float64], notes: Sequence[str]
) -> Characterization:
    first = ends[0]

    def mix(arrays: Sequence[Array]) -> Array:
        total: Array = np.zeros(np.shape(arrays[0]))
        for weight, array in zip(weights, arrays, strict=True):
            total = total + weight * np.asarray(array, np.float64)
        return total

    shape = min((end.source_shape for end in ends), key=len)
    axes = len(shape)
    carried = dict.fromkeys(note for end in ends for note in end.notes)
    return replace(
        first,
        planes={name: _plane([end.planes[name] for end in ends], mix) for name in first.planes},
        volume=_values([end.volume for end in ends], mix) if first.volume else (),
        voxel_size=first.voxel_size[-axes:],
        source_shape=tuple(min(end.source_shape[n - axes] for end in ends) for n in range(axes)),
        periodic=all(end.periodic for end in ends),
        masked=any(end.masked for end in ends),
        images=sum(end.images for end in ends),
        preset=common_preset(ends),
        notes=(*carried, *notes),
    )


def _plane(
    rows: Sequence[PlaneStatistics], mix: Callable[[Sequence[Array]], Array]
) -> PlaneStatistics:
    return PlaneStatistics(
        values=_values([row.values for row in rows], mix),
        phase_fractions=mix([row.phase_fractions for row in rows]),
        s2=mix([row.s2 for row in rows]).astype(np.float32),
        pairs=np.min([row.pairs for row in rows], axis=0),
    )


def _values(
    many: Sequence[tuple[Levels, ...]], mix: Callable[[Sequence[Array]], Array]
) -> tuple[Levels, ...]:
    return tuple(
        tuple(
            {name: mix([other[name] for other in blocks]) for name in blocks[0]}
            for blocks in zip(*levels, strict=True)
        )
        for levels in zip(*many, strict=True)
    )
