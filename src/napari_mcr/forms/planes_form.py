"""Choose a slice for each orthogonal plane."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

from qtpy.QtCore import Signal  # type: ignore[attr-defined]
from qtpy.QtWidgets import QCheckBox, QComboBox, QHBoxLayout, QLineEdit, QWidget

from mcr_core.errors import InputError
from mcr_core.microstructure import Microstructure
from mcr_core.planes import PLANES, plane_axes
from mcr_core.sources import Inline
from mcr_core.units import UNITS
from napari_mcr.forms.narrow_box import NarrowBox
from napari_mcr.forms.schema_form import add_row, form_layout
from napari_mcr.layers.result_layers import colors_of
from napari_mcr.layers.source_layer import (
    axes_of,
    extent_of,
    is_preview,
    known_scale,
    microstructure_of,
    read_voxel_size,
)
from napari_mcr.runs.target import Target

if TYPE_CHECKING:
    from napari.components import ViewerModel
    from napari.layers import Layer

_ROWS = {"xy": "rows Y, columns X", "xz": "rows Z, columns X", "yz": "rows Z, columns Y"}


class PlanesForm(QWidget):
    """A layer for each of the planes xy, xz and yz, or that one is like another.

    Pixels of value 0 are a phase, and edges do not continue. Of a layer with more axes, the plane
    that the viewer shows is taken.
    """

    changed = Signal()

    def __init__(self, viewer: ViewerModel) -> None:
        super().__init__()
        self._viewer = viewer
        self.boxes: dict[str, QComboBox] = {}
        self._choices: dict[str, list[Layer | str | None]] = {plane: [None] for plane in PLANES}
        self._form = form_layout(self)
        for plane in PLANES:
            box = NarrowBox()
            box.setToolTip(f"The slice with {_ROWS[plane]}, or the plane that it is like.")
            add_row(self._form, f"{plane} plane", box, box.toolTip())
            box.currentIndexChanged.connect(self._refresh)
            self.boxes[plane] = box
        self.voxel_size = QLineEdit("1")
        self.voxel_size.setToolTip("Edge length of the pixels of slices without a unit.")
        self.unit = QComboBox()
        self.unit.addItems(UNITS)
        self._size = QWidget()
        row = QHBoxLayout(self._size)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.voxel_size, 1)
        row.addWidget(self.unit)
        add_row(self._form, "voxel size", self._size, self.voxel_size.toolTip())
        self.force = QCheckBox("merge slices that disagree")
        self.force.setToolTip(
            "Slices that disagree about an axis which they share are refused: no volume has both.\n"
            "Tick this to merge them all the same."
        )
        self.force.toggled.connect(self._refresh)
        add_row(self._form, "", self.force, self.force.toolTip())
        for event in self._events():
            event.connect(self._list_layers)
        self._list_layers()

    @property
    def extent(self) -> tuple[int, ...] | None:
        """Extent of a volume with these slices as faces, (Z, Y, X)."""
        found = dict.fromkeys("ZYX", 0)
        for plane, layer in self._layers().items():
            extent = extent_of(layer, self._axes(layer))
            for axis, voxels in zip(plane_axes(3, plane), extent, strict=True):
                found["ZYX"[axis]] = found["ZYX"[axis]] or voxels
        known = [voxels for voxels in found.values() if voxels]
        return tuple(voxels or min(known) for voxels in found.values()) if known else None

    def choose(self, **planes: Layer | str | None) -> None:
        """Choose what stands for each plane: a layer, `as:xy` and the like, or nothing."""
        for plane, chosen in planes.items():
            self.boxes[plane].setCurrentIndex(self._choices[plane].index(chosen))

    def target(self) -> Target:
        """Return the slices as the source of a job; whether they fit is for the run to say.

        Raises:
            InputError: fewer than two planes are said, or a layer is no image of phases.
        """
        given = {plane: chosen for plane, chosen in self._chosen().items() if chosen is not None}
        layers = self._layers()
        if len(given) < 2 or not layers:
            raise InputError(
                "expected slices of two or three planes: choose a layer for each, or the plane "
                "that it is like"
            )
        images = {plane: self._image(layer) for plane, layer in layers.items()}
        source: dict[str, Any] = {"kind": "planes", "force": self.force.isChecked()}
        for plane, chosen in given.items():
            image = images.get(plane)
            source[plane] = (
                chosen
                if image is None
                else Inline.of(image, layers[plane].name).model_dump(mode="json")
            )
        (plane, layer), *_ = layers.items()
        size = min(images[plane].voxel_size)
        name = " + ".join(dict.fromkeys(layer.name for layer in layers.values()))
        return Target(source, name, colors_of(layer, images[plane]), (size,) * 3)

    def disconnect_viewer(self) -> None:
        """Let go of the viewer."""
        for event in self._events():
            event.disconnect(self._list_layers)

    def _events(self) -> tuple[Any, ...]:
        events = self._viewer.layers.events
        return events.inserted, events.removed, events.reordered, events.renamed

    def _chosen(self) -> dict[str, Layer | str | None]:
        return {
            plane: self._choices[plane][max(box.currentIndex(), 0)]
            for plane, box in self.boxes.items()
        }

    def _layers(self) -> dict[str, Layer]:
        return {
            plane: layer
            for plane, layer in self._chosen().items()
            if layer is not None and not isinstance(layer, str)
        }

    def _axes(self, layer: Layer) -> tuple[int, ...]:
        return axes_of(layer, self._viewer.dims, True)

    def _scale(self, layer: Layer) -> tuple[tuple[float, ...], str] | None:
        axes = self._axes(layer)
        scale = [layer.scale[axis] for axis in axes]
        return known_scale(scale, [layer.units[axis] for axis in axes])

    def _image(self, layer: Layer) -> Microstructure:
        known = self._scale(layer)
        if known is None:
            known = read_voxel_size(self.voxel_size.text()), self.unit.currentText()
        axes = self._axes(layer)
        return microstructure_of(layer, self._viewer.dims, axes, voxel_size=known[0], unit=known[1])

    def _list_layers(self, event: Any = None) -> None:
        from napari.layers import Image, Labels

        kinds = (Image, Labels)
        layers = [x for x in self._viewer.layers if isinstance(x, kinds) and not is_preview(x)]
        chosen = self._chosen()
        for plane, box in self.boxes.items():
            others = [other for other in PLANES if other != plane]
            self._choices[plane] = [None, *layers, *(f"as:{other}" for other in others)]
            box.blockSignals(True)
            box.clear()
            box.addItems(["not given", *(layer.name for layer in layers)])
            box.addItems([f"as {other}" for other in others])
            before = chosen[plane] if chosen[plane] in self._choices[plane] else None
            box.setCurrentIndex(self._choices[plane].index(before))
            box.blockSignals(False)
        self._refresh()

    def _refresh(self) -> None:
        bare = False
        for layer in self._layers().values():
            # Units that are no lengths: the run will say so.
            with contextlib.suppress(InputError):
                bare |= self._scale(layer) is None
        self._form.setRowVisible(self._size, bare)
        self.changed.emit()
