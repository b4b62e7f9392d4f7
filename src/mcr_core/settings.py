"""How a reconstruction is run: the options of the verbs `reconstruct` and `match`."""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal

from pydantic import Field, ValidationInfo, field_serializer, field_validator

from mcr_core.errors import OptionError
from mcr_core.losses import MSE, Loss
from mcr_core.losses import registry as losses
from mcr_core.optimizers import LBFGSB, Optimizer
from mcr_core.optimizers import registry as optimizers
from mcr_core.plugin import Frozen
from mcr_core.starts import GaussianField, Start
from mcr_core.starts import registry as starts

Symmetry = Literal[
    "auto", "none", "cubic", "isotropic", "transverse:z", "transverse:y", "transverse:x"
]

_FACTORS = {"": 1, "K": 2**10, "M": 2**20, "G": 2**30, "T": 2**40}


class Settings(Frozen):
    """Options of a reconstruction that do not describe its target."""

    optimizer: Optimizer = Field(default_factory=LBFGSB, description="What lowers the loss.")
    loss: Loss = Field(default_factory=MSE, description="The norm of the residuals.")
    weighting: Literal["given", "phases", "sampling"] = Field(
        "given",
        description="phases: the residuals of each phase are divided by its variance, fraction "
        "times (1 - fraction), so that a rare one counts as the others do; two phases: nothing "
        "changes. sampling: each residual is divided by the sampling error of its target value, "
        "so that the loss of a term is a reduced chi-square with mse, and terms need no weights.",
    )
    stop: Literal["flat", "noise_floor"] = Field(
        "flat",
        description="flat: a run ends where the loss falls no further, or after max_iter. "
        "noise_floor: also where the reduced chi-square is at most 1 and fewer than 0.1 % of the "
        "voxels have flipped in 20 iterations; with weighting=sampling and loss=mse.",
    )
    planes: Literal["all"] | Annotated[float, Field(gt=0, le=1)] = Field(
        "all",
        description="Part of the planes of each axis that an evaluation takes, drawn at random: "
        "for optimizers such as adam, and volumes that are large. The losses of a run are then "
        "estimates, that of its result is not.",
    )
    max_iter: int = Field(300, ge=0, le=1_000_000, description="Most iterations of the optimizer.")
    coarse_levels: int = Field(
        0,
        ge=0,
        le=6,
        description="How many coarser volumes come first, each of half the extent of the next: "
        "their steps cost little, and settle what is large. They share max_iter. Extents must be "
        "divisible, and lags fit into the coarsest one.",
    )
    seed: int = Field(0, ge=0, lt=2**63, description="Start of the random numbers.")
    start: Start = Field(
        default_factory=GaussianField,
        description="What to begin with. gaussian_field has the fractions and nearly the S2 of the "
        "target; noise is the start of the literature; volume is what is given as initial.",
    )
    parametrization: Literal["simplex", "box"] = Field(
        "simplex",
        description="simplex: fields that sum to 1 and keep the fractions, by free variables. "
        "box: fields between 0 and 1, and a penalty on their sum, as in the literature.",
    )
    finish_sweeps: int = Field(
        0,
        ge=0,
        le=1000,
        description="Swaps of neighbours a voxel that are tried after the last iteration; those "
        "that do not raise the loss are made.",
    )
    finish_seconds: float | None = Field(
        None,
        gt=0,
        allow_inf_nan=False,
        description="Most seconds that these swaps take; default: no limit. Where time ends them, "
        "the same seed need not give the same voxels.",
    )
    finish_smoothing: float = Field(
        0.0,
        ge=0,
        allow_inf_nan=False,
        description="Standard deviation in voxels of the Gaussian by which the phase boundaries "
        "are smoothed after the last iteration, before the swaps; the fractions stay. 0: none.",
    )
    symmetry: Symmetry = Field(
        "auto",
        description="What a volume is asked for. none: the statistics as measured, of one image on "
        "the planes of all axes. cubic: their mean over the symmetries of the square, and over all "
        "planes. isotropic: that, and S2 the same in all directions. transverse:z: cubic in the xy "
        "planes, one mean over xz and yz. auto: of one image cubic, if it is not anisotropic; of "
        "several planes none.",
    )
    realizable: bool = Field(
        True,
        description="Move S2 as little as possible to what a volume can have: consistent along the "
        "axes, no negative spectral density.",
    )
    open_result: bool = Field(
        False, description="Do not make the result periodic: opposite faces do not continue."
    )
    dtype: Literal["float32", "float64"] = Field("float32", description="Precision.")
    phase_sum_weight: float = Field(
        1.0,
        ge=0,
        allow_inf_nan=False,
        description="Weight of the penalty that makes fields sum to 1 (three phases and more).",
    )
    device: Literal["auto", "cpu", "gpu"] = Field("auto", description="Where to compute.")
    memory: str | None = Field(
        None, description="Most memory to use, for example 8GB; default: what the machine has."
    )

    @field_validator("optimizer", mode="before")
    @classmethod
    def _optimizer(cls, value: Any) -> Optimizer:
        return optimizers.create(value)

    @field_validator("loss", mode="before")
    @classmethod
    def _loss(cls, value: Any) -> Loss:
        return losses.create(value)

    @field_validator("stop")
    @classmethod
    def _stop(cls, value: str, info: ValidationInfo) -> str:
        loss, weighting = info.data.get("loss"), info.data.get("weighting")
        if value == "noise_floor" and not (isinstance(loss, MSE) and weighting == "sampling"):
            raise OptionError(
                "stop=noise_floor compares the loss with sampling errors: it needs "
                f"weighting=sampling and loss=mse, got weighting={weighting} and "
                f"loss={loss.name if loss else loss}"
            )
        return value

    @field_validator("start", mode="before")
    @classmethod
    def _start(cls, value: Any) -> Start:
        return starts.create(value)

    @field_validator("planes", mode="before")
    @classmethod
    def _planes(cls, value: Any, info: ValidationInfo) -> str | float:
        if value == "all":
            return "all"
        try:
            fraction = float(value)
        except (TypeError, ValueError):
            fraction = 0.0
        if isinstance(value, bool) or not 0 < fraction <= 1:
            raise OptionError(
                "expected planes to be all or a fraction above 0 and up to 1, "
                f"got {str(value)[:60]!r}"
            )
        optimizer = info.data.get("optimizer")
        if fraction < 1 and optimizer is not None and not optimizer.stochastic:
            raise OptionError(
                f"planes={fraction:g} draws other planes for every evaluation, and "
                f"{optimizer.name} compares losses of several: use planes=all, or an optimizer "
                "such as adam"
            )
        return fraction

    @field_validator("coarse_levels")
    @classmethod
    def _coarse_levels(cls, value: int, info: ValidationInfo) -> int:
        optimizer = info.data.get("optimizer")
        if value and optimizer is not None and not optimizer.needs_gradient:
            raise OptionError(
                f"coarse_levels={value} is for optimizers that use gradients, {optimizer.name} "
                "uses none: use coarse_levels=0, or an optimizer such as lbfgsb"
            )
        return value

    @field_validator("finish_seconds")
    @classmethod
    def _finish_seconds(cls, value: float | None, info: ValidationInfo) -> float | None:
        if value is not None and info.data.get("finish_sweeps") == 0:
            raise OptionError(
                f"finish_seconds={value:g} limits the time of finish_sweeps, which is 0: set "
                "finish_sweeps, for example to 10"
            )
        return value

    @field_validator("memory")
    @classmethod
    def _memory(cls, value: str | None) -> str | None:
        if value is not None:
            parse_memory(value)
        return value

    @property
    def plane_fraction(self) -> float:
        """Part of the planes of each axis that an evaluation takes, 1 for all."""
        return 1.0 if self.planes == "all" else self.planes

    @property
    def periodic(self) -> bool:
        """Whether opposite faces of the result continue each other."""
        return not self.open_result

    @classmethod
    def title(cls) -> str:
        """How errors call this class."""
        return "settings"

    @field_serializer("optimizer", "loss", "start")
    def _spec(self, plugin: Optimizer | Loss | Start) -> dict[str, Any]:
        return plugin.spec()


def parse_memory(text: str) -> int:
    """Return bytes for `8GB`, `500 MB` or a number of bytes.

    Raises:
        OptionError: the text is no such size.
    """
    match = re.fullmatch(r"\s*(\d{1,15}(?:\.\d+)?)\s*([KMGT]?)i?B?\s*", text, re.IGNORECASE)
    if not match or float(match[1]) == 0:
        raise OptionError(f"expected a memory size such as 8GB or 500MB, got {text!r}")
    return int(float(match[1]) * _FACTORS[match[2].upper()])
