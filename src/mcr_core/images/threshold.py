"""From grey values to phases."""

from __future__ import annotations

import logging
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from mcr_core.errors import InputError
from mcr_core.microstructure import MAX_PHASES

log = logging.getLogger("mcr_core.images")

# Integers of a wider range are sorted into this many bins by Otsu's method.
_MOST_BINS = 65536
# Of the histogram that several thresholds are looked for in, by the number of phases: the work
# grows as bins ** (phases - 1). With these it stays below some 0.1 s.
_BINS = {2: 256, 3: 256, 4: 256, 5: 96, 6: 48}
#: Phases that Otsu's method can tell apart in reasonable time.
MOST_OTSU_PHASES = max(_BINS)

Threshold = float | str | Sequence[float]


def apply_threshold(
    path: Path,
    values: npt.NDArray[Any],
    threshold: Threshold,
    valid: npt.NDArray[np.bool_] | None,
) -> npt.NDArray[np.uint8]:
    """Return the phase of every voxel: how many of the thresholds its value is greater than.

    Args:
        path: the file, for messages.
        values: grey values of any number type, any shape.
        threshold: a number, several, `otsu`, or `multiotsu:P` for P phases; see `otsu_limits`.
        valid: True where a voxel counts, same shape; None if all do.

    Returns:
        uint8, the shape of `values`.

    Raises:
        InputError: an unknown threshold, no numbers, NaN, or a phase comes out empty.
    """
    phases = _otsu_phases(threshold) if isinstance(threshold, str) else None
    if values.dtype.kind not in "biuf":
        raise InputError(f"{path}: expected numbers, got an array of {values.dtype}")
    if values.dtype.kind == "b":
        values = values.astype(np.uint8)
    inside = values if valid is None else values[valid]
    if inside.size == 0:
        raise InputError(f"{path}: every voxel is masked, nothing is left to threshold")
    if values.dtype.kind == "f" and not np.isfinite(inside).all():
        raise InputError(f"{path}: expected grey values, found NaN or infinity: mask these voxels")
    low, high = inside.min(), inside.max()
    if phases is not None:
        try:
            limits = otsu_limits(inside, phases)
        except InputError as error:
            raise InputError(f"{path}: {error}") from None
        log.info("%s: Otsu's method finds %s", path, ", ".join(f"{x:g}" for x in limits))
    elif isinstance(threshold, (float, int)):
        limits = checked_limits([threshold])
    else:
        limits = checked_limits([float(limit) for limit in threshold])
    for limit in limits:
        if not low <= limit < high:
            left = "leaves one phase only" if len(limits) == 1 else "leaves a phase empty"
            raise InputError(
                f"{path}: the threshold {limit:g} {left}, the values run from "
                f"{low:g} to {high:g}: choose one between them"
            )
    return cut(values, limits)


def cut(values: npt.NDArray[Any], limits: Sequence[float]) -> npt.NDArray[np.uint8]:
    """Return how many limits each value is greater than: 0 … len(limits).

    A value equal to a limit counts to the lower phase. NaN, which is greater than nothing, is 0.

    Args:
        values: numbers or booleans, any shape.
        limits: at most 255.
    """
    found = np.zeros(values.shape, np.uint8)
    if values.dtype.kind == "b":
        values = values.astype(np.uint8)
    with np.errstate(invalid="ignore"):  # NaN may stand outside of a mask
        for limit in limits:
            if values.dtype.kind in "iu":
                # An integer is greater than 2.5 where it is greater than 2: no floats are made.
                found += values > math.floor(limit)
            else:
                found += values > limit
    return found


def checked_limits(limits: Sequence[float]) -> tuple[float, ...]:
    """Return limits as ascending numbers.

    Raises:
        InputError: none, too many, not finite, or one twice.
    """
    found = tuple(sorted(float(limit) for limit in limits))
    for limit in found:
        if not math.isfinite(limit):
            raise InputError(f"expected a finite threshold, got {limit:g}")
    if not 1 <= len(found) < MAX_PHASES:
        raise InputError(f"expected 1 to {MAX_PHASES - 1} thresholds, got {len(found)}")
    if len(set(found)) < len(found):
        listed = ", ".join(f"{limit:g}" for limit in found)
        raise InputError(f"expected thresholds that differ, got {listed}: leave one out")
    return found


def otsu_limits(values: npt.NDArray[Any], phases: int = 2) -> tuple[float, ...]:
    """Return the P - 1 limits that separate the histogram of the values best into P phases.

    The variance between the phases, Σ w_k (μ_k - μ)² with their shares w_k and means μ_k, is the
    largest (N. Otsu, IEEE Trans. SMC 9, 1979; for several thresholds: P.-S. Liao, T.-S. Chen,
    P.-C. Chung, J. Inf. Sci. Eng. 17, 2001). The histogram of two phases has a bin for each
    integer, or 256 bins; that of more phases 256 bins at most, of 5 phases 96, of 6 phases 48.

    Args:
        values: finite numbers or booleans, any shape.
        phases: 2 to 6.

    Raises:
        InputError: fewer distinct values than phases, or no such number of phases.
    """
    if phases not in _BINS:
        raise InputError(f"Otsu's method makes 2 to {MOST_OTSU_PHASES} phases, got {phases}")
    if values.dtype.kind == "b":
        values = values.astype(np.uint8)
    low, high = values.min(), values.max()
    if low == high:
        raise InputError(f"every value is {low:g}: there is nothing to separate")
    if phases == 2:
        from skimage.filters import threshold_otsu

        if values.dtype.kind in "iu" and int(high) - int(low) >= _MOST_BINS:
            values = values.astype(np.float64)
        return (float(threshold_otsu(values)),)  # type: ignore[no-untyped-call]
    from skimage.filters import threshold_multiotsu

    counts, uppers = _histogram(values, _BINS[phases])
    filled = np.count_nonzero(counts)
    if filled < phases:
        raise InputError(
            f"expected {phases} distinct values or more for {phases} phases, found {filled}: "
            "ask for fewer phases"
        )
    # The library takes the first two bins for one grey value. One before them mends that; it may
    # not be empty, or it would be trimmed.
    before = 1e-9 * counts.sum()
    padded = np.concatenate([[before], counts]), np.concatenate([[float(low)], uppers])
    found = threshold_multiotsu(classes=phases, hist=padded)  # type: ignore[no-untyped-call]
    return tuple(float(limit) for limit in found)


def _histogram(
    values: npt.NDArray[Any], bins: int
) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.float64]]:
    """Return counts, and the largest value that belongs to each bin."""
    low, high = values.min(), values.max()
    if values.dtype.kind == "f":
        counts, edges = np.histogram(values, bins, (float(low), float(high)))
        return counts, edges[1:]
    # All bins hold equally many integers, or peaks would appear that are none.
    width = -(-(int(high) - int(low) + 1) // bins)
    uppers = int(low) + width * np.arange(1, bins + 1, dtype=np.float64) - 1
    indices = values - low if values.dtype.kind == "u" else values.astype(np.int64) - int(low)
    counts = np.bincount((indices // width).ravel().astype(np.intp), minlength=bins)
    return counts, uppers


def _otsu_phases(text: str) -> int:
    """Return the number of phases of `otsu` or `multiotsu:P`."""
    name, _, number = text.partition(":")
    if text == "otsu":
        return 2
    if name == "multiotsu" and number.isdigit():
        return int(number)
    raise InputError(f"expected the threshold otsu, multiotsu:3 or a number, got {text!r}")
