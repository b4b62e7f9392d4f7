"""Choose one of the layers of a viewer."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from napari_mcr.forms.narrow_box import NarrowBox
from napari_mcr.layers.source_layer import is_preview

if TYPE_CHECKING:
    from napari.components import ViewerModel
    from napari.layers import Layer


def holds_image(layer: Layer) -> bool:
    """Whether a layer can hold phases: Labels and Image layers, unless they show what will go."""
    from napari.layers import Image, Labels

    return isinstance(layer, (Image, Labels)) and not is_preview(layer)


class LayerBox(NarrowBox):
    """The layers of a viewer of some kind; perhaps with an entry that stands for none of them.

    The choice stays when layers come and go; `currentIndexChanged` tells of another one.

    Args:
        viewer: whose layers.
        instead: the first entry, chosen at the beginning; empty: there is none, and the layer
            that is active, or the last one, is chosen.
        takes: tells the layers that are offered.
        prefers: tells those of them that are chosen at the beginning, if there are any.
    """

    def __init__(
        self,
        viewer: ViewerModel,
        instead: str = "",
        takes: Callable[[Layer], bool] = holds_image,
        prefers: Callable[[Layer], bool] = lambda _: True,
    ) -> None:
        super().__init__()
        self._viewer = viewer
        self._instead = instead
        self._takes = takes
        self._prefers = prefers
        self._layers: list[Layer | None] = []
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

    def choose_next(self) -> None:
        """Choose the entry after this one: of two boxes, the second begins with another layer."""
        self.setCurrentIndex((self.currentIndex() + 1) % max(self.count(), 1))

    def disconnect_viewer(self) -> None:
        """Let go of the viewer."""
        for event in self._events():
            event.disconnect(self._fill)

    def _events(self) -> tuple[Any, ...]:
        events = self._viewer.layers.events
        return events.inserted, events.removed, events.reordered, events.renamed

    def _fill(self, event: Any = None) -> None:
        before = self.layer
        shown = [layer for layer in self._viewer.layers if self._takes(layer)]
        self._layers = [*([None] if self._instead else []), *shown]
        self.blockSignals(True)
        self.clear()
        self.addItems([self._instead if x is None else x.name for x in self._layers])
        if before not in shown:
            preferred = list(filter(self._prefers, shown)) or shown
            active = self._viewer.layers.selection.active
            first = active if active in preferred else preferred[-1] if preferred else None
            before = None if self._instead else first
        if before in self._layers:
            self.choose(before)
        self.blockSignals(False)
        # Another layer may now stand where the chosen one stood: who listens looks again.
        self.currentIndexChanged.emit(self.currentIndex())
