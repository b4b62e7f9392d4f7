"""All plugins and settings as JSON schemas: what a form is made from in another process."""

from __future__ import annotations

from typing import Any

from mcr_core.descriptors import Descriptor
from mcr_core.descriptors import registry as descriptors
from mcr_core.errors import MissingPluginError
from mcr_core.losses import registry as losses
from mcr_core.optimizers import Optimizer
from mcr_core.optimizers import registry as optimizers
from mcr_core.plugin import Plugin
from mcr_core.presets import PRESETS
from mcr_core.registry import Registry
from mcr_core.settings import Settings
from mcr_core.starts import Start
from mcr_core.starts import registry as starts
from mcr_core.term import DEFAULT_DESCRIPTORS, Term

_AUTO = "balanced for images, and for volumes of up to 4 million voxels; fast beyond."


def describe() -> dict[str, Any]:
    """Return all plugins, the settings and the options of a term.

    TensorFlow is not loaded, unless a third-party plugin does so when it is imported.

    Returns:
        `descriptors`, `losses`, `optimizers`, `starts`: `plugins`, a list of `name`, `summary`,
        `reference` and `schema` (the options, with defaults, bounds and descriptions), for
        descriptors also `differentiable`, for optimizers `needs_gradient`, for starts
        `needs_initial`; and `broken`, a dictionary from name to reason. `settings` and `term`: a
        schema each.
        `default_descriptors`: names. `presets`: a list of `name`, `summary` and `settings` (those
        that differ from the default), `auto` first.
    """
    return {
        "descriptors": _registry(descriptors),
        "losses": _registry(losses),
        "optimizers": _registry(optimizers),
        "starts": _registry(starts),
        "settings": Settings.model_json_schema(),
        "term": Term.model_json_schema(),
        "default_descriptors": list(DEFAULT_DESCRIPTORS),
        "presets": [{"name": "auto", "summary": _AUTO, "settings": {}}, *_presets()],
    }


def _presets() -> list[dict[str, Any]]:
    return [
        {"name": name, "summary": preset.summary, "settings": dict(preset.settings)}
        for name, preset in PRESETS.items()
    ]


def _registry(registry: Registry[Any]) -> dict[str, Any]:
    plugins: list[dict[str, Any]] = []
    broken: dict[str, str] = {}
    for name in registry.names():
        try:
            plugins.append(_plugin(name, registry.get(name)))
        except MissingPluginError as error:
            broken[name] = str(error)
        except Exception as error:  # noqa: BLE001 - foreign code may raise anything
            broken[name] = (
                f"the options of the {registry.kind} {name!r} cannot be described: "
                f"{type(error).__name__}: {error}"
            )
    return {"plugins": plugins, "broken": broken}


def _plugin(name: str, plugin: type[Plugin]) -> dict[str, Any]:
    traits: dict[str, bool] = {}
    if issubclass(plugin, Descriptor):
        traits["differentiable"] = plugin.differentiable
    elif issubclass(plugin, Optimizer):
        traits["needs_gradient"] = plugin.needs_gradient
    elif issubclass(plugin, Start):
        traits["needs_initial"] = plugin.needs_initial
    return {
        "name": name,
        "summary": plugin.summary(),
        "reference": plugin.reference,
        "schema": plugin.model_json_schema(),
        **traits,
    }
