"""Optimizers: iterators of steps that lower an objective."""

from mcr_core.optimizers.adam import Adam
from mcr_core.optimizers.base import Evaluation, Objective, Optimizer, Step
from mcr_core.optimizers.lbfgsb import LBFGSB
from mcr_core.registry import Registry

registry: Registry[Optimizer] = Registry(
    "optimizer",
    "optimizers",
    Optimizer,  # type: ignore[type-abstract]
    {
        "adam": "mcr_core.optimizers.adam:Adam",
        "lbfgsb": "mcr_core.optimizers.lbfgsb:LBFGSB",
    },
)
register = registry.register

__all__ = ["LBFGSB", "Adam", "Evaluation", "Objective", "Optimizer", "Step", "register", "registry"]
