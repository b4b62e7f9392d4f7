"""S₂ at all lags, as maps."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from mcr_core.planes import PLANES, plane_axes

Array = npt.NDArray[Any]


def draw_lag_map(axes: Any, s2: Array, plane: str) -> None:
    """Draw S₂ of one field, [rows, columns] with lag 0 in the centre.

    The colours span the values of lags up to half of the longest: longer ones of an open image
    have few pairs, and scatter. Lags that are NaN stay blank.
    """
    rows, columns = (extent // 2 for extent in s2.shape)
    near = s2[
        rows - (rows + 1) // 2 : rows + (rows + 1) // 2 + 1,
        columns - (columns + 1) // 2 : columns + (columns + 1) // 2 + 1,
    ]
    _draw(axes, s2, plane, "viridis", (float(np.nanmin(near)), float(np.nanmax(near))), "S₂")


def draw_difference_map(axes: Any, difference: Array, plane: str) -> None:
    """Draw the difference of two S₂, [rows, columns] with lag 0 in the centre: red is more."""
    largest = float(np.nanmax(np.abs(difference))) or 1.0
    _draw(axes, difference, plane, "RdBu_r", (-largest, largest), "difference of S₂")


def _draw(
    axes: Any, values: Array, plane: str, colours: str, limits: tuple[float, float], what: str
) -> None:
    rows, columns = values.shape
    left, top = -(columns // 2) - 0.5, -(rows // 2) - 0.5
    image = axes.imshow(
        values,
        cmap=colours,
        vmin=limits[0],
        vmax=limits[1],
        interpolation="nearest",
        extent=(left, left + columns, top + rows, top),
    )
    names = ("Y", "X")
    if plane in PLANES:
        row, column = plane_axes(3, plane)
        names = ("ZYX"[row], "ZYX"[column])
    axes.set_xlabel(f"lag along {names[1]} (pixels)")
    axes.set_ylabel(f"lag along {names[0]} (pixels)")
    # Beside the axes, whose place the grid decides.
    beside = axes.inset_axes((1.04, 0.0, 0.05, 1.0))
    bar = axes.figure.colorbar(image, cax=beside, label=what)
    bar.formatter.set_powerlimits((-3, 3))
