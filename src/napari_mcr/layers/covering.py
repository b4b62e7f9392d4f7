"""Layers that make way for another, which stands in their place."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import numpy as np

from napari_mcr.layers.world import Place, to_world

if TYPE_CHECKING:
    from napari.components import Dims, ViewerModel
    from napari.layers import Layer

#: Layers that touch have no place in common; of their extent, what rounding errors amount to.
_SLACK = 1e-6


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


def overlap(layer: Layer, other: Layer, dims: Dims) -> bool:
    """Whether two layers have a place in common, along the axes that both have.

    Args:
        layer: of an array.
        other: of an array.
        dims: of the viewer that shows both.
    """
    shared = min(layer.ndim, other.ndim)
    (low, high), (other_low, other_high) = (
        (edge[-shared:] for edge in _box(one, dims)) for one in (layer, other)
    )
    common = np.minimum(high, other_high) - np.maximum(low, other_low)
    return bool(np.all(common > _SLACK * np.minimum(high - low, other_high - other_low)))


def _box(layer: Layer, dims: Dims) -> tuple[Place, Place]:
    """Where a layer begins and ends in the viewer, along its axes."""
    corners = (np.zeros(layer.ndim), np.asarray(layer.data.shape))
    ends = np.array([to_world(layer, corner - 0.5, dims) for corner in corners])
    return ends.min(axis=0), ends.max(axis=0)
