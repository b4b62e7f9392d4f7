"""Which sample of a material is characterized."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qtpy.QtWidgets import QVBoxLayout, QWidget

from mcr_core.errors import InputError
from mcr_core.microstructure import Microstructure
from napari_mcr.forms.region_form import RegionForm
from napari_mcr.forms.schema_form import add_row, form_layout
from napari_mcr.forms.source_form import SourceForm
from napari_mcr.layers.region_mask import masked
from napari_mcr.layers.source_layer import axes_of

if TYPE_CHECKING:
    from napari.components import ViewerModel

_PLANE, _POOLED, _STACK = "shown plane", "volume, mean of its axes", "stack of images"


class SampleForm(QWidget):
    """A layer, the part of it that is taken, and the region that counts.

    Args:
        viewer: whose layers.
    """

    def __init__(self, viewer: ViewerModel) -> None:
        super().__init__()
        self._viewer = viewer
        self.source = SourceForm(viewer)
        self.source.part_box.addItems([_POOLED, _STACK])
        self.source.part_box.setToolTip(
            "The volume with statistics for each axis; the plane that the viewer shows; the mean "
            "over the axes of the volume; or its planes along the first axis as independent "
            "images of one material."
        )
        self.region = RegionForm(viewer)
        place = QWidget()
        add_row(form_layout(place), "region", self.region)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.source)
        column.addWidget(place)

    @property
    def is_pooled(self) -> bool:
        """Whether the mean over the axes of a volume is wanted."""
        return self._part() == _POOLED

    def images(self) -> tuple[list[Microstructure], str]:
        """Return what to characterize, and what to call it.

        Raises:
            InputError: no layer, no phases, or no region.
        """
        microstructure = self.source.microstructure()
        layer = self.source.layer
        if layer is None:
            raise RuntimeError("a microstructure came from no layer")
        part = self._part()
        axes = axes_of(layer, self._viewer.dims, part == _PLANE)
        kept = self.region.kept(layer, axes, microstructure.shape)
        if kept is not None:
            microstructure = masked(microstructure, kept)
        name = " ".join(filter(None, (layer.name, self.region.text)))
        if part == _STACK:
            if microstructure.ndim != 3:
                raise InputError("expected a stack of images, this layer is one: choose it whole")
            return _planes(microstructure), f"{name} as images"
        told = {_PLANE: "plane", _POOLED: "mean of axes"}.get(part, "")
        return [microstructure], " ".join(filter(None, (name, told)))

    def disconnect_viewer(self) -> None:
        """Let go of the viewer."""
        self.source.disconnect_viewer()
        self.region.disconnect_viewer()

    def _part(self) -> str:
        layer = self.source.layer
        volume = layer is not None and layer.ndim > 2
        return self.source.part_box.currentText() if volume else ""


def _planes(stack: Microstructure) -> list[Microstructure]:
    """Return the planes of a stack that have a valid pixel."""
    planes = [stack.plane(number) for number in range(stack.shape[0])]
    return [plane for plane in planes if plane.mask is None or plane.mask.any()]
