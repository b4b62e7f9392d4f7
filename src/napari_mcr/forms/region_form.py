"""Which part of an image counts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from qtpy.QtWidgets import QComboBox, QHBoxLayout, QWidget

from napari_mcr.forms.layer_box import LayerBox
from napari_mcr.layers.region_mask import Mask, region_mask

if TYPE_CHECKING:
    from napari.components import ViewerModel
    from napari.layers import Layer


class RegionForm(QWidget):
    """Choose the layer that holds a region, and the side of it that counts."""

    def __init__(self, viewer: ViewerModel) -> None:
        super().__init__()
        self._viewer = viewer
        self.side_box = QComboBox()
        self.side_box.addItems(["inside", "outside"])
        self.side_box.setToolTip("Which side of the region counts.")
        self.layer_box = LayerBox(viewer, "everything", _is_region)
        self.layer_box.setToolTip(
            "Everything, or a region: shapes that are drawn, or the part of a Labels layer that "
            "is not 0. Pixels elsewhere do not count."
        )
        self.layer_box.setMinimumContentsLength(8)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.side_box)
        row.addWidget(self.layer_box, 1)
        self.layer_box.currentIndexChanged.connect(self._show_side)
        self._show_side()

    @property
    def layer(self) -> Layer | None:
        """The layer that holds the region; None for everything."""
        return self.layer_box.layer

    @property
    def text(self) -> str:
        """The region in words; empty for everything."""
        return "" if self.layer is None else f"{self.side_box.currentText()} {self.layer.name}"

    def choose(self, layer: Layer | None) -> None:
        """Choose a layer."""
        self.layer_box.choose(layer)

    def kept(self, source: Layer, axes: Sequence[int], extent: Sequence[int]) -> Mask | None:
        """Return which pixels of an image count; None if all do. See `region_mask`.

        Raises:
            InputError: the layer holds no region of this image.
        """
        if self.layer is None:
            return None
        inside = region_mask(self.layer, source, self._viewer.dims, axes, extent)
        return inside if self.side_box.currentText() == "inside" else ~inside

    def disconnect_viewer(self) -> None:
        """Let go of the viewer."""
        self.layer_box.disconnect_viewer()

    def _show_side(self) -> None:
        self.side_box.setVisible(self.layer is not None)


def _is_region(layer: Layer) -> bool:
    from napari.layers import Labels, Shapes

    return isinstance(layer, (Shapes, Labels))
