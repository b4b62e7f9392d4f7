"""How titles and tables call descriptors, levels, phases and sources."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from mcr_core.characterization import Characterization
from mcr_core.descriptors import Descriptor
from mcr_core.given_arrays.lag_extent import FROM_ARRAYS, lag_extent
from mcr_core.microstructure import field_phases

#: Options that a title always gives: the others only where they are no default.
_ALWAYS = ("limit_to",)
#: The value of this option is said by the planes.
_NEVER = ("domain",)
#: Characters of a value that a title shows.
_LONGEST = 24


def descriptor_name(descriptor: Descriptor) -> str:
    """Name and options, for example `correlations (limit_to=8, form=soft)`."""
    options = []
    for option, field in type(descriptor).model_fields.items():
        value = getattr(descriptor, option)
        told = value != field.default or (option in _ALWAYS and value is not None)
        if told and option not in _NEVER:
            options.append(f"{option}={_text(value)}")
    return descriptor.name + (f" ({', '.join(options)})" if options else "")


def _text(value: Any) -> str:
    text = "/".join(map(str, value)) if isinstance(value, (tuple, list)) else str(value)
    # The checksum of a network's weights, for example.
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"


def level_name(level: int) -> str:
    """How large the pixels of a level of the pyramid are."""
    return "" if level == 0 else f"level {level} (pixels of {2**level} x {2**level})"


def planes_name(plane: str) -> str:
    """What the statistics of one name are of."""
    return {"all": "", "volume": "volume"}.get(plane, f"{plane} planes")


def field_names(source: Characterization, descriptor: Descriptor | None = None) -> list[str]:
    """Name of each field of the values: of the phases, or of all phases together."""
    fields = field_phases(source.phase_count)
    if descriptor is not None and descriptor.result_fields(len(fields)) != len(fields):
        return ["all phases"] * descriptor.result_fields(len(fields))
    if descriptor is not None and descriptor.takes == "phases":
        return ["all phases"]
    labels = phase_labels(source)
    return [labels[phase] for phase in fields]


def phase_labels(source: Characterization) -> list[str]:
    """Names of the phases, with their values where two have one name."""
    names = source.phase_names
    if len(set(names)) == len(names):
        return list(names)
    return [f"{name} ({v:g})" for name, v in zip(names, source.phase_values, strict=True)]


def source_name(source: Characterization) -> str:
    """Extent, size of a pixel, boundary and number of images, in words; of arrays their lags."""
    extent = " x ".join(map(str, source.source_shape))
    edges = source.voxel_size[:1] if len(set(source.voxel_size)) == 1 else source.voxel_size
    unit = "µm" if source.unit == "um" else source.unit
    known = source.unit != "pixel" or set(source.voxel_size) != {1.0}
    pixels = f" of {' x '.join(f'{edge:g}' for edge in edges)} {unit}" if known else ""
    words = "voxels" if len(source.source_shape) == 3 else "pixels"
    boundary = "periodic" if source.periodic else "open"
    if FROM_ARRAYS in source.notes and not source.is_directional:
        # No image of the extent was there: arrays have lags.
        lags = f"arrays ({lag_extent(source)})"
        return f"{lags}, pixels{pixels}, {boundary}" if known else f"{lags}, {boundary}"
    masked = ", masked" if source.masked else ""
    images = f"{source.images} images, " if source.images > 1 else ""
    return f"{images}{extent} {words}{pixels}, {boundary}{masked}"


def percent(share: float) -> str:
    """A share with three digits, never as a power of ten."""
    value = 100 * share
    if value < 1e-4:
        return "0 %" if value < 1e-9 else "< 0.0001 %"  # rounding errors are no difference
    return f"{value:.0f} %" if value >= 100 else f"{value:.3g} %"


def aligned(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a table as lines of aligned columns."""
    lines = [head, *rows]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return "\n".join(
        "  ".join(text.ljust(width) for text, width in zip(line, widths, strict=True)).rstrip()
        for line in lines
    )
