"""Names of plugins: our own, those registered by a decorator, those of installed packages."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Mapping
from importlib import import_module
from importlib.metadata import EntryPoint, entry_points
from typing import Any, Generic, TypeVar

from mcr_core.errors import MissingPluginError, OptionError
from mcr_core.plugin import Plugin, nearest

P = TypeVar("P", bound=Plugin)


class Registry(Generic[P]):
    """All plugins of one kind, by name.

    Installed packages add theirs by an entry point in the group `mcr_core.<plural>`
    (`mcr_core.descriptors` …), whose name is the plugin's name. An entry point is
    loaded on first use of its name; one that fails to load is reported by `broken` and does not
    hide the others.
    """

    def __init__(self, kind: str, plural: str, base: type[P], builtin: Mapping[str, str]) -> None:
        self.kind = kind
        self.plural = plural
        self.base = base
        self.group = f"mcr_core.{plural}"
        self._builtin = dict(builtin)
        self._classes: dict[str, type[P]] = {}

    def register(self, plugin: type[P]) -> type[P]:
        """Class decorator: make a plugin known under its name in this process."""
        self._check(plugin, plugin.name)
        taken = self._classes.get(plugin.name)
        if plugin.name in self._builtin or (taken and taken.__qualname__ != plugin.__qualname__):
            raise OptionError(f"the {self.kind} name {plugin.name!r} is taken: choose another name")
        self._classes[plugin.name] = plugin
        return plugin

    def names(self) -> list[str]:
        """Sorted names of all plugins, those that fail to load included."""
        return sorted({*self._builtin, *self._classes, *self._entry_points})

    def get(self, name: str) -> type[P]:
        """Return the class registered under a name.

        Raises:
            OptionError: nothing of that name (the nearest one is named).
            MissingPluginError: an installed package offers it, and it fails to load.
        """
        if name in self._builtin:
            module, _, attribute = self._builtin[name].partition(":")
            plugin: type[P] = getattr(import_module(module), attribute)
            return plugin
        if name in self._classes:
            return self._classes[name]
        if name in self._entry_points:
            self._classes[name] = self._load(self._entry_points[name])
            return self._classes[name]
        raise OptionError(f"unknown {self.kind} {name!r}: {nearest(name, self.names())}")

    def built_in(self, class_name: str) -> type[P]:
        """Return one of our own classes by its Python name: their package loads them on first use.

        Raises:
            AttributeError: there is none of that name.
        """
        for name, where in self._builtin.items():
            if where.endswith(f":{class_name}"):
                return self.get(name)
        raise AttributeError(f"module 'mcr_core.{self.plural}' has no attribute {class_name!r}")

    def create(self, what: P | str | Mapping[str, Any]) -> P:
        """Return an instance for an instance, a name or a specification `{name, options}`."""
        if isinstance(what, self.base):
            return what
        if isinstance(what, str):
            return self.get(what)()
        if isinstance(what, Mapping) and isinstance(what.get("name"), str):
            unknown = set(what) - {"name", "options"}
            options = what.get("options", {})
            if (
                not unknown
                and isinstance(options, Mapping)
                and all(isinstance(key, str) for key in options)
            ):
                return self.get(what["name"])(**options)
        raise OptionError(
            f"expected a name, an instance or {{'name': …, 'options': {{…}}}} of the "
            f"{self.kind}, got {what!r}"
        )

    def broken(self) -> dict[str, str]:
        """Return the plugins of installed packages that fail to load, with the reason."""
        reasons = {}
        for name in self._entry_points:
            try:
                self.get(name)
            except MissingPluginError as error:
                reasons[name] = str(error)
        return reasons

    def is_installed(self, name: str) -> bool:
        """Whether another process finds this name, too: ours, or that of an installed package."""
        return name in self._builtin or name in self._entry_points

    @functools.cached_property
    def _entry_points(self) -> dict[str, EntryPoint]:
        found = entry_points(group=self.group)
        return {point.name: point for point in found if point.name not in self._builtin}

    def _load(self, point: EntryPoint) -> type[P]:
        package = point.dist.name if point.dist else point.value
        try:
            plugin = point.load()
            self._check(plugin, point.name)
        except (Exception, SystemExit) as error:  # foreign code may raise anything
            reason = " ".join(f"{type(error).__name__}: {error}".split())
            raise MissingPluginError(
                f"the {self.kind} {point.name!r} of the package {package!r} fails to load "
                f"({reason}): repair or uninstall that package"
            ) from error
        checked: type[P] = plugin
        return checked

    def _check(self, plugin: Any, name: str) -> None:
        if not (isinstance(plugin, type) and issubclass(plugin, self.base)):
            raise OptionError(
                f"expected a subclass of {self.base.__name__} as {self.kind} {name!r}, "
                f"got {plugin!r}"
            )
        if inspect.isabstract(plugin):
            missing = ", ".join(sorted(plugin.__abstractmethods__))
            raise OptionError(f"{plugin.__name__} does not implement {missing}")
        if not plugin.name or plugin.name != name:
            raise OptionError(
                f"{plugin.__name__} needs the class attribute name = {name or '<its name>'!r}, "
                f"has {plugin.name!r}"
            )
