"""Which pixels of an image lie in a region that another layer holds."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from mcr_core.errors import InputError
from mcr_core.microstructure import Microstructure
from napari_mcr.layers.world import to_data, to_world

if TYPE_CHECKING:
    from napari.components import Dims
    from napari.layers import Labels, Layer, Shapes

Mask = npt.NDArray[np.bool_]

#: Steps along an axis that are smaller are none, in pixels.
_NO_STEP = 1e-6


def masked(microstructure: Microstructure, kept: Mask) -> Microstructure:
    """Return a microstructure of which only the kept voxels count, of those that did before.

    Raises:
        InputError: none is left.
    """
    if microstructure.mask is not None:
        kept = kept & microstructure.mask
    if not kept.any():
        raise InputError(
            "expected a region with pixels of the image, it has none: draw it over the image, or "
            "choose the other side of it"
        )
    return Microstructure.from_array(
        microstructure.values,
        phase_values=microstructure.phase_values,
        phase_names=microstructure.phase_names,
        voxel_size=microstructure.voxel_size,
        unit=microstructure.unit,
        periodic=microstructure.periodic,
        mask=kept,
    )


def region_mask(
    region: Layer, source: Layer, dims: Dims, axes: Sequence[int], extent: Sequence[int]
) -> Mask:
    """Return which pixels of an image are in a region, by their places in the viewer's world.

    A shape holds for all planes of a volume that are parallel to it. A Labels layer of fewer axes
    than the image holds for all its planes, too; of one with more, the shown position counts.

    Args:
        region: a Shapes layer, or a Labels layer, which is a region where it is not 0.
        source: the layer of the image.
        dims: of the viewer.
        axes: of the source that make the image.
        extent: of the image along these, in pixels.

    Raises:
        InputError: nothing is drawn, shapes lie across the planes, or the layers are rotated
            against each other.
    """
    from napari.layers import Shapes

    if isinstance(region, Shapes):
        return _in_shapes(region, source, dims, tuple(axes), tuple(extent))
    return _in_labels(region, source, dims, tuple(axes), tuple(extent))


def _in_labels(
    region: Labels, source: Layer, dims: Dims, axes: tuple[int, ...], extent: tuple[int, ...]
) -> Mask:
    data = np.asarray(region.data[0] if region.multiscale else region.data)
    place = to_data(source, dims.point, dims)
    place[list(axes)] = 0

    def in_region(point: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        world = np.array(dims.point, float)
        world[-source.ndim :] = to_world(source, point, dims)
        return to_data(region, world, dims)

    start = in_region(place)
    steps = np.transpose([in_region(place + np.eye(source.ndim)[axis]) - start for axis in axes])
    index: list[npt.NDArray[np.int64]] = []
    inside = np.ones((1,) * len(extent), bool)
    for row, first, size in zip(steps, start, data.shape, strict=True):
        (moving,) = np.nonzero(np.abs(row) > _NO_STEP)
        if len(moving) > 1:
            raise InputError(
                f"expected a region that is not rotated against the image, the layer "
                f"{region.name!r} is: draw it as shapes"
            )
        shape = [1] * len(extent)
        places = np.array([first])
        if len(moving):
            (axis,) = moving
            shape[axis] = extent[axis]
            places = first + row[axis] * np.arange(extent[axis])
        found = np.rint(places).astype(np.int64).reshape(shape)
        inside = inside & (found >= 0) & (found < size)
        index.append(np.clip(found, 0, size - 1))
    return np.broadcast_to((data[tuple(index)] != 0) & inside, extent)


def _in_shapes(
    region: Shapes, source: Layer, dims: Dims, axes: tuple[int, ...], extent: tuple[int, ...]
) -> Mask:
    from napari.layers import Shapes

    if not region.data:
        raise InputError(f"expected shapes in the layer {region.name!r}, there is none: draw one")
    inside = np.zeros(extent, bool)
    for vertices, kind in zip(region.data, region.shape_type, strict=True):
        points = _in_image(vertices, region, source, dims)[:, axes]
        first, second = _plane(points, region)
        # A layer of its own: it knows what an ellipse is.
        drawn = Shapes([points[:, [first, second]]], shape_type=[kind])
        flat = drawn.to_masks((extent[first], extent[second]))[0].astype(bool)
        shape = [1] * len(extent)
        shape[first], shape[second] = extent[first], extent[second]
        inside |= flat.reshape(shape)
    return inside


def _in_image(vertices: Any, region: Shapes, source: Layer, dims: Dims) -> npt.NDArray[np.float64]:
    """Return vertices in pixels of the source."""
    found = []
    for vertex in vertices:
        world = np.array(dims.point, float)
        world[-region.ndim :] = to_world(region, vertex, dims)
        found.append(to_data(source, world, dims))
    return np.array(found)


def _plane(points: npt.NDArray[np.float64], region: Shapes) -> tuple[int, int]:
    """Return the two axes of the image along which a shape extends."""
    count = points.shape[1]
    along = np.nonzero(np.ptp(points, axis=0) > _NO_STEP)[0].tolist()
    if len(along) > 2:
        raise InputError(
            f"expected shapes that lie in planes of the image, one in {region.name!r} lies across: "
            "draw it in 2D"
        )
    along += [axis for axis in reversed(range(count)) if axis not in along]
    first, second = sorted(along[:2])
    return first, second
