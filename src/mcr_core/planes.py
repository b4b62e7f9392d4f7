"""A volume as batches of 2D planes along each axis.

Arrays are ZYX. The planes `xy` have rows Y and columns X, `xz` rows Z and columns X, `yz` rows Z
and columns Y. A 2D image is one plane `xy`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from mcr_core.microstructure import Microstructure

PLANES = ("xy", "xz", "yz")

#: Axes of [F, Z, Y, X] in the order [plane, F, row, column].
_ORDER = {"xy": (1, 0, 2, 3), "xz": (2, 0, 1, 3), "yz": (3, 0, 1, 2)}


def plane_names(ndim: int) -> tuple[str, ...]:
    """Names of the planes of a 2D image (one) or a volume (three)."""
    return PLANES if ndim == 3 else PLANES[:1]


def plane_shape(shape: Sequence[int], plane: str) -> tuple[int, int]:
    """Rows and columns of the planes of that name in an array of shape (Z, Y, X) or (Y, X)."""
    row, column = plane_axes(len(shape), plane)
    return shape[row], shape[column]


def plane_axes(ndim: int, plane: str) -> tuple[int, int]:
    """Positions of the row and the column axis in an array of shape (Z, Y, X) or (Y, X)."""
    if ndim == 2:
        return 0, 1
    _, _, row, column = _ORDER[plane]
    return row - 1, column - 1


def plane_count(shape: Sequence[int], plane: str) -> int:
    """How many planes of that name an array of shape (Z, Y, X) or (Y, X) has."""
    return 1 if len(shape) == 2 else shape[_ORDER[plane][0] - 1]


def to_planes_order(ndim: int, plane: str) -> tuple[int, ...]:
    """Permutation of the axes that turns fields [F, Z, Y, X] into planes [N, F, rows, columns].

    For 2D fields, the permutation of [F, 1, Y, X] (the image as a volume of one plane).
    """
    return _ORDER[plane if ndim == 3 else "xy"]


def from_planes_order(ndim: int, plane: str) -> tuple[int, ...]:
    """Permutation of the axes that turns planes back into fields: the inverse of the above."""
    order = to_planes_order(ndim, plane)
    return tuple(order.index(axis) for axis in range(4))


def field_planes(
    microstructure: Microstructure, plane: str
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64] | None]:
    """Return fields [N, F, H, W] and validity [N, H, W] (None: all) of all planes of one kind."""
    order = to_planes_order(microstructure.ndim, plane)

    def arrange(array: npt.NDArray[Any]) -> npt.NDArray[np.float64]:
        volume = array if microstructure.ndim == 3 else array[:, None]
        return np.ascontiguousarray(volume.transpose(order), dtype=np.float64)

    mask = microstructure.mask
    valid = None if mask is None else arrange(mask[None])[:, 0]
    return arrange(microstructure.fields(np.uint8)), valid
