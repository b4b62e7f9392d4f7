"""napari layer → Microstructure, with checks that say what to do."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from mcr_core.errors import InputError
from mcr_core.microstructure import Microstructure
from mcr_core.units import parse_unit
from napari_mcr.layers.world import to_data

if TYPE_CHECKING:
    from napari.components import Dims
    from napari.layers import Layer

#: More are not converted: the viewer would stand still, and no machine reconstructs them.
LARGEST = 2**30


@dataclass(frozen=True)
class Stated:
    """What the metadata of a layer say of its labels; see `phase_layer.metadata`.

    Attributes:
        names: of the phases, by label.
        outside: the label of what is no part of the image; None if everything is.
    """

    names: Mapping[float, str]
    outside: int | None


def stated_of(layer: Layer) -> Stated:
    """Return what a layer's metadata say of its labels, as far as they are understood."""
    carried = layer.metadata.get("mcr")
    described = carried.get("microstructure") if isinstance(carried, Mapping) else None
    if not isinstance(described, Mapping):
        return Stated({}, None)
    names = described.get("phase_names") or ()
    labels = described.get("phase_values") or ()
    if described.get("stored") == "indices":
        labels = range(len(names))
    outside = described.get("ignore")
    return Stated(
        dict(zip(labels, map(str, names), strict=False)),
        int(outside) if isinstance(outside, (int, float)) else None,
    )


def is_preview(layer: Layer) -> bool:
    """Whether a layer shows what would be made, and goes by itself."""
    carried = layer.metadata.get("mcr")
    return isinstance(carried, Mapping) and bool(carried.get("preview"))


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

    Names of phases, and what is outside, are those that the layer states.

    Raises:
        InputError: it is not segmented, has one phase only, is RGB, or is too large.
    """
    values = values_of(layer, dims, axes)
    sizes = tuple(voxel_size)
    stated = stated_of(layer)
    found = Microstructure.from_array(
        values,
        voxel_size=sizes if len(sizes) > 1 else sizes[0],
        unit=unit,
        mask=None if stated.outside is None else values != stated.outside,
        ignore=0 if zero_is_outside else None,
        periodic=periodic,
    )
    names = zip(found.phase_values, found.phase_names, strict=True)
    found = replace(found, phase_names=tuple(stated.names.get(v, name) for v, name in names))
    if found.phase_count < 2:
        raise InputError(
            f"expected at least two phases, the layer {layer.name!r} has the value "
            f"{found.phase_values[0]:g} only: there is nothing to reconstruct"
        )
    return found


def values_of(layer: Layer, dims: Dims, axes: Sequence[int]) -> npt.NDArray[Any]:
    """Return the values of a layer along some axes, at the viewer's place on the others.

    Raises:
        InputError: it is RGB, has one axis, or is too large.
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
    data = layer.data[0] if layer.multiscale else layer.data
    # Cut first: a lazy array is then read no further than needed.
    return np.asarray(data[place_of(layer, dims, axes)])


def sample_of(
    layer: Layer, dims: Dims, axes: Sequence[int], most: int
) -> tuple[npt.NDArray[Any], int]:
    """Return what `values_of` does, or every n-th plane, row and column of it; and n.

    Args:
        layer: not RGB.
        dims: of the viewer.
        axes: of the image.
        most: values that are returned, about.
    """
    extent = extent_of(layer, axes)
    step = max(1, math.ceil((math.prod(extent) / most) ** (1 / len(axes))))
    data = layer.data[0] if layer.multiscale else layer.data
    index = place_of(layer, dims, axes)
    thinned = tuple(slice(None, None, step) if isinstance(i, slice) else i for i in index)
    return np.asarray(data[thinned]), step


def place_of(layer: Layer, dims: Dims, axes: Sequence[int]) -> tuple[slice | int, ...]:
    """Return the index of the layer's data that takes some axes as a whole."""
    place = to_data(layer, dims.point, dims)
    data = layer.data[0] if layer.multiscale else layer.data
    return tuple(
        slice(None) if axis in axes else int(np.clip(round(place[axis]), 0, extent - 1))
        for axis, extent in enumerate(data.shape)
    )
