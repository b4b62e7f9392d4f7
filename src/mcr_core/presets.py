"""Presets: what to prescribe and how to run, by one word."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Literal, get_args

from mcr_core.descriptors import Correlations, Descriptor, TwoPoint, Variation
from mcr_core.errors import OptionError
from mcr_core.planes import plane_names, plane_shape
from mcr_core.plugin import nearest
from mcr_core.settings import Settings
from mcr_core.term import Descriptors, Term, as_terms

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

PRESETS: Mapping[str, Preset] = MappingProxyType(
    {
        "fast": Preset("S2 to 24 pixels and the surface.", 0, {"max_iter": 60}),
        "balanced": Preset("S2 to 24 pixels, S3 to 8, and the surface.", 8, {"max_iter": 40}),
        "faithful": Preset(
            "S2 to 24 pixels, S3 to 12, and the surface; more iterations.", 12, {"max_iter": 150}
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
    name = name or "auto"
    if name not in get_args(PresetName):
        raise OptionError(f"unknown preset {name!r}: {nearest(name, get_args(PresetName))}")
    preset = PRESETS[_by_size(shape) if name == "auto" else name]
    chosen = Settings(**{**preset.settings, **settings.model_dump(exclude_unset=True)})
    if descriptors is not None:
        return as_terms(descriptors, limit_to), chosen
    extents = [*planes, *(plane_shape(shape, plane) for plane in plane_names(len(shape)))]
    # The mean over a part of the planes is not that over all.
    mean = chosen.plane_fraction == 1
    return preset.terms(min(map(min, extents)), limit_to, mean=mean), chosen


def _by_size(shape: Sequence[int]) -> str:
    return "balanced" if len(shape) == 2 or math.prod(shape) <= _MANY else "fast"
