"""Starts: the fields that a reconstruction begins with."""

from __future__ import annotations

from mcr_core.registry import Registry
from mcr_core.starts.base import Start
from mcr_core.starts.gaussian_field import GaussianField
from mcr_core.starts.noise import Noise
from mcr_core.starts.volume import Volume

registry: Registry[Start] = Registry(
    "start",
    "starts",
    Start,  # type: ignore[type-abstract]
    {
        "gaussian_field": "mcr_core.starts.gaussian_field:GaussianField",
        "noise": "mcr_core.starts.noise:Noise",
        "volume": "mcr_core.starts.volume:Volume",
    },
)
register = registry.register

__all__ = ["GaussianField", "Noise", "Start", "Volume", "register", "registry"]
