"""Losses: functions that map the residual of a descriptor to one number a plane."""

from mcr_core.losses.base import Loss
from mcr_core.losses.mse import MSE
from mcr_core.registry import Registry

registry: Registry[Loss] = Registry(
    "loss",
    "losses",
    Loss,  # type: ignore[type-abstract]
    {"mse": "mcr_core.losses.mse:MSE"},
)
register = registry.register

__all__ = ["MSE", "Loss", "register", "registry"]
