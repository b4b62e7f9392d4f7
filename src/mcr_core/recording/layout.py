"""What a recording consists of.

The UTF-8 datasets `recording` with JSON (`Meta`, and `format_version`), `job` with the JSON of the
whole job, and `history` with the columns of `mcr_core.history`; and for each mark the labels
`marks/<number>`, uint8 of shape (Y, X) or (Z, Y, X), one chunk compressed by deflate.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import (
    AwareDatetime,
    ConfigDict,
    Field,
    NonNegativeFloat,
    NonNegativeInt,
    PositiveFloat,
    PositiveInt,
    model_validator,
)

from mcr_core.characterization_file.layout import RECORDING
from mcr_core.described_file import check_grid
from mcr_core.microstructure import MAX_PHASES, Microstructure
from mcr_core.plugin import Frozen

FORMAT_VERSION = 1

META = RECORDING
JOB = "job"
HISTORY = "history"
MARKS = "marks"


class Meaning(Frozen):
    """What the labels of a mark mean: the attributes of a `Microstructure`, and its shape."""

    model_config = ConfigDict(extra="ignore", allow_inf_nan=False)

    shape: tuple[PositiveInt, ...] = Field(min_length=2, max_length=3)
    phase_values: tuple[int | float, ...] = Field(min_length=1, max_length=MAX_PHASES)
    phase_names: tuple[str, ...]
    voxel_size: tuple[PositiveFloat, ...]
    unit: Literal["pixel", "nm", "um", "mm", "m"]
    periodic: bool

    @classmethod
    def of(cls, microstructure: Microstructure) -> Meaning:
        """Return what the labels of a microstructure mean."""
        return cls(**{name: getattr(microstructure, name) for name in cls.model_fields})

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        check_grid(self.phase_values, self.phase_names, self.voxel_size, self.shape)
        return self


class MarkMeta(Frozen):
    """The numbers of a mark; a loss of None is not known."""

    model_config = ConfigDict(extra="ignore", allow_inf_nan=False)

    iteration: NonNegativeInt
    level: NonNegativeInt
    loss: float | None
    meaning: Meaning


class Meta(Frozen):
    """What is recorded of a run, beside its job, its history and the labels of its marks.

    `stop_reason` is None while the run goes on; see `Recording` for the others.
    """

    model_config = ConfigDict(extra="ignore", allow_inf_nan=False)

    name: str = Field(max_length=1000)
    began: AwareDatetime
    written: AwareDatetime
    seconds: NonNegativeFloat
    max_iter: NonNegativeInt
    stop_reason: Literal["max_iter", "converged", "noise_floor", "stopped", "diverged"] | None
    loss: float | None
    notes: tuple[str, ...] = ()
    about: dict[str, Any] = Field(default_factory=dict)
    marks: Annotated[tuple[MarkMeta, ...], Field(min_length=1, max_length=10_000)]
