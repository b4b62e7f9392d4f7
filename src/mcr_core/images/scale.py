"""Voxel sizes and units as files state them; in TIFF: ImageJ, OME-XML, or tags for a printer."""

from __future__ import annotations

import logging
import math
from collections.abc import Mapping, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from mcr_core.errors import InputError
from mcr_core.units import parse_unit

log = logging.getLogger("mcr_core.images")

METRES = {"nm": 1e-9, "um": 1e-6, "mm": 1e-3, "m": 1.0}

# Lengths that files use and that we do not: factor and unit.
_FOREIGN = {
    "pm": (1e-3, "nm"),
    "picometer": (1e-3, "nm"),
    "picometre": (1e-3, "nm"),
    "å": (0.1, "nm"),
    "angstrom": (0.1, "nm"),
    "cm": (10.0, "mm"),
    "centimeter": (10.0, "mm"),
    "centimetre": (10.0, "mm"),
    "in": (25.4, "mm"),
    "inch": (25.4, "mm"),
}
_NO_LENGTH = ("none", "reference frame")

# Values of the tag ResolutionUnit.
_PRINTING = {2: "inch", 3: "cm"}

# Rationals of six digits, as ImageJ writes them, are no more exact than this.
_ROUNDING = 1e-4

Sizes = tuple[dict[str, float], str]


def imagej_scale(path: Path, properties: Mapping[str, Any], resolution: Resolution) -> Sizes:
    """Return the edge lengths along Z, Y, X and their unit, from the properties of ImageJ."""
    word = str(properties.get("unit", ""))
    # ImageJ escapes what is not ASCII: \u00B5m.
    word = word.replace("\\u00B5", "µ").replace("\\u00b5", "µ")
    sizes = {"Z": usable_size(path, "Z", float(properties.get("spacing", 1.0)))}
    if word or not resolution.printing:
        sizes |= {"Y": resolution.y, "X": resolution.x}
    else:
        _ignore_printing(path, resolution)
    factor, unit = known_unit(path, word)
    return _tidy({axis: factor * size for axis, size in sizes.items()}), unit


def ome_scale(path: Path, xml: str) -> Sizes:
    """Return the edge lengths along Z, Y, X and their unit, from the first image in OME-XML."""
    pixels = next((e for e in ElementTree.fromstring(xml).iter() if e.tag.endswith("Pixels")), None)
    found: dict[str, tuple[float, str]] = {}
    for axis in "XYZ":
        size = None if pixels is None else pixels.get(f"PhysicalSize{axis}")
        if pixels is not None and size is not None:
            word = pixels.get(f"PhysicalSize{axis}Unit", "µm")  # the default of the OME schema
            factor, unit = known_unit(path, word)
            found[axis] = (factor * usable_size(path, axis, float(size)), unit)
    if not found:
        return {}, "pixel"
    sizes, unit = common_unit(found)
    for missing in (a for a in "YXZ" if a not in sizes):
        sizes[missing] = sizes.get("X", next(iter(sizes.values())))
        if missing != "Z" or (pixels is not None and pixels.get("SizeZ") != "1"):
            log.warning(
                "%s: it states no size along %s; %g %s is taken, as along the other axes",
                path, missing, sizes[missing], unit,
            )  # fmt: skip
    return sizes, unit


def common_unit(found: Mapping[str, tuple[float, str]]) -> Sizes:
    """Return sizes that each have a unit in the unit of the first."""
    unit = next(iter(found.values()))[1]
    return {axis: _convert(size, old, unit) for axis, (size, old) in found.items()}, unit


def plain_scale(path: Path, resolution: Resolution) -> Sizes:
    """Return no sizes: resolution tags alone are meant for a printer."""
    if resolution.printing:
        _ignore_printing(path, resolution)
    return {}, "pixel"


class Resolution:
    """The resolution tags of a page: pixels per unit, inverted to edge lengths.

    Attributes:
        x: edge length along X in the unit of the file; 1 where the tag is missing or absurd.
        y: the same along Y.
        printing: `inch` or `cm` if the tags count pixels per inch or cm, else an empty text.
    """

    def __init__(self, x: Any, y: Any, unit: Any) -> None:
        self.x, self.y = _edge(x), _edge(y)
        absent = x is None and y is None
        self.printing = "" if absent else _PRINTING.get(int(unit or 1), "")


def same_scale(a: Sequence[float], unit_a: str, b: Sequence[float], unit_b: str) -> bool:
    """Tell whether two scales are equal within the rounding of TIFF tags."""
    return unit_a == unit_b and all(
        math.isclose(p, q, rel_tol=1e-3) for p, q in zip(a, b, strict=True)
    )


def tag_scale(voxel_size: Sequence[float], unit: str) -> tuple[tuple[float, ...], str]:
    """Return the scale to write into tags, which are 32-bit fractions of pixels per unit.

    The unit changes where the sizes would not fit (0.1 nm given in m); sizes that fit in no unit
    are not written: all 1 pixel.
    """
    units = [unit, *(u for u in METRES if u != unit)] if unit in METRES else [unit]
    for candidate in units:
        sizes = tuple(_convert(size, unit, candidate) for size in voxel_size)
        if all(1e-6 <= size <= 1e6 for size in sizes):
            return sizes, candidate
    return (1.0,) * len(voxel_size), "pixel"


def known_unit(path: Path, word: str) -> tuple[float, str]:
    """Return the factor and our unit for a word in a file."""
    lower = word.strip().lower()
    if lower in _NO_LENGTH:
        return 1.0, "pixel"
    if lower in _FOREIGN:
        return _FOREIGN[lower]
    try:
        return 1.0, parse_unit(word)
    except InputError:
        log.warning("%s: its unit %r is not known and read as pixel; state it with --unit",
                    path, word)  # fmt: skip
        return 1.0, "pixel"


def usable_size(path: Path, axis: str, size: float) -> float:
    """Return a size without its sign, which tells a direction; 1, and a warning, if it is none."""
    if math.isfinite(size) and size != 0:
        return abs(size)
    log.warning("%s: its voxel size %g along %s is no length and read as 1; state it with "
                "--voxel-size", path, size, axis)  # fmt: skip
    return 1.0


def _convert(size: float, old: str, new: str) -> float:
    return size if old == new else size * (METRES.get(old, 1.0) / METRES.get(new, 1.0))


def _ignore_printing(path: Path, resolution: Resolution) -> None:
    log.warning(
        "%s: its resolution (%g pixels per %s) is meant for printing and ignored; "
        "state the size of a pixel with --voxel-size and --unit",
        path, 1 / resolution.x, resolution.printing,
    )  # fmt: skip


def _edge(tag: Any) -> float:
    """Return the edge length for a tag of pixels per unit, a fraction."""
    if not isinstance(tag, tuple) or len(tag) != 2 or not tag[0] or not tag[1]:
        return 1.0
    return float(1 / Fraction(*tag))


def _tidy(sizes: dict[str, float]) -> dict[str, float]:
    """Undo the rounding of tags: six digits, and equal where they differ by rounding only."""
    tidy: dict[str, float] = {}
    for axis in "ZYX":  # spacing is a decimal text, so Z is the most exact
        if axis in sizes:
            size = float(f"{abs(sizes[axis]):.6g}")
            close = (s for s in tidy.values() if math.isclose(s, size, rel_tol=_ROUNDING))
            tidy[axis] = next(close, size)
    return tidy
