"""How a reconstruction is run: the options of the verbs `reconstruct` and `match`."""

from __future__ import annotations

import re
from typing import Any, Literal

from pydantic import Field, field_serializer, field_validator

from mcr_core.errors import OptionError
from mcr_core.losses import MSE, Loss
from mcr_core.losses import registry as losses
from mcr_core.optimizers import LBFGSB, Optimizer
from mcr_core.optimizers import registry as optimizers
from mcr_core.plugin import Frozen

_FACTORS = {"": 1, "K": 2**10, "M": 2**20, "G": 2**30, "T": 2**40}


class Settings(Frozen):
    """Options of a reconstruction that do not describe its target."""

    optimizer: Optimizer = Field(default_factory=LBFGSB, description="What lowers the loss.")
    loss: Loss = Field(default_factory=MSE, description="The norm of the residuals.")
    max_iter: int = Field(300, ge=0, le=1_000_000, description="Most iterations of the optimizer.")
    seed: int = Field(0, ge=0, lt=2**63, description="Start of the random numbers.")
    start: Literal["gaussian_field", "noise"] = Field(
        "gaussian_field",
        description="gaussian_field has the fractions and nearly the S2 of the target; "
        "noise is the start of the literature.",
    )
    finish_sweeps: int = Field(
        0,
        ge=0,
        le=1000,
        description="Swaps of neighbours a voxel that are tried after the last iteration; those "
        "that do not raise the loss are made.",
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

    @field_validator("memory")
    @classmethod
    def _memory(cls, value: str | None) -> str | None:
        if value is not None:
            parse_memory(value)
        return value

    @property
    def periodic(self) -> bool:
        """Whether opposite faces of the result continue each other."""
        return not self.open_result

    @classmethod
    def title(cls) -> str:
        """How errors call this class."""
        return "settings"

    @field_serializer("optimizer", "loss")
    def _spec(self, plugin: Optimizer | Loss) -> dict[str, Any]:
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
