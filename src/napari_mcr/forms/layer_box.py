"""Choose one of the layers that can hold phases."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from qtpy.QtWidgets import QComboBox

from napari_mcr.layers.source_layer import is_preview

if TYPE_CHECKING:
    from napari.components import ViewerModel
    from napari.layers import Layer


class LayerBox(QComboBox):
    """The Labels and Image layers of a viewer; perhaps with an entry that stands for none of them.

    The choice stays when layers come and go; `currentIndexChanged` tells of another one.

    Args:
        viewer: whose layers.
        instead: the first entry, chosen at the beginning; empty: there is none, and the layer
            that is active, or the last one, is chosen.
    """

    def __init__(self, viewer: ViewerModel, instead: str = "") -> None:
        super().__init__()
        self._viewer = viewer
        self._instead = instead
        self._layers: list[Layer | None] = []
        # A long name must not widen the dock.
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.setMinimumContentsLength(12)
        for event in self._events():
            event.connect(self._fill)
        self._fill()

    @property
    def layer(self) -> Layer | None:
        """The chosen layer; None where there is none, or the entry that stands for none."""
        index = self.currentIndex()
        return self._layers[index] if 0 <= index < len(self._layers) else None

    def choose(self, layer: Layer | None) -> None:
        """Choose a layer, or None for the first entry."""
        self.setCurrentIndex(self._layers.index(layer))

    def disconnect_viewer(self) -> None:
        """Let go of the viewer."""
        for event in self._events():
            event.disconnect(self._fill)

    def _events(self) -> tuple[Any, ...]:
        events = self._viewer.layers.events
        return events.inserted, events.removed, events.reordered, events.renamed

    def _fill(self, event: Any = None) -> None:
        from napari.layers import Image, Labels

        before = self.layer
        kinds = (Image, Labels)
        shown = [x for x in self._viewer.layers if isinstance(x, kinds) and not is_preview(x)]
        self._layers = [*([None] if self._instead else []), *shown]
        self.blockSignals(True)
        self.clear()
        self.addItems([self._instead if x is None else x.name for x in self._layers])
        if before is None and not self._instead and shown:
            active = self._viewer.layers.selection.active
            before = active if active in shown else shown[-1]
        elif before not in self._layers:
            before = None if self._instead else shown[-1] if shown else None
        if before in self._layers:
            self.choose(before)
        self.blockSignals(False)
        # Another layer may now stand where the chosen one stood: who listens looks again.
        self.currentIndexChanged.emit(self.currentIndex())
