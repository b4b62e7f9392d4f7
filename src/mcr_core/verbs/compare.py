"""compare: how far two microstructures or characterizations are apart."""

from __future__ import annotations

import math
import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from mcr_core.characterization import Characterization
from mcr_core.characterization_file import SUFFIXES, read_characterization
from mcr_core.descriptors import Descriptor
from mcr_core.errors import InputError
from mcr_core.images import read
from mcr_core.images.scale import METRES
from mcr_core.microstructure import Microstructure
from mcr_core.statistics.comparison import Comparison, differences
from mcr_core.statistics.shared import common
from mcr_core.term import Term, as_terms
from mcr_core.verbs.characterize import characterize

#: What two images are compared by, if nothing else is asked for.
DEFAULT_DESCRIPTORS = ("correlations", "variation", "volume_fractions")

_TOLERANCE = 1e-3

Side = Microstructure | Characterization | str | os.PathLike[str]
Descriptors = Sequence[Term | Descriptor | str | dict[str, Any]]


def compare(
    a: Side, b: Side, descriptors: Descriptors | None = None, *, names: Sequence[str] = ("A", "B")
) -> Comparison:
    """Compare two microstructures or characterizations, or one of each.

    Images are characterized first: with `descriptors`, or those of the other side where that is a
    characterization. Of characterizations, `descriptors` picks those of these names. What the two
    do not share is left out, and the notes of the result say so: descriptors, pyramid levels,
    lags beyond the smaller `limit_to`; and a 2D image stands for the planes of all three axes of
    a volume. Phases are paired in the order of their values. Lags count pixels, so pixels have
    to have one size.

    Args:
        a: the first; relative differences are relative to it. May be the name of a file.
        b: the second.
        descriptors: default for two images: correlations, variation and volume_fractions.
        names: how pictures call the two.

    Raises:
        InputError: another number of phases, pixels of another size, nothing that both have, or
            an image too small for a descriptor.
        FileFormatError: a file is damaged or of a format that is not read.
    """
    first, second = _loaded(a), _loaded(b)
    check_sides(first, second)
    wanted = None if descriptors is None else [term.descriptor for term in as_terms(descriptors)]
    one, other = _characterized(first, second, wanted)
    notes = [*_about_phases(one, other), *_about_scale(one, other)]
    paired = replace(other, phase_values=one.phase_values, phase_names=one.phase_names)
    (left, right), left_out = common([one, paired])
    return Comparison(
        a=one,
        b=other,
        shared=(left, right),
        names=(names[0], names[1]),
        rows=differences(left, right),
        notes=(*notes, *left_out),
    )


def check_sides(a: Microstructure | Characterization, b: Microstructure | Characterization) -> None:
    """Check that two sides can be compared, before anything is computed.

    Raises:
        InputError: another number of phases, or pixels of another size.
    """
    if a.phase_count != b.phase_count:
        counts = (
            f"{c.phase_count} ({', '.join(f'{v:g}' for v in c.phase_values)})" for c in (a, b)
        )
        raise InputError(f"expected as many phases on both sides, got {' and '.join(counts)}")
    if "pixel" in (a.unit, b.unit):
        return
    sizes = [[edge * METRES[c.unit] for edge in c.voxel_size] for c in (a, b)]
    if len(sizes[0]) == len(sizes[1]):
        pairs = list(zip(*sizes, strict=True))
    else:  # a plane against those of three axes: every edge is that of every pixel
        pairs = [(p, q) for p in sizes[0] for q in sizes[1]]
    if not all(math.isclose(p, q, rel_tol=_TOLERANCE) for p, q in pairs):
        raise InputError(
            f"expected pixels of one size on both sides, got {_scale(a)} and {_scale(b)}, and lags "
            "count pixels: resample one, or state --voxel-size and --unit if a file is wrong"
        )


def _loaded(side: Side) -> Microstructure | Characterization:
    if isinstance(side, (Microstructure, Characterization)):
        return side
    if not isinstance(side, (str, os.PathLike)):
        raise InputError(
            "expected microstructures, characterizations or names of files to compare, "
            f"got {type(side).__name__}"
        )
    if Path(side).suffix.lower() in SUFFIXES:
        return read_characterization(side)
    return read(side)


def _characterized(
    a: Microstructure | Characterization,
    b: Microstructure | Characterization,
    wanted: Sequence[Descriptor] | None,
) -> tuple[Characterization, Characterization]:
    known = [_picked(side, wanted) for side in (a, b) if isinstance(side, Characterization)]
    if known:
        chosen = [descriptor for source in known for descriptor in source.descriptors]
    else:
        chosen = list(wanted or [term.descriptor for term in as_terms(DEFAULT_DESCRIPTORS)])

    def values(side: Microstructure | Characterization) -> Characterization:
        if isinstance(side, Characterization):
            return _picked(side, wanted)
        fitting = [d for d in chosen if side.ndim == 3 or not d.volumetric]
        return characterize(side, fitting or chosen)

    return values(a), values(b)


def _picked(source: Characterization, wanted: Sequence[Descriptor] | None) -> Characterization:
    """Keep the descriptors that have the name of a wanted one."""
    if wanted is None:
        return source
    names = {descriptor.name for descriptor in wanted}
    kept = [n for n, descriptor in enumerate(source.descriptors) if descriptor.name in names]
    if not kept:
        raise InputError(
            f"the characterization has {', '.join(d.name for d in source.descriptors)}, "
            f"not {', '.join(sorted(names))}: characterize again with it"
        )
    planes = {
        name: replace(
            row,
            values=tuple(row.values[n] for n in kept),
            errors=row.errors
            and replace(row.errors, values=tuple(row.errors.values[n] for n in kept)),
        )
        for name, row in source.planes.items()
    }
    return replace(
        source,
        descriptors=tuple(source.descriptors[n] for n in kept),
        planes=planes,
        volume=tuple(source.volume[n] for n in kept) if source.volume else (),
    )


def _about_phases(a: Characterization, b: Characterization) -> list[str]:
    if a.phase_values == b.phase_values:
        return []
    pairs = (f"{p:g} with {q:g}" for p, q in zip(a.phase_values, b.phase_values, strict=True))
    return [f"phases are paired in the order of their values: {', '.join(pairs)}"]


def _about_scale(a: Characterization, b: Characterization) -> list[str]:
    scales = _scale(a), _scale(b)
    if (a.unit, b.unit) == ("pixel", "pixel"):
        alike = len({*a.voxel_size, *b.voxel_size}) == 1 or a.voxel_size == b.voxel_size
    else:
        alike = "pixel" not in (a.unit, b.unit)  # lengths were checked
    if alike:
        return []
    return [f"pixels are {scales[0]} and {scales[1]}: lags are compared pixel by pixel"]


def _scale(source: Microstructure | Characterization) -> str:
    edges = source.voxel_size[:1] if len(set(source.voxel_size)) == 1 else source.voxel_size
    return f"{' x '.join(f'{edge:g}' for edge in edges)} {source.unit}"
