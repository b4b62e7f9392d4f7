"""napari layer → Microstructure, with checks that say what to do."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from mcr_core.errors import InputError
from mcr_core.microstructure import Microstructure
from mcr_core.units import parse_unit

if TYPE_CHECKING:
    from napari.components import Dims
    from napari.layers import Layer

#: More are not converted: the viewer would stand still, and no machine reconstructs them.
LARGEST = 2**30


def axes_of(layer: Layer, dims: Dims, one_plane: bool) -> tuple[int, ...]:
    """Return the axes of the layer's data that make the image, ascending.

    Args:
        layer: a layer of 2 or more axes.
        dims: of the viewer.
        one_plane: take the plane that the viewer shows; else the last three axes.
    """
    if layer.ndim <= 2 or not one_plane:
        return tuple(range(max(layer.ndim - 3, 0), layer.ndim))
    # The axes of a layer are the last ones of the viewer. In 3D, none is hidden: the last two.
    offset = dims.ndim - layer.ndim
    order = dims.order if dims.ndisplay == 2 else tuple(range(dims.ndim))
    shown = sorted(axis - offset for axis in order[-2:])
    return tuple(shown) if shown[0] >= 0 else (layer.ndim - 2, layer.ndim - 1)


def extent_of(layer: Layer, axes: Sequence[int]) -> tuple[int, ...]:
    """Return the extent of the image that these axes make, in voxels."""
    shape = (layer.data[0] if layer.multiscale else layer.data).shape
    return tuple(int(shape[axis]) for axis in axes)


def known_scale(
    scale: Sequence[float], units: Sequence[Any]
) -> tuple[tuple[float, ...], str] | None:
    """Return voxel size and unit that a layer states along some axes; None if in pixels.

    Args:
        scale: of these axes.
        units: of these axes, as pint units.

    Raises:
        InputError: the units are no lengths.
    """
    if any(str(unit) == "pixel" for unit in units):
        return None
    try:
        unit = parse_unit(str(units[0]))
    except InputError:
        unit = "um"
    try:
        # pint takes the symbols nm, um, mm and m as we do.
        factors = [float((1 * own).to(unit).magnitude) for own in units]
    except Exception as error:  # noqa: BLE001 - the unit library has errors of many kinds
        raise InputError(
            f"expected lengths as units of the layer, got {', '.join(map(str, units))}: "
            f"set the units of the layer ({error})"
        ) from None
    return tuple(abs(float(s)) * f for s, f in zip(scale, factors, strict=True)), unit


def read_voxel_size(text: str) -> tuple[float, ...]:
    """Read one number, or several separated by spaces, commas or ×."""
    parts = [part for part in re.split(r"[\s,;×x]+", text.strip()) if part]
    try:
        sizes = tuple(float(part) for part in parts)
    except ValueError:
        sizes = ()
    if not sizes:
        raise InputError(f"expected a voxel size such as 0.5, or one number per axis, got {text!r}")
    return sizes


def microstructure_of(
    layer: Layer,
    dims: Dims,
    axes: Sequence[int],
    *,
    voxel_size: Sequence[float],
    unit: str,
    zero_is_outside: bool = False,
    periodic: bool = False,
) -> Microstructure:
    """Return the image that a layer holds along some axes, at the viewer's place on the others.

    Raises:
        InputError: it is not segmented, has one phase only, is RGB, or is too large.
    """
    if getattr(layer, "rgb", False):
        raise InputError(
            f"expected phases, the layer {layer.name!r} is an RGB image: "
            "choose a Labels layer, or segment the image first"
        )
    extent = extent_of(layer, axes)
    if math.prod(extent) > LARGEST:
        raise InputError(
            f"the layer {layer.name!r} has {math.prod(extent):,} voxels, at most {LARGEST:,} are "
            "read: crop it, or take the shown plane"
        )
    if len(axes) < 2:
        raise InputError(f"expected an image, the layer {layer.name!r} has one axis")
    values = _image(layer, dims, axes)
    sizes = tuple(voxel_size)
    found = Microstructure.from_array(
        values,
        voxel_size=sizes if len(sizes) > 1 else sizes[0],
        unit=unit,
        ignore=0 if zero_is_outside else None,
        periodic=periodic,
    )
    if found.phase_count < 2:
        raise InputError(
            f"expected at least two phases, the layer {layer.name!r} has the value "
            f"{found.phase_values[0]:g} only: there is nothing to reconstruct"
        )
    return found


def _image(layer: Layer, dims: Dims, axes: Sequence[int]) -> npt.NDArray[Any]:
    data = layer.data[0] if layer.multiscale else layer.data
    place = layer.world_to_data(dims.point[-layer.ndim :])
    index = tuple(
        slice(None) if axis in axes else int(np.clip(round(place[axis]), 0, extent - 1))
        for axis, extent in enumerate(data.shape)
    )
    # Cut first: a lazy array is then read no further than needed.
    return np.asarray(data[index])
