"""compare: how far two microstructures or characterizations are apart."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

from mcr_core.characterization import Characterization
from mcr_core.descriptors import Descriptor
from mcr_core.errors import InputError
from mcr_core.images.scale import METRES
from mcr_core.microstructure import Microstructure
from mcr_core.statistics.comparison import Comparison, differences
from mcr_core.statistics.shared import common
from mcr_core.term import Descriptors, as_descriptors
from mcr_core.verbs.characterize import characterize
from mcr_core.verbs.inputs import AnyPath, as_either

#: What two images are compared by, if nothing else is asked for.
DEFAULT_DESCRIPTORS = ("correlations", "variation", "volume_fractions")

_TOLERANCE = 1e-3

Side = Microstructure | Characterization | AnyPath


def compare(
    a: Side,
    b: Side,
    descriptors: Descriptors | None = None,
    *,
    limit_to: int | None = None,
    names: Sequence[str] = ("A", "B"),
) -> Comparison:
    """Compare two microstructures or characterizations, or one of each.

    Images are characterized first: with `descriptors`, or those of the other side where that is a
    characterization. Of characterizations, `descriptors` picks those of these names. What the two
    do not share is left out, and the notes of the result say so: descriptors, pyramid levels,
    lags beyond the smaller `limit_to`; and a 2D image stands for the planes of all three axes of
    a volume. Phases are paired in the order of their values. Lags count pixels, so pixels have
    to have one size.

    Args:
        a: the first; relative differences are relative to it. May be the path of a file.
        b: the second.
        descriptors: default for two images: correlations, variation and volume_fractions.
        limit_to: longest lag + 1 in pixels, for the descriptors of two images that have this
            option and do not set it.
        names: how pictures call the two.

    Raises:
        InputError: another number of phases, pixels of another size, nothing that both have, or
            an image too small for a descriptor.
        FileFormatError: a file is damaged or of a format that is not read.
    """
    first, second = as_either(a), as_either(b)
    wanted = check_request(first, second, descriptors, limit_to)
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


def check_request(
    a: Microstructure | Characterization,
    b: Microstructure | Characterization,
    descriptors: Descriptors | None = None,
    limit_to: int | None = None,
) -> tuple[Descriptor, ...] | None:
    """Check that two sides can be compared, before anything is computed.

    Returns:
        What to compare by, or None: by all that a characterization has.

    Raises:
        InputError: another number of phases, pixels of another size, or an option of images for a
            characterization.
    """
    _check_sides(a, b)
    if isinstance(a, Microstructure) and isinstance(b, Microstructure):
        return as_descriptors(DEFAULT_DESCRIPTORS if descriptors is None else descriptors, limit_to)
    if limit_to is not None:
        raise InputError(
            "limit_to is for two images: a characterization has its own; say -d (descriptors= in "
            "Python) to choose of it"
        )
    return None if descriptors is None else as_descriptors(descriptors)


def _check_sides(
    a: Microstructure | Characterization, b: Microstructure | Characterization
) -> None:
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


def _characterized(
    a: Microstructure | Characterization,
    b: Microstructure | Characterization,
    wanted: Sequence[Descriptor] | None,
) -> tuple[Characterization, Characterization]:
    known = [_picked(side, wanted) for side in (a, b) if isinstance(side, Characterization)]
    if known:
        chosen = [descriptor for source in known for descriptor in source.descriptors]
    else:
        chosen = list(wanted or ())

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
