"""Which layer is the image, and what it means."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any
from weakref import WeakSet

from qtpy.QtCore import Signal  # type: ignore[attr-defined]
from qtpy.QtWidgets import QCheckBox, QComboBox, QHBoxLayout, QLineEdit, QWidget

from mcr_core.errors import InputError
from mcr_core.microstructure import Microstructure
from mcr_core.units import UNITS
from napari_mcr.forms.layer_box import LayerBox
from napari_mcr.forms.schema_form import add_row, form_layout
from napari_mcr.layers.source_layer import (
    axes_of,
    extent_of,
    known_scale,
    microstructure_of,
    read_voxel_size,
    stated_of,
)

if TYPE_CHECKING:
    from napari.components import ViewerModel
    from napari.layers import Layer

_WHOLE, _PLANE = "whole volume", "shown plane"


class SourceForm(QWidget):
    """Choose a Labels or Image layer; `changed` tells that another image is chosen.

    Args:
        viewer: whose layers.
        segmented: the layer must hold phases; else nobody asks what its 0 means.
    """

    changed = Signal()

    def __init__(self, viewer: ViewerModel, *, segmented: bool = True) -> None:
        super().__init__()
        self._viewer = viewer
        self._segmented = segmented
        self._watched: Layer | None = None
        self._folded = False
        # Layers whose voxel size came from here: it may be corrected here, too.
        self._given: WeakSet[Layer] = WeakSet()
        self.layer_box = LayerBox(viewer)
        self.layer_box.setToolTip("A Labels layer, or an Image layer that is segmented.")
        self.part_box = QComboBox()
        self.part_box.addItems([_WHOLE, _PLANE])
        self.part_box.setToolTip(
            "The whole volume, or the plane that the viewer shows. Of further axes, "
            "such as time, the shown position is taken."
        )
        self.voxel_size = QLineEdit("1")
        self.voxel_size.setToolTip(
            "Edge length, or one number per axis (Z Y X). Taken from the layer where it has units."
        )
        self.unit = QComboBox()
        self.unit.addItems(UNITS)
        size = QWidget()
        row = QHBoxLayout(size)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.voxel_size, 1)
        row.addWidget(self.unit)
        self.zero_box = QComboBox()
        self.zero_box.addItem("a phase", False)
        self.zero_box.addItem("outside (masked)", True)
        self.zero_box.setToolTip("Whether pixels of value 0 are a phase, or not part of the image.")
        self.periodic = QCheckBox("edges continue")
        self.periodic.setToolTip("Only simulated images are periodic; micrographs are not.")
        self._form = form_layout(self)
        add_row(self._form, "layer", self.layer_box)
        add_row(self._form, "take", self.part_box)
        self._size = size
        add_row(self._form, "voxel size", size)
        add_row(self._form, "label 0 is", self.zero_box)
        add_row(self._form, "periodic", self.periodic)
        self.layer_box.currentIndexChanged.connect(self._choose)
        self.part_box.currentIndexChanged.connect(self._refresh)
        self._choose()

    @property
    def layer(self) -> Layer | None:
        """The chosen layer."""
        return self.layer_box.layer

    @property
    def extent(self) -> tuple[int, ...] | None:
        """Extent of the chosen image, in voxels."""
        return None if self.layer is None else extent_of(self.layer, self.axes(self.layer))

    def choose(self, layer: Layer) -> None:
        """Choose a layer."""
        self.layer_box.choose(layer)

    def microstructure(self) -> Microstructure:
        """Return the chosen image.

        Raises:
            InputError: none is chosen, or it is no image of phases.
        """
        layer = self.layer
        if layer is None:
            raise InputError(
                "expected a layer with an image: open one, for example by File > Open Sample > "
                "Microstructure reconstruction"
            )
        axes = self.axes(layer)
        size, unit = self.scale(axes)
        return microstructure_of(
            layer,
            self._viewer.dims,
            axes,
            voxel_size=size,
            unit=unit,
            zero_is_outside=self.zero_box.currentData(),
            periodic=self.periodic.isChecked(),
        )

    def scale(self, axes: tuple[int, ...]) -> tuple[tuple[float, ...], str]:
        """Return voxel size (one number, or one per axis) and unit: of the layer, or as given.

        Args:
            axes: of the chosen layer.

        Raises:
            InputError: the field holds no size, or the layer's units are no lengths.
        """
        known = None if self.layer is None else self._known(self.layer, axes)
        if known is not None:
            return known
        size = read_voxel_size(self.voxel_size.text())
        whole = () if self.layer is None else self.axes(self.layer)
        if len(size) == len(whole):
            size = tuple(size[whole.index(axis)] for axis in axes)
        return size, self.unit.currentText()

    def give_scale(self) -> None:
        """Give a layer that has no voxel size the one that was asked for.

        What is made from the layer then lies on it. The viewer shows all of it again.
        """
        layer = self.layer
        if layer is None:
            return
        axes = self.axes(layer)
        if self._known(layer, axes) is not None or self.unit.currentText() == "pixel":
            return
        sizes, unit = self.scale(axes)
        if len(sizes) == 1:
            axes = tuple(range(max(layer.ndim - 3, 0), layer.ndim))
            sizes = sizes * len(axes)
        scale, units = list(layer.scale), [str(unit) for unit in layer.units]
        for axis, size in zip(axes, sizes, strict=True):
            scale[axis], units[axis] = math.copysign(size, scale[axis]), unit
        self._given.add(layer)
        before = tuple(layer.scale), tuple(layer.units)
        layer.scale, layer.units = scale, units
        if (tuple(layer.scale), tuple(layer.units)) != before:
            self._viewer.reset_view(reset_camera_angle=False)

    def axes(self, layer: Layer) -> tuple[int, ...]:
        """Return the axes of a layer that make the image that would be taken from it."""
        return axes_of(layer, self._viewer.dims, self.part_box.currentText() == _PLANE)

    def fold(self, folded: bool) -> None:
        """Show only which layer is chosen, or also how it is read."""
        self._folded = folded
        self._show_rows()

    def disconnect_viewer(self) -> None:
        """Let go of the viewer."""
        self.layer_box.disconnect_viewer()
        self._watch(None)

    def _choose(self) -> None:
        # Layers may have come or gone beside the chosen one: what was said of it stays.
        if self.layer is not self._watched:
            self._watch(self.layer)
            self._refresh()

    def _watch(self, layer: Layer | None) -> None:
        if self._watched is not None:
            for event in (self._watched.events.scale, self._watched.events.units):
                event.disconnect(self._refresh)
        self._watched = layer
        if layer is not None:
            for event in (layer.events.scale, layer.events.units):
                event.connect(self._refresh)

    def _refresh(self, event: Any = None) -> None:
        layer = self.layer
        self._show_rows()
        if layer is not None:
            axes = self.axes(layer)
            known = self._known(layer, axes)
            # Pixels without a unit: the user knows more than the file said.
            self.voxel_size.setEnabled(known is None)
            self.unit.setEnabled(known is None)
            sizes, unit = _scale(layer, axes) or ([layer.scale[axis] for axis in axes], "pixel")
            texts = [f"{size:.6g}" for size in sizes]
            self.voxel_size.setText(texts[0] if len(set(texts)) == 1 else ", ".join(texts))
            self.unit.setCurrentText(unit)
        self.changed.emit()

    def _show_rows(self) -> None:
        layer = self.layer
        # A layer that says what is outside needs no answer.
        asked = self._segmented and (layer is None or stated_of(layer).outside is None)
        for field, wanted in (
            (self.part_box, layer is not None and layer.ndim > 2),
            (self._size, True),
            (self.zero_box, asked),
            (self.periodic, True),
        ):
            self._form.setRowVisible(field, wanted and not self._folded)

    def _known(self, layer: Layer, axes: tuple[int, ...]) -> tuple[tuple[float, ...], str] | None:
        """What a layer says of its scale by itself."""
        return None if layer in self._given else _scale(layer, axes)


def _scale(layer: Layer, axes: tuple[int, ...]) -> tuple[tuple[float, ...], str] | None:
    return known_scale([layer.scale[axis] for axis in axes], [layer.units[axis] for axis in axes])
