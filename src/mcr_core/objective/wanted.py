"""What a target asks of the planes of a result, per term."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from mcr_core.characterization import Characterization, Levels
from mcr_core.microstructure import field_phases
from mcr_core.planes import plane_shape
from mcr_core.sampling import residual_errors
from mcr_core.settings import Settings
from mcr_core.term import Term

#: Least variance of a phase, as a part of the largest one: one of a few voxels does not outweigh
#: all others.
_LEAST_VARIANCE = 0.1


def shared_levels(
    target: Characterization, terms: Sequence[Term], shape: Sequence[int], plane: str
) -> tuple[int, ...]:
    """Number of pyramid levels, per term, that target and result both have.

    Args:
        target: the statistics to meet.
        terms: what is prescribed.
        shape: extent of the result.
        plane: kind of plane; volumetric terms ignore it.

    Raises:
        InputError: the target lacks the descriptor of a term.
    """
    levels = []
    for term in terms:
        height, width = plane_shape(shape, plane)
        has = len(wanted_levels(target, term, len(shape), plane))
        levels.append(min(term.descriptor.levels(height, width), has))
    return tuple(levels)


def wanted_levels(target: Characterization, term: Term, ndim: int, plane: str) -> Levels:
    """The levels of blocks that a target has for a term.

    Raises:
        InputError: it has none.
    """
    index = target.index(term.descriptor)
    if term.descriptor.volumetric:
        return target.volume_levels(index)
    return target.for_plane(plane, ndim).values[index]


def residual_scales(
    target: Characterization, term: Term, ndim: int, plane: str, settings: Settings
) -> Levels | None:
    """What residuals are multiplied by, of the shapes of `wanted_levels`; None: nothing.

    With `weighting="sampling"` that is 1 / sampling error, see `residual_errors`; with
    `weighting="phases"` a number for each phase, see `phase_scales`.

    Raises:
        InputError: the target has no values for the term.
    """
    if settings.weighting == "given":
        return None
    if settings.weighting == "phases":
        return _scales_of_phases(target, term, ndim, plane)
    row = plane
    if row not in target.planes:
        row = "cubic" if ndim == 3 and "cubic" in target.planes else "all"
    prescribed = target.for_plane(plane, ndim)
    errors = residual_errors(target, row, target.index(term.descriptor), prescribed)
    return tuple({name: 1.0 / error for name, error in blocks.items()} for blocks in errors)


def _scales_of_phases(target: Characterization, term: Term, ndim: int, plane: str) -> Levels | None:
    scales = phase_scales(target.phase_fractions)
    # All phases at once have one residual, and two phases have one field.
    if len(scales) == 1 or term.descriptor.takes == "phases":
        return None
    return tuple(
        {
            name: np.ones_like(block) * scales.reshape(-1, *[1] * (np.ndim(block) - 1))
            for name, block in blocks.items()
        }
        for blocks in wanted_levels(target, term, ndim, plane)
    )


def phase_scales(fractions: npt.ArrayLike) -> npt.NDArray[np.float64]:
    """Return what the residuals of every field are multiplied by so that phases count alike, [F].

    S₂ of a phase of the fraction φ falls from φ to about φ²: residuals are measured by the
    variance φ (1 − φ), relative to its mean over the fields; less than a tenth of the largest
    counts as that tenth. Two phases have one field, and the factor 1.

    Args:
        fractions: of all phases.
    """
    shares = np.asarray(fractions, np.float64)
    variances = (shares * (1 - shares))[list(field_phases(len(shares)))]
    variances = np.maximum(variances, _LEAST_VARIANCE * variances.max())
    if variances.max() <= 0:
        return np.ones_like(variances)
    scales: npt.NDArray[np.float64] = variances.mean() / variances
    return scales


def target_tensors(
    target: Characterization,
    term: Term,
    ndim: int,
    plane: str,
    settings: Settings,
    levels: int | None = None,
    dtype: Any = None,
) -> tuple[Any, Any]:
    """Return what is wanted of a term and the scales of its residuals (or None), as tensors.

    Args:
        target: the statistics to meet.
        term: what is prescribed.
        ndim: axes of the result.
        plane: kind of plane.
        settings: weighting, and precision.
        levels: how many of the finest levels; default: all.
        dtype: default: that of the settings.
    """
    dtype = dtype or settings.dtype
    wanted = as_tensors(wanted_levels(target, term, ndim, plane)[:levels], dtype)
    scales = residual_scales(target, term, ndim, plane, settings)
    return wanted, None if scales is None else as_tensors(scales[:levels], dtype)


def as_tensors(levels: Levels, dtype: Any) -> list[dict[str, Any]]:
    """The blocks of levels as tensors."""
    import tensorflow as tf

    return [
        {name: tf.constant(value, dtype) for name, value in blocks.items()} for blocks in levels
    ]
