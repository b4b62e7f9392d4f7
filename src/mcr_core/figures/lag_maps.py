"""S₂ over the lag, along the axes and as maps."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from mcr_core.characterization import Characterization
from mcr_core.descriptors.lag_map import draw_profiles
from mcr_core.microstructure import field_phases
from mcr_core.planes import PLANES, plane_axes
from mcr_core.two_point import field_pairs

Array = npt.NDArray[Any]


#: Lags up to this share of the extent are shown of an open image. Along an axis two thirds of the
#: pairs are left there, in the corners of the map four ninths; S₂ of longer lags is mostly noise.
_SHARE = 3


def shown_lags(s2: Array, *, periodic: bool) -> tuple[Array, str]:
    """Cut a map to the lags that are well estimated, and say which they are.

    Args:
        s2: [..., rows, columns] with lag 0 in the centre: 2 N − 1 lags along an axis of N pixels,
            of a periodic image N.
        periodic: every lag has all pairs, so nothing is cut.
    """
    if periodic:
        return s2, "at all lags"
    rows, columns = s2.shape[-2:]
    down, across = (max((extent + 1) // 2 // _SHARE, 1) for extent in (rows, columns))
    down, across = min(down, (rows - 1) // 2), min(across, (columns - 1) // 2)
    row, column = rows // 2, columns // 2
    near = s2[..., row - down : row + down + 1, column - across : column + across + 1]
    return near, "at lags up to a third of the extent"


def s2_of_field(
    source: Characterization, plane: str, field: int, stored: Array
) -> tuple[Array, str]:
    """Return S₂ of one field at the lags to show, and which these are; NaN where no pair is.

    Args:
        source: whose S₂.
        plane: name of the kind of planes.
        field: of which phase field.
        stored: `s2` of these planes, or its errors.
    """
    fields = len(field_phases(source.phase_count))
    own = stored[field_pairs(fields).index((field, field))]
    known = np.where(source.planes[plane].pairs > 0, own, np.nan)
    return shown_lags(known, periodic=source.periodic)


def draw_s2(axes: Any, blocks: Mapping[str, Array], label: str) -> None:
    """Draw the block `s2`, a map, along the axes; as `Descriptor.plot` does."""
    draw_profiles(axes, blocks["s2"], label)


def limits_of(maps: Iterable[Array]) -> tuple[float, float]:
    """Return the least and the largest value of maps, NaN apart."""
    found = list(maps)
    return min(float(np.nanmin(s2)) for s2 in found), max(float(np.nanmax(s2)) for s2 in found)


def draw_lag_map(
    axes: Any,
    s2: Array,
    plane: str,
    *,
    limits: tuple[float, float] | None = None,
    bar: bool = True,
) -> None:
    """Draw S₂ of one field, [rows, columns] with lag 0 in the centre; NaN stays blank.

    Args:
        axes: of matplotlib.
        s2: the map.
        plane: what the planes are called.
        limits: that the colours stand for. Default: those of the map.
        bar: whether a bar beside it tells the colours.
    """
    _draw(axes, s2, plane, "viridis", limits or limits_of([s2]), "S₂" if bar else "")


def draw_difference_map(axes: Any, difference: Array, plane: str) -> None:
    """Draw the difference of two S₂, [rows, columns] with lag 0 in the centre: red is more."""
    largest = float(np.nanmax(np.abs(difference))) or 1.0
    _draw(axes, difference, plane, "RdBu_r", (-largest, largest), "difference of S₂")


def _draw(
    axes: Any, values: Array, plane: str, colours: str, limits: tuple[float, float], what: str
) -> None:
    """Draw a map; `what` is what its bar is called, without which it has none."""
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
    if not what:
        return
    # Beside the axes, whose place the grid decides.
    beside = axes.inset_axes((1.04, 0.0, 0.05, 1.0))
    bar = axes.figure.colorbar(image, cax=beside, label=what)
    bar.formatter.set_powerlimits((-3, 3))
