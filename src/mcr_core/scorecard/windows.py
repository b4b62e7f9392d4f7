"""Windows of equal size, which are cut out of a result and of what it is compared with."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from mcr_core.errors import InputError
from mcr_core.microstructure import Microstructure
from mcr_core.planes import to_planes_order

Labels = npt.NDArray[np.uint8]

#: Edges that windows should have if the reference is cut into more than the fewest parts.
_WANTED = {2: 20, 3: 32}
#: Most parts of an axis of the reference, while they are no larger than the result.
_MOST_PARTS = {2: 4, 3: 3}
#: Least share of an axis of the result that its windows may cover.
_COVERED = 0.8
#: Fewest windows that have a scatter.
_FEWEST = 3


def window_edges(reference: Sequence[int], result: Sequence[int], smallest: int) -> tuple[int, ...]:
    """Choose the edges of windows: the reference has two or more of them along every axis.

    As many parts as possible (up to 4 along an axis of an image, 3 of a volume) with edges of at
    least 20 (32) pixels, else two; never longer than the result, whose windows are to cover at
    least 80 % of each axis.

    Args:
        reference: extent of what is compared with.
        result: extent of the result along the same axes.
        smallest: shortest edge that the statistics can be taken on.

    Raises:
        InputError: the reference or the result is too small.
    """
    rank = len(reference)
    wanted = max(_WANTED[rank], smallest)
    edges = []
    for extent, available in zip(reference, result, strict=True):
        parts = next((p for p in range(_MOST_PARTS[rank], 2, -1) if extent // p >= wanted), 2)
        edge = min(extent // parts, available)
        if available // edge * edge < _COVERED * available:
            edge = available // -(-available // edge)
        if edge < smallest:
            raise InputError(
                f"expected a reference of at least {2 * smallest} pixels along every axis and a "
                f"result of at least {smallest}, got {extent} and {available}: scatter is that "
                "of parts of the reference; give a larger one or a smaller limit_to"
            )
        edges.append(edge)
    return tuple(edges)


def tiles(
    labels: npt.NDArray[Any], edges: Sequence[int], valid: npt.NDArray[np.bool_] | None = None
) -> npt.NDArray[Any]:
    """Cut an array into windows side by side, [n, *edges]; what is left over is left out.

    Windows that hold a voxel that is not valid are left out, too.
    """
    starts = [
        range((extent - extent // edge * edge) // 2, extent - edge + 1, edge)
        for extent, edge in zip(labels.shape, edges, strict=True)
    ]
    boxes = [
        tuple(slice(s, s + edge) for s, edge in zip(corner, edges, strict=True))
        for corner in itertools.product(*starts)
    ]
    kept = [labels[box] for box in boxes if valid is None or valid[box].all()]
    return np.stack(kept) if kept else np.zeros((0, *edges), labels.dtype)


def reference_windows(reference: Microstructure, edges: Sequence[int]) -> Labels:
    """Cut the reference into windows of valid voxels.

    Raises:
        InputError: the mask leaves too few.
    """
    found = tiles(reference.labels, edges, reference.mask)
    if len(found) < _FEWEST:
        raise InputError(
            f"expected at least {_FEWEST} windows of {' x '.join(map(str, edges))} valid pixels in "
            f"the reference, the mask leaves {len(found)}: give a larger image or a smaller "
            "limit_to"
        )
    return found


def plane_windows(volume: Labels, plane: str, edges: Sequence[int]) -> Iterator[Labels]:
    """Yield the windows [n, rows, columns] of each plane of one kind of a volume in turn."""
    order = to_planes_order(3, plane)
    for one in volume[None].transpose(order)[:, 0]:
        yield tiles(one, edges)
