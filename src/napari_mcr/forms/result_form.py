"""What is made, how long, and by which means."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from typing import Any

from qtpy.QtCore import Signal  # type: ignore[attr-defined]
from qtpy.QtWidgets import QCheckBox, QSpinBox, QVBoxLayout, QWidget

from mcr_core.errors import InputError
from napari_mcr.forms.advanced import Advanced
from napari_mcr.forms.any_change import AnyChange
from napari_mcr.forms.estimate_line import EstimateLine
from napari_mcr.forms.extents import Extents
from napari_mcr.forms.preset_choice import OWN, PresetChoice
from napari_mcr.forms.schema_form import SchemaForm, add_row, form_layout
from napari_mcr.preferences import preferences

#: With terms of one's own: quick to watch; a careful run takes more.
_ITERATIONS = 100
_MOST_SEEDS = 999


class ResultForm(QWidget):
    """Preset, extents, iterations, seeds, and everything else folded under *Advanced*.

    `changed` tells that some field has changed.

    Fields show the values of the preset; only those that the user has changed become settings of
    the job. With other terms than those of a preset, all do.

    Args:
        description: the description of all plugins, presets and settings.
    """

    changed = Signal()

    def __init__(self, description: Mapping[str, Any]) -> None:
        super().__init__()
        self.preset = PresetChoice(description["presets"])
        self.grid = Extents()
        self.estimate = EstimateLine()
        schema = description["settings"]
        self.run = SchemaForm(_only(schema, ("max_iter", "seed")))
        self.run.set_values(max_iter=_ITERATIONS)
        self.seeds = QSpinBox()
        self.seeds.setRange(1, _MOST_SEEDS)
        self.seeds.setToolTip(
            "How many realizations are made, one after the other, with consecutive seeds."
        )
        self.show_in_3d = QCheckBox("turn the viewer to 3D")
        self.show_in_3d.setChecked(True)
        self.show_in_3d.setToolTip("When the first preview of a volume arrives.")
        self.advanced = Advanced(description, leave_out=self.run.names)
        self.extents, self.dimensions = self.grid.fields, self.grid.dimensions
        self.terms, self.settings = self.advanced.terms, self.advanced.settings
        self.optimizer = self.advanced.plugins["optimizer"]
        top, below = QWidget(), QWidget()
        form = form_layout(top)
        add_row(form, "preset", self.preset, "What the result has to agree with the source in.")
        add_row(form, "make", self.dimensions)
        add_row(form, "extent", self.grid)
        add_row(form_layout(below), "realizations", self.seeds, self.seeds.toolTip())
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        for part in (top, self.estimate, self.run, below, self.show_in_3d, self.advanced):
            layout.addWidget(part)
        #: What the fields show where nobody has touched them.
        self._defaults = self._base = self.values()
        self._wanted = _preferred()
        self.preset.choose(str(self._wanted["preset"]))
        self.settings.restore(self._wanted)
        self.preset.currentTextChanged.connect(self._take_preset)
        self.preset.currentTextChanged.connect(self._show_terms)
        self.grid.changed.connect(self._take_preset)
        self.dimensions.currentIndexChanged.connect(self._show_3d)
        self._take_preset()
        self._show_terms()
        self._fields = AnyChange(self)
        self._fields.watch(self)
        self._fields.changed.connect(self.changed)

    @property
    def shape(self) -> tuple[int, ...]:
        """The extents asked for, (Y, X) or (Z, Y, X)."""
        return self.grid.shape

    def values(self) -> dict[str, Any]:
        """Return all settings as JSON data of a job.

        Raises:
            InputError: a field holds no value.
        """
        return {**self.run.values(), **self.advanced.values()}

    def job(self) -> dict[str, Any]:
        """Return the entries of a job that this form decides: all but its source.

        Raises:
            InputError: a field holds no value, or no descriptor is chosen.
        """
        job: dict[str, Any] = {"shape": list(self.shape)}
        settings = self.values()
        if self.preset.preset is not None:
            return {**job, "preset": self.preset.preset, "settings": self._touched(settings)}
        if self.preset.currentText() == OWN:
            job["terms"] = self.terms.values()
        return {**job, "settings": settings}

    def state(self) -> dict[str, Any]:
        """Return what the next session begins with, as JSON data.

        Nothing that one image decides,
        and not how many realizations: ten more must be asked for.

        Raises:
            InputError: as `job`.
        """
        own = self.preset.currentText() == OWN
        touched = self._touched(self.values())
        return {
            "preferred": self._wanted,
            "preset": self.preset.currentText(),
            "settings": {
                name: value
                for name, value in touched.items()
                if name not in self._wanted or value != self._wanted[name]
            },
            "terms": self.terms.values() if own else None,
            "dimensions": self.dimensions.currentData(),
            "show_in_3d": self.show_in_3d.isChecked(),
        }

    def restore(self, state: Mapping[str, Any]) -> None:
        """Begin with what an earlier session ended with, as far as it can be understood."""
        settings, before = state.get("settings"), state.get("preferred")
        settings = dict(settings) if isinstance(settings, Mapping) else {}
        before = before if isinstance(before, Mapping) else {}
        # A preference that was changed since says what is wanted now.
        changed = [name for name, value in self._wanted.items() if before.get(name) != value]
        if "preset" not in changed:
            self.preset.choose(str(state.get("preset")))
        for name in changed:
            settings.pop(name, None)
        index = self.dimensions.findData(state.get("dimensions"))
        if index >= 0:
            self.dimensions.setCurrentIndex(index)
        self.show_in_3d.setChecked(state.get("show_in_3d") is not False)
        self.run.restore(settings)
        self.advanced.restore(settings, state.get("terms"))

    def _touched(self, settings: Mapping[str, Any]) -> dict[str, Any]:
        return {name: value for name, value in settings.items() if value != self._base[name]}

    def _take_preset(self) -> None:
        """Show the values of the preset in the fields that nobody has touched."""
        base = {**self._defaults, **self.preset.settings(self.shape)}
        for name, value in base.items():
            if value == self._base[name]:
                continue
            with contextlib.suppress(InputError):
                if name in self.run.names:
                    if self.run.value(name) == self._base[name]:
                        self.run.set_values(**{name: value})
                elif self.advanced.value(name) == self._base[name]:
                    self.advanced.set_value(name, value)
        self._base = base

    def _show_terms(self) -> None:
        own = self.preset.currentText() == OWN
        self.terms.setVisible(own)
        if own:
            self.advanced.expand(animate=False)

    def _show_3d(self) -> None:
        self.show_in_3d.setVisible(self.dimensions.currentData() == 3)


def _preferred() -> dict[str, Any]:
    wanted = preferences()
    return {"device": wanted.device, "memory": wanted.memory, "preset": wanted.preset}


def _only(schema: Mapping[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
    properties = {name: schema["properties"][name] for name in names}
    return {**schema, "properties": properties}
