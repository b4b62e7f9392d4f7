"""Presets: what to prescribe and how to run, by one word."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Literal, get_args

from mcr_core.characterization import Characterization
from mcr_core.descriptors import Correlations, Descriptor, TwoPoint, Variation
from mcr_core.errors import InputError, OptionError
from mcr_core.given_arrays.lag_extent import FROM_ARRAYS
from mcr_core.planes import plane_names, plane_shape
from mcr_core.plugin import nearest
from mcr_core.settings import Settings
from mcr_core.term import Descriptors, Term, as_descriptors, as_terms

PresetName = Literal["auto", "fast", "balanced", "faithful"]


@dataclass(frozen=True)
class Preset:
    """Terms and settings that go together.

    Attributes:
        summary: what it prescribes, in a sentence.
        near: `limit_to` of S₃ where the planes are large enough; 0: S₃ is not prescribed.
        settings: fields of `Settings` that differ from the default.
    """

    summary: str
    near: int
    settings: Mapping[str, Any] = field(default_factory=dict)

    def terms(self, extent: int, limit_to: int | None, *, mean: bool) -> tuple[Term, ...]:
        """Return the terms.

        Args:
            extent: shortest edge of the planes of source and result, in pixels.
            limit_to: in place of `near`.
            mean: whether the mean over planes can be prescribed; else every plane is.
        """
        over: Literal["mean", "planes"] = "mean" if mean else "planes"
        fitting = max(2, (extent + 1) // 2)
        near = limit_to or min(self.near, fitting)
        far = TwoPoint(limit_to=min(max(_FAR, near), fitting))
        found: list[tuple[Descriptor, float]] = [(far, 10.0), (Variation(), 1.0)]
        if self.near:
            found.insert(1, (Correlations(limit_to=near), 1.0))
        return tuple(Term(descriptor=one, weight=weight, over=over) for one, weight in found)


#: How far S₂ is prescribed where images are large enough: by FFT its lags cost nothing, but
#: further out few independent pairs are left in an image.
_FAR = 24
#: Voxels up to which `auto` is `balanced`.
_MANY = 2**22

#: A rare phase, as a binder of 7 %, is met no worse than the others.
_ALIKE = {"weighting": "phases"}

PRESETS: Mapping[str, Preset] = MappingProxyType(
    {
        "fast": Preset("S2 to 24 pixels and the surface.", 0, _ALIKE | {"max_iter": 60}),
        "balanced": Preset(
            "S2 to 24 pixels, S3 to 8, and the surface.", 8, _ALIKE | {"max_iter": 40}
        ),
        "faithful": Preset(
            "S2 to 24 pixels, S3 to 12, and the surface; more iterations.",
            12,
            _ALIKE | {"max_iter": 150},
        ),
    }
)


def resolved(
    name: str | None,
    descriptors: Descriptors | None,
    limit_to: int | None,
    settings: Settings,
    *,
    planes: Iterable[Sequence[int]],
    shape: Sequence[int],
) -> tuple[tuple[Term, ...], Settings]:
    """Return the terms and settings of a run, those of a preset where nothing else is given.

    Settings that were given stay as they are; those that were not are the preset's. Its limits are
    cut to what fits into the planes, 2 L − 1 pixels. `auto` is `balanced` for 2D results and
    volumes of up to 2^22 voxels, and `fast` beyond.

    Args:
        name: of a preset, or `auto`. None: `auto` without descriptors, and no preset with them.
        descriptors: in place of the preset's terms.
        limit_to: longest lag + 1 in pixels, of descriptors that do not set it; of a preset, S₃.
        settings: with what was given set, see pydantic's `model_fields_set`.
        planes: extents (rows, columns) of the planes of the source.
        shape: extent of the result.

    Raises:
        OptionError: no such preset.
    """
    if name is None and descriptors is not None:
        return as_terms(descriptors, limit_to), settings
    preset = PRESETS[preset_name(name or "auto", shape)]
    chosen = Settings(**{**preset.settings, **settings.model_dump(exclude_unset=True)})
    if descriptors is not None:
        return as_terms(descriptors, limit_to), chosen
    extents = [*planes, *_planes(shape)]
    # The mean over a part of the planes is not that over all.
    mean = chosen.plane_fraction == 1
    return preset.terms(min(map(min, extents)), limit_to, mean=mean), chosen


def described(
    name: str | None,
    descriptors: Descriptors | None,
    limit_to: int | None,
    shape: Sequence[int] | None,
) -> Callable[[Sequence[Sequence[int]]], tuple[tuple[Descriptor, ...], str | None]]:
    """Return what tells the descriptors of a characterization, given the extents of its images.

    And the name of the preset: for `auto` that of the shape.

    Args:
        name: of a preset, or `auto`: its descriptors are taken.
        descriptors: without a preset; see `as_descriptors`.
        limit_to: as for `resolved`.
        shape: extent of the result that it is for. Default: that of the first image.

    Raises:
        InputError: no such preset, or options that do not go together.
    """
    if name is None:
        if shape is not None:
            raise InputError(
                "shape is for a preset, which cuts its limits to it: name a preset, or leave it out"
            )
        given = as_descriptors(descriptors, limit_to)
        return lambda extents: (given, None)
    if descriptors is not None:
        raise InputError(
            "give descriptors or a preset, not both: what else a preset has are settings of a run"
        )
    preset_name(name, (1, 1))  # a wrong name is refused before an image is read

    def found(extents: Sequence[Sequence[int]]) -> tuple[tuple[Descriptor, ...], str | None]:
        planes = [plane for extent in extents for plane in _planes(extent)]
        made = shape or extents[0]
        terms, _ = resolved(name, None, limit_to, Settings(), planes=planes, shape=made)
        return tuple(term.descriptor for term in terms), preset_name(name, made)

    return found


def resolved_for(
    target: Characterization,
    name: str | None,
    descriptors: Descriptors | None,
    settings: Settings,
    *,
    shape: Sequence[int],
) -> tuple[Descriptors | None, Settings]:
    """Return what `resolved` does, for a target: its terms are those that the target holds.

    That is the descriptor of the target with the options of the preset; its `limit_to` may be
    another, the nearest of those that fit into the planes of the result.

    Args:
        target: the statistics to meet.
        name: of a preset, or `auto`. None: no preset.
        descriptors: in place of the preset's terms.
        settings: as for `resolved`.
        shape: extent of the result.

    Raises:
        InputError: no such preset, or the target lacks a descriptor of it.
    """
    if name is None:
        return descriptors, settings
    planes = _planes(target.source_shape)
    terms, chosen = resolved(name, descriptors, None, settings, planes=planes, shape=shape)
    if descriptors is not None:
        return descriptors, chosen
    taken = preset_name(name, shape)
    known = target.descriptors
    command = f"`mcr characterize IMAGE -o FILE --preset {taken}"
    if min(shape) < min(target.source_shape):
        command += f" --shape {' '.join(map(str, shape))}"
    mend, fit = f"make one that has by {command}`", f"make a target for this shape by {command}`"
    if FROM_ARRAYS in target.notes:  # there is no image
        mend = (
            "it is of arrays: say what of it to prescribe beside the preset, "
            f"{' '.join(f'-d {one.name}' for one in known)} (descriptors= in Python), or leave the "
            "preset out"
        )
        fit = "choose a larger shape, or give from-arrays a smaller limit_to"
    alike = {term: [one for one in known if _alike(one, term.descriptor)] for term in terms}
    lacking = [_text(term.descriptor, known) for term, found in alike.items() if not found]
    if lacking:
        raise InputError(
            f"the target has no {', no '.join(lacking)}, which the preset {taken} prescribes: "
            f"{mend}"
        )
    return tuple(_held(term, found, min(shape), fit) for term, found in alike.items()), chosen


def _held(term: Term, found: Sequence[Descriptor], edge: int, mend: str) -> Term:
    """Return the term with that of the target's descriptors that fits and is nearest to it."""
    own = term.descriptor
    fitting = [one for one in found if one.smallest_extent() <= edge]
    if not fitting and own.smallest_extent() <= edge:
        least = min(one.smallest_extent() for one in found)
        raise InputError(
            f"{own.name} of the target needs planes of at least {least} pixels, those of the "
            f"result have {edge}: {mend}"
        )
    best = min(fitting or found, key=lambda one: abs(_limit(one) - _limit(own)))
    return term.model_copy(update={"descriptor": best})


def _alike(one: Descriptor, other: Descriptor) -> bool:
    """Whether two descriptors are the same, `limit_to` aside."""
    own, others = (d.model_dump(exclude={"limit_to"}) for d in (one, other))
    return one.name == other.name and own == others


def _limit(descriptor: Descriptor) -> int:
    found: int = getattr(descriptor, "limit_to", 0)
    return found


def _text(descriptor: Descriptor, known: Sequence[Descriptor]) -> str:
    """The name; with its options if others are known by that name."""
    if not any(one.name == descriptor.name for one in known):
        return descriptor.name
    options = descriptor.model_dump(exclude={"limit_to"})
    return f"{descriptor.name} with {', '.join(f'{key}={options[key]}' for key in options)}"


def _planes(extent: Sequence[int]) -> list[tuple[int, int]]:
    return [plane_shape(extent, plane) for plane in plane_names(len(extent))]


def preset_name(name: str, shape: Sequence[int]) -> str:
    """Return the name of a preset, for `auto` by the shape.

    Raises:
        OptionError: no such preset.
    """
    if name not in get_args(PresetName):
        raise OptionError(f"unknown preset {name!r}: {nearest(name, get_args(PresetName))}")
    if name != "auto":
        return name
    return "balanced" if len(shape) == 2 or math.prod(shape) <= _MANY else "fast"
