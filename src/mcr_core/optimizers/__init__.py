"""Optimizers: iterators of steps that lower an objective."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mcr_core.errors import MissingPluginError
from mcr_core.optimizers.base import Evaluation, Objective, Optimizer, Step
from mcr_core.registry import Registry

if TYPE_CHECKING:
    from mcr_core.optimizers.keras_family import (
        SGD,
        Adadelta,
        Adagrad,
        Adam,
        Adamax,
        Nadam,
        RMSprop,
    )
    from mcr_core.optimizers.lbfgs import LBFGS
    from mcr_core.optimizers.lbfgsb import LBFGSB
    from mcr_core.optimizers.tnc import TNC

registry: Registry[Optimizer] = Registry(
    "optimizer",
    "optimizers",
    Optimizer,  # type: ignore[type-abstract]
    {
        "adadelta": "mcr_core.optimizers.keras_family:Adadelta",
        "adagrad": "mcr_core.optimizers.keras_family:Adagrad",
        "adam": "mcr_core.optimizers.keras_family:Adam",
        "adamax": "mcr_core.optimizers.keras_family:Adamax",
        "lbfgs": "mcr_core.optimizers.lbfgs:LBFGS",
        "lbfgsb": "mcr_core.optimizers.lbfgsb:LBFGSB",
        "nadam": "mcr_core.optimizers.keras_family:Nadam",
        "rmsprop": "mcr_core.optimizers.keras_family:RMSprop",
        "sgd": "mcr_core.optimizers.keras_family:SGD",
        "simulated_annealing": "mcr_core.optimizers.simulated_annealing:SimulatedAnnealing",
        "swaps_post": "mcr_core.optimizers.swaps_post:SwapsPost",
        "tnc": "mcr_core.optimizers.tnc:TNC",
    },
)
register = registry.register


def gradient_free() -> list[str]:
    """Return the names of the optimizers that work with non-differentiable descriptors."""
    names = []
    for name in registry.names():
        try:
            optimizer = registry.get(name)
        except MissingPluginError:
            continue
        if not optimizer.needs_gradient:
            names.append(name)
    return names


__all__ = [
    "LBFGS",
    "LBFGSB",
    "SGD",
    "TNC",
    "Adadelta",
    "Adagrad",
    "Adam",
    "Adamax",
    "Evaluation",
    "Nadam",
    "Objective",
    "Optimizer",
    "RMSprop",
    "Step",
    "gradient_free",
    "register",
    "registry",
]


def __getattr__(name: str) -> Any:
    """Load one of our own classes on first use: a run needs few of them."""
    return registry.built_in(name)
