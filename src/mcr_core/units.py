"""Length units and voxel sizes, read in one place."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

from mcr_core.errors import InputError

UNITS = ("pixel", "nm", "um", "mm", "m")

_ALIASES = {
    "": "pixel",
    "px": "pixel",
    "pixels": "pixel",
    "voxel": "pixel",
    "voxels": "pixel",
    "nanometer": "nm",
    "nanometre": "nm",
    "µm": "um",  # micro sign, U+00B5
    "μm": "um",  # Greek mu, U+03BC
    "micron": "um",
    "microns": "um",
    "micrometer": "um",
    "micrometre": "um",
    "millimeter": "mm",
    "millimetre": "mm",
    "meter": "m",
    "metre": "m",
}


def parse_unit(text: str) -> str:
    """Return the canonical unit (one of `UNITS`) for a name or symbol.

    Raises:
        InputError: the unit is not a length that we know.
    """
    word = text.strip() if isinstance(text, str) else repr(text)
    lower = word.lower()
    if word in UNITS:
        return word
    if lower in _ALIASES:
        return _ALIASES[lower]
    if lower in UNITS:
        return lower
    raise InputError(f"unknown unit {text!r}: use one of {', '.join(UNITS)}")


def parse_voxel_size(size: float | Sequence[float], ndim: int) -> tuple[float, ...]:
    """Return one edge length per array axis (Y X, or Z Y X).

    Args:
        size: one number for all axes, two (Y X) or three (Z Y X). Three equal numbers are
            taken for a 2D image, too: they state that a volume made from it has cubic voxels.
        ndim: number of axes of the image, 2 or 3.

    Raises:
        InputError: a size that is not finite and positive, or a wrong number of sizes.
    """
    try:
        if isinstance(size, (str, bytes)):
            raise TypeError("text is a sequence, too")
        sizes = tuple(size) if isinstance(size, Iterable) else (size,)
        numbers = tuple(float(s) for s in sizes)
    except (TypeError, ValueError, OverflowError):
        raise InputError(f"voxel size must be numbers, got {size!r}") from None
    for number in numbers:
        if not math.isfinite(number) or number <= 0:
            raise InputError(f"voxel size must be finite and greater than 0, got {number:g}")
    if len(numbers) == 1:
        return numbers * ndim
    if len(numbers) == 3 and ndim == 2 and len(set(numbers)) == 1:
        return numbers[:2]
    if len(numbers) != ndim:
        raise InputError(
            f"a {ndim}D image takes 1 or {ndim} voxel sizes "
            f"({'Y X' if ndim == 2 else 'Z Y X'}), got {len(numbers)}"
        )
    return numbers
