"""From grey values to two phases."""

from __future__ import annotations

import logging
import math
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from mcr_core.errors import InputError

log = logging.getLogger("mcr_core.images")

# Integers of a wider range are sorted into this many bins by Otsu's method.
_MOST_BINS = 65536


def apply_threshold(
    path: Path,
    values: npt.NDArray[Any],
    threshold: float | str,
    valid: npt.NDArray[np.bool_] | None,
) -> npt.NDArray[np.uint8]:
    """Return 1 where a value is greater than the threshold, else 0.

    Args:
        path: the file, for messages.
        values: grey values of any number type, any shape.
        threshold: a number, or `otsu` (N. Otsu, IEEE Trans. SMC 9, 1979: the threshold that
            separates the histogram of the valid voxels best).
        valid: True where a voxel counts, same shape; None if all do.

    Returns:
        uint8, the shape of `values`.

    Raises:
        InputError: an unknown threshold, no numbers, NaN, or only one phase comes out.
    """
    if isinstance(threshold, str) and threshold != "otsu":
        raise InputError(f"expected the threshold otsu or a number, got {threshold!r}")
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
    if isinstance(threshold, str):
        limit = _otsu(path, inside, float(low), float(high))
    else:
        limit = float(threshold)
    if not math.isfinite(limit):
        raise InputError(f"expected a finite threshold, got {limit:g}")
    if not low <= limit < high:
        raise InputError(
            f"{path}: the threshold {limit:g} leaves one phase only, the values run from "
            f"{low:g} to {high:g}: choose one between them"
        )
    with np.errstate(invalid="ignore"):  # NaN may stand outside of the mask
        return (values > limit).astype(np.uint8)


def _otsu(path: Path, values: npt.NDArray[Any], low: float, high: float) -> float:
    if low == high:
        raise InputError(f"{path}: every value is {low:g}: there is nothing to separate")
    from skimage.filters import threshold_otsu

    if values.dtype.kind in "iu" and high - low >= _MOST_BINS:
        values = values.astype(np.float64)
    limit = float(threshold_otsu(values))  # type: ignore[no-untyped-call]
    log.info("%s: Otsu's threshold is %g", path, limit)
    return limit
