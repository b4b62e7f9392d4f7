"""Everything that a preset decides well enough, folded away."""

from __future__ import annotations

import contextlib
from collections.abc import Collection, Mapping
from typing import Any

from superqt import QCollapsible

from napari_mcr.forms.plugin_forms import PluginChoice, TermList
from napari_mcr.forms.schema_form import SchemaForm

#: What the choices begin with.
_FIRST = {"optimizer": "lbfgsb", "loss": "mse", "start": "gaussian_field"}


class Advanced(QCollapsible):
    """Terms, optimizer, loss, start and all other settings.

    Args:
        description: the description of all plugins and settings.
        leave_out: settings that stand elsewhere.
    """

    def __init__(self, description: Mapping[str, Any], leave_out: Collection[str]) -> None:
        super().__init__("Advanced")
        optimizers = description["optimizers"]["plugins"]
        self.terms = TermList(
            description["descriptors"],
            description["term"],
            description["default_descriptors"],
            [plugin["name"] for plugin in optimizers if not plugin["needs_gradient"]],
        )
        known = {
            "optimizer": description["optimizers"],
            "loss": description["losses"],
            "start": _without_initial(description["starts"]),
        }
        self.plugins = {
            kind: PluginChoice(kind, plugins, _FIRST[kind]) for kind, plugins in known.items()
        }
        self.settings = SchemaForm(description["settings"], leave_out=(*known, *leave_out))
        # Its own margins would make the fields too narrow for their words.
        for part, margins in ((self, (0, 0, 0, 0)), (self.content(), (8, 4, 0, 4))):
            inside = part.layout()
            if inside is not None:
                inside.setContentsMargins(*margins)
        for folded in (self.terms, *self.plugins.values(), self.settings):
            self.addWidget(folded)

    def values(self) -> dict[str, Any]:
        """Return the settings as JSON data of a job.

        Raises:
            InputError: a field holds no value.
        """
        plugins = {kind: choice.value() for kind, choice in self.plugins.items()}
        return {**self.settings.values(), **plugins}

    def value(self, name: str) -> Any:
        """Return one setting as JSON data.

        Raises:
            InputError: its field holds no value.
        """
        return self.plugins[name].value() if name in self.plugins else self.settings.value(name)

    def set_value(self, name: str, value: Any) -> None:
        """Show one setting."""
        if name in self.plugins:
            self._show_plugin(name, value)
        else:
            self.settings.set_values(**{name: value})

    def restore(self, settings: Any, terms: Any) -> None:
        """Show what an earlier session has left, as far as it can be understood."""
        self.settings.restore(settings)
        if isinstance(settings, Mapping):
            for name in self.plugins.keys() & settings.keys():
                self._show_plugin(name, settings[name])
        with contextlib.suppress(KeyError, TypeError):
            chosen = {term["descriptor"]["name"]: term for term in terms}
            for name, row in self.terms.rows.items():
                row.check.setChecked(name in chosen)
                if name in chosen:
                    row.options.restore(chosen[name]["descriptor"].get("options"))
                    row.weights.restore(chosen[name])

    def _show_plugin(self, kind: str, value: Any) -> None:
        name = value.get("name") if isinstance(value, Mapping) else value
        choice = self.plugins[kind]
        if isinstance(name, str) and name in choice.forms:
            choice.box.setCurrentText(name)
            if isinstance(value, Mapping):
                choice.forms[name].restore(value.get("options"))


def _without_initial(starts: Mapping[str, Any]) -> dict[str, Any]:
    """Leave out the starts that need a microstructure: *Continue* gives one."""
    plugins = [plugin for plugin in starts["plugins"] if not plugin["needs_initial"]]
    return {**starts, "plugins": plugins}
