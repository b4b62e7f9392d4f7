"""Between a microstructure and the pixels that a file can hold."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from mcr_core.errors import FileFormatError
from mcr_core.images.record import Meaning
from mcr_core.microstructure import Microstructure

log = logging.getLogger("mcr_core.images")

_LARGEST_PIXEL = 65535  # uint16, the widest integer of an ImageJ TIFF


def encode(ms: Microstructure, *, any_value: bool) -> tuple[npt.NDArray[Any], Meaning]:
    """Return the pixels of a microstructure, and what they mean.

    Voxels outside of the mask get the smallest natural number that is no phase.

    Args:
        ms: the microstructure.
        any_value: the format holds any number; otherwise values other than the integers
            0 … 65535 are replaced by the index of their phase.

    Returns:
        Pixels of the shape of `ms` (uint8 or uint16, wider ones only with `any_value`), and
        their meaning.
    """
    values = ms.phase_values
    as_they_are = any_value or all(
        float(v).is_integer() and 0 <= v <= _LARGEST_PIXEL for v in values
    )
    table = list(values) if as_they_are else list(range(len(values)))
    ignore = None
    if ms.mask is not None:
        ignore = next(n for n in range(len(table) + 1) if n not in table)
    used = table if ignore is None else [*table, ignore]
    dtype = _smallest_type(used)
    pixels = np.asarray(table, dtype=dtype)[ms.labels]
    if ms.mask is not None and ignore is not None:
        pixels[~ms.mask] = ignore
    meaning = Meaning(
        shape=ms.shape,
        stored="values" if as_they_are else "indices",
        phase_values=values,
        phase_names=ms.phase_names,
        voxel_size=ms.voxel_size,
        unit=ms.unit,
        periodic=ms.periodic,
        ignore=ignore,
    )
    return pixels, meaning


def _smallest_type(values: Sequence[float]) -> np.dtype[Any]:
    """Return the smallest type that holds every value exactly."""
    if not all(isinstance(v, int) or (v.is_integer() and abs(v) < 2**53) for v in values):
        return np.dtype(np.float64)
    low, high = int(min(values)), int(max(values))
    # One bit more for the sign: NumPy has no integer for, say, uint64 and int8 together.
    return np.result_type(
        np.min_scalar_type(low), np.min_scalar_type(-high - 1 if low < 0 else high)
    )


def decode(
    path: Path, pixels: npt.NDArray[Any], meaning: Meaning
) -> tuple[npt.NDArray[Any], npt.NDArray[np.bool_] | None, bool]:
    """Return the values, the mask (None: all valid) and whether the phases are those we wrote.

    The last is False if another program has painted other values into the image since.

    Raises:
        FileFormatError: painted values in an image that holds indices, so that nobody knows
            what they mean.
    """
    valid = None if meaning.ignore is None else pixels != meaning.ignore
    known = np.asarray(meaning.phase_values)
    legal = known if meaning.stored == "values" else np.arange(len(known))
    strange = np.setdiff1d(pixels if valid is None else pixels[valid], legal)
    if not strange.size:
        if meaning.stored == "values":
            return pixels, valid, True
        return known[np.minimum(pixels, len(known) - 1)], valid, True
    if meaning.stored == "indices":
        raise FileFormatError(
            f"{path}: expected phase indices from 0 to {len(known) - 1}, found {strange[0]:g}: "
            "the image was changed since it was written"
        )
    log.warning(
        "%s: the labels were changed since it was written; the phases are taken from the pixels",
        path,
    )
    return pixels, valid, False
