"""Between the places in a layer's data and those in the viewer's world, whose units are shared."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from napari.components import Dims
    from napari.layers import Layer

Place = npt.NDArray[np.float64]


def to_world(layer: Layer, place: npt.ArrayLike, dims: Dims) -> Place:
    """Return where a place in the data of a layer is in the viewer, along the layer's axes."""
    world: Place = np.atleast_1d(np.asarray(layer.data_to_world(place), float))
    return world * _factors(layer, dims)


def to_data(layer: Layer, world: npt.ArrayLike, dims: Dims) -> Place:
    """Return where a place in the viewer is in the data of a layer.

    Args:
        layer: the layer.
        world: in the viewer's units, along all axes of the viewer or the last ones.
        dims: of the viewer.
    """
    own = np.asarray(world, float)[-layer.ndim :] / _factors(layer, dims)
    return np.asarray(layer.world_to_data(own), float)


def _factors(layer: Layer, dims: Dims) -> Place:
    """Return the units of a layer in those of the viewer.

    The viewer shows layers of different units (nm, µm) in the smallest, though a layer counts in
    its own. It has no units where they are of different kinds (pixel, µm): numbers are then equal.
    """
    if dims.units is None:
        return np.ones(layer.ndim)
    shared = dims.units[-layer.ndim :]
    pairs = zip(layer.units, shared, strict=True)
    return np.array([float((1 * own).to(unit).magnitude) for own, unit in pairs])
