"""Losses: functions that map the residual of a descriptor to one number a plane."""

from mcr_core.losses.base import Loss
from mcr_core.losses.l1 import L1
from mcr_core.losses.l2 import L2
from mcr_core.losses.mse import MSE
from mcr_core.losses.rms import RMS
from mcr_core.losses.sse import SSE
from mcr_core.registry import Registry

registry: Registry[Loss] = Registry(
    "loss",
    "losses",
    Loss,  # type: ignore[type-abstract]
    {
        "l1": "mcr_core.losses.l1:L1",
        "l2": "mcr_core.losses.l2:L2",
        "mse": "mcr_core.losses.mse:MSE",
        "rms": "mcr_core.losses.rms:RMS",
        "sse": "mcr_core.losses.sse:SSE",
    },
)
register = registry.register

__all__ = ["L1", "L2", "MSE", "RMS", "SSE", "Loss", "register", "registry"]
