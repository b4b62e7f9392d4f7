"""What a characterization file consists of.

The UTF-8 dataset `meta` with JSON; a group `planes/<name>` for each kind of plane with
`phase_fractions`, `s2`, `pairs` and `values/<index>/<level>/<block>`; the group
`volume/<index>/<level>/<block>` for descriptors of whole volumes; where sampling errors are known,
a group `errors/<name>` with `phase_fractions`, `s2` and `values/...` as above. Where they come from
is in `meta`, at `errors`; files without that entry have the scatter between several images.

What a run asked of the planes of a volume is in groups `prescribed/<name>`, as in `planes/<name>`;
`meta` says at `prescribed` which of them each of xy, xz and yz has. `direction` in `meta` says
whether the only image has a preferred direction, `preset` which preset the descriptors are of.
Files may lack these; older software skips them.
"""

from __future__ import annotations

from typing import Any, Literal, Self

from pydantic import ConfigDict, Field, PositiveFloat, PositiveInt, model_validator

from mcr_core.described_file import check_grid
from mcr_core.microstructure import MAX_PHASES
from mcr_core.planes import PLANES
from mcr_core.plugin import Frozen

FORMAT_VERSION = 1

META = "meta"
#: What the recording of a run has in its place, so that one is not taken for the other.
RECORDING = "recording"
STATISTICS = ("phase_fractions", "s2", "pairs")
WITH_ERRORS = ("phase_fractions", "s2")


class ErrorMeta(Frozen):
    """Where the sampling errors of one kind of planes come from; see `SamplingErrors`."""

    model_config = ConfigDict(extra="ignore", allow_inf_nan=False)

    origin: Literal["images", "image"] = "images"
    degrees: PositiveFloat | None = None
    bounds: tuple[str, ...] = ()


class DirectionMeta(Frozen):
    """Whether the only image has a preferred direction; see `DirectionFinding`."""

    model_config = ConfigDict(extra="ignore", allow_inf_nan=False)

    significant: bool
    phase: str = Field(max_length=1000)
    longer: str = Field(max_length=100)
    shorter: str = Field(max_length=100)
    difference: float
    error: float
    lags: PositiveInt


class Meta(Frozen):
    """What the arrays of a file mean."""

    model_config = ConfigDict(extra="ignore", allow_inf_nan=False)

    descriptors: tuple[dict[str, Any], ...] = Field(min_length=1)
    phase_values: tuple[int | float, ...] = Field(min_length=2, max_length=MAX_PHASES)
    phase_names: tuple[str, ...]
    voxel_size: tuple[PositiveFloat, ...]
    unit: Literal["pixel", "nm", "um", "mm", "m"]
    source_shape: tuple[PositiveInt, ...] = Field(min_length=2, max_length=3)
    periodic: bool
    masked: bool
    images: PositiveInt
    versions: dict[str, str]
    notes: tuple[str, ...] = ()
    errors: dict[str, ErrorMeta] = Field(default_factory=dict)
    direction: DirectionMeta | None = None
    prescribed: dict[str, Literal["xy", "xz", "yz"]] = Field(default_factory=dict)
    preset: str | None = Field(None, max_length=100)

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        check_grid(self.phase_values, self.phase_names, self.voxel_size, self.source_shape)
        if self.prescribed and set(self.prescribed) != set(PLANES):
            raise ValueError("expected what is prescribed on the planes xy, xz and yz, or nothing")
        return self

    def planes(self, pooled: bool) -> tuple[tuple[str, bool], ...]:
        """Names of the kinds of planes, and whether they have to be there.

        Args:
            pooled: whether the planes of a volume share their statistics.
        """
        if pooled or len(self.source_shape) == 2:
            return (("all", True), ("cubic", False))
        return tuple((name, True) for name in PLANES)
