"""What is made, how long, and by which means."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from qtpy.QtGui import QIntValidator
from qtpy.QtWidgets import (
    QCheckBox,
    QComboBox,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QVBoxLayout,
    QWidget,
)
from superqt import QCollapsible

from napari_mcr.plugin_forms import PluginChoice
from napari_mcr.schema_form import SchemaForm, add_row, form_layout

#: Quick to watch; a careful run takes more.
_ITERATIONS = 100
_LARGEST_EXTENT = 4096


class ResultForm(QWidget):
    """Extents, iterations, seed, and everything else folded under *Advanced*.

    Args:
        description: the description of all plugins and settings.
    """

    def __init__(self, description: Mapping[str, Any]) -> None:
        super().__init__()
        self.dimensions = QComboBox()
        self.dimensions.addItem("volume (3D)", 3)
        self.dimensions.addItem("image (2D)", 2)
        extents = QWidget()
        row = QHBoxLayout(extents)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(4)
        self.extents: dict[str, Extent] = {}
        self._labels: dict[str, QLabel] = {}
        for axis in "ZYX":
            self.extents[axis] = Extent()
            self.extents[axis].setToolTip(f"Extent along {axis}, in voxels of the source.")
            self._labels[axis] = QLabel(axis)
            row.addWidget(self._labels[axis])
            row.addWidget(self.extents[axis], 1)
        schema = description["settings"]
        self.run = SchemaForm(_only(schema, ("max_iter", "seed")))
        self.run.set_values(max_iter=_ITERATIONS)
        self.show_in_3d = QCheckBox("turn the viewer to 3D")
        self.show_in_3d.setChecked(True)
        self.show_in_3d.setToolTip("When the first preview of a volume arrives.")
        top = QWidget()
        form = form_layout(top)
        add_row(form, "make", self.dimensions)
        add_row(form, "extent", extents)
        self.optimizer = PluginChoice("optimizer", description["optimizers"], "lbfgsb")
        self.loss = PluginChoice("loss", description["losses"], "mse")
        starts = _without_initial(description["starts"])
        self.start = PluginChoice("start", starts, "gaussian_field")
        self.settings = SchemaForm(
            schema, leave_out=("optimizer", "loss", "start", "max_iter", "seed")
        )
        advanced = QCollapsible("Advanced")
        # Its own margins would make the fields too narrow for their words.
        for part, margins in ((advanced, (0, 0, 0, 0)), (advanced.content(), (8, 4, 0, 4))):
            inside = part.layout()
            if inside is not None:
                inside.setContentsMargins(*margins)
        for folded in (self.optimizer, self.loss, self.start, self.settings):
            advanced.addWidget(folded)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        for part in (top, self.run, self.show_in_3d, advanced):
            layout.addWidget(part)
        self.dimensions.currentIndexChanged.connect(self._show_extents)

    @property
    def shape(self) -> tuple[int, ...]:
        """The extents asked for, (Y, X) or (Z, Y, X)."""
        axes = "ZYX" if self.dimensions.currentData() == 3 else "YX"
        return tuple(self.extents[axis].value() for axis in axes)

    def suggest(self, extent: tuple[int, ...]) -> None:
        """Start from the extent of the source; an image gets as many planes as its short side."""
        planes = extent[0] if len(extent) == 3 else min(extent)
        for axis, voxels in zip("ZYX", (planes, *extent[-2:]), strict=True):
            self.extents[axis].setValue(voxels)

    def values(self) -> dict[str, Any]:
        """Return the settings as JSON data of a job.

        Raises:
            InputError: a field holds no value.
        """
        return {
            **self.run.values(),
            **self.settings.values(),
            "optimizer": self.optimizer.value(),
            "loss": self.loss.value(),
            "start": self.start.value(),
        }

    def _show_extents(self) -> None:
        volume = self.dimensions.currentData() == 3
        for widget in (self.extents["Z"], self._labels["Z"], self.show_in_3d):
            widget.setVisible(volume)


class Extent(QLineEdit):
    """A number of voxels; a spin box would be too wide where three share a line."""

    def __init__(self) -> None:
        super().__init__("64")
        self.setValidator(QIntValidator(1, _LARGEST_EXTENT, self))
        self.setMinimumWidth(30)

    def value(self) -> int:
        """Return the number; 0 where there is none, which the run refuses by name."""
        return int(self.text()) if self.text().isdigit() else 0

    def setValue(self, voxels: int) -> None:
        """Show a number."""
        self.setText(str(voxels))


def _without_initial(starts: Mapping[str, Any]) -> dict[str, Any]:
    """Leave out the starts that need a microstructure: there is no field for one here."""
    plugins = [plugin for plugin in starts["plugins"] if not plugin["needs_initial"]]
    return {**starts, "plugins": plugins}


def _only(schema: Mapping[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
    properties = {name: schema["properties"][name] for name in names}
    return {**schema, "properties": properties}
