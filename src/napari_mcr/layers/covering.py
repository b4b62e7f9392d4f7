"""Layers that make way for another, which stands in their place."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from napari.components import ViewerModel
    from napari.layers import Layer


def cover(viewer: ViewerModel, layer: Layer, others: Iterable[Layer]) -> None:
    """Hide layers until another is removed, unless nobody sees that one then.

    Args:
        viewer: that shows all of them.
        layer: that is seen in their place.
        others: those of them that are seen are hidden.
    """
    hidden = [other for other in others if other.visible]

    def show(event: Any) -> None:
        if event.value is not layer:
            return
        viewer.layers.events.removed.disconnect(show)
        for other in hidden:
            if layer.visible and other in viewer.layers:
                other.visible = True

    for other in hidden:
        other.visible = False
    if hidden:
        viewer.layers.events.removed.connect(show)
