"""A microstructure as sections: a 2D image, or three orthogonal planes of a volume."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import ceil
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from mcr_core.errors import InputError
from mcr_core.figures.palette import MASKED, phase_colors
from mcr_core.microstructure import Microstructure
from mcr_core.planes import PLANES, plane_axes

_DPI = 150
_LARGEST_PANEL = 420  # dots; an image alone is drawn larger
_LARGEST_ALONE = 640
# Around the panels, in dots.
_LEFT, _RIGHT, _TOP, _BOTTOM, _GAP = 105, 30, 55, 85, 115
_LEGEND_ROW, _LEGEND_LETTER = 34, 15
_TITLE_ROW, _TITLE_LETTER = 30, 14
#: Thinner sections are drawn higher or wider than they are, which their title says.
_THINNEST = 45
#: Most rows of a legend of one column, and of one with more.
_SHORT_LEGEND, _LONG_LEGEND = 4, 9


@dataclass(frozen=True)
class _Panel:
    """One section: labels [row, column] with the names and the pixel size of these two axes."""

    title: str
    labels: npt.NDArray[np.uint8]
    mask: npt.NDArray[np.bool_] | None
    axes: tuple[str, str]
    pixel: tuple[float, float]
    microstructure: Microstructure


def sections(microstructure: Microstructure) -> Any:
    """Return a figure of a microstructure: the image, or the three middle planes of a volume.

    Axes are in the unit of the voxel size, and a voxel is equally large in all panels; a section
    too thin to be seen is stretched, as its title says. The legend states the fractions of the
    phases in the whole microstructure, and of what is masked in all voxels.
    """
    if microstructure.ndim == 2:
        panels = [_image_panel("", microstructure, microstructure)]
    else:
        panels = _middle_planes(microstructure)

    def entry(value: float) -> str:
        return f"{_name(value, microstructure)}: {_percent(value, microstructure)}"

    return _figure(panels, microstructure.phase_values, entry)


def save_sections(path: str | Path, source: Microstructure, volume: Microstructure) -> None:
    """Draw the input beside the middle `xy`, `xz` and `yz` sections of a volume, as a PNG.

    A voxel is drawn equally large in all panels, and a phase, known by its value, in the same
    colour. The legend states the phase fractions of the whole images, not of the sections.

    Args:
        path: the file to write, replaced if it exists.
        source: the input; of a volume the middle `xy` plane is drawn.
        volume: the result, shape (Z, Y, X).

    Raises:
        InputError: the result is not 3D.
    """
    if volume.ndim != 3:
        raise InputError(f"expected a 3D result to cut, got a 2D one of shape {volume.shape}")
    plane = source if source.ndim == 2 else source.plane(source.shape[0] // 2)

    def entry(value: float) -> str:
        name = _name(value, source if value in source.phase_values else volume)
        return f"{name}: input {_percent(value, source)}, volume {_percent(value, volume)}"

    figure = _figure(
        [_image_panel("input", plane, source), *_middle_planes(volume)],
        sorted({*source.phase_values, *volume.phase_values}),
        entry,
    )
    figure.savefig(path, format="png")


def _image_panel(title: str, plane: Microstructure, whole: Microstructure) -> _Panel:
    return _Panel(title, plane.labels, plane.mask, ("Y", "X"), _pair(plane.voxel_size), whole)


def _middle_planes(volume: Microstructure) -> list[_Panel]:
    panels = []
    for plane in PLANES:
        inside = plane_axes(3, plane)
        (normal,) = {0, 1, 2} - {*inside}
        middle = volume.shape[normal] // 2
        place = f"{(middle + 0.5) * volume.voxel_size[normal]:.4g} {_unit(volume)}"
        if volume.unit == "pixel" and volume.voxel_size[normal] == 1:
            place = str(middle)
        panels.append(
            _Panel(
                f"{plane}, {'ZYX'[normal]} = {place}",
                np.take(volume.labels, middle, axis=normal),
                None if volume.mask is None else np.take(volume.mask, middle, axis=normal),
                ("ZYX"[inside[0]], "ZYX"[inside[1]]),
                _pair([volume.voxel_size[axis] for axis in inside]),
                volume,
            )
        )
    return panels


def _figure(
    panels: Sequence[_Panel], values: Sequence[float], entry: Callable[[float], str]
) -> Any:
    """Draw panels in a row, and under them a legend with an entry for each value of a phase."""
    from matplotlib.colors import BoundaryNorm, ListedColormap
    from matplotlib.figure import Figure
    from matplotlib.patches import Patch
    from matplotlib.ticker import MaxNLocator

    colors = phase_colors(len(values))
    colormap = ListedColormap(colors).with_extremes(bad=MASKED)
    norm = BoundaryNorm(np.arange(len(values) + 1) - 0.5, len(values))
    handles = [
        Patch(facecolor=color, label=entry(value))
        for color, value in zip(colors, values, strict=True)
    ]
    masked = [_masked_share(panel.microstructure) for panel in panels]
    if any(masked):
        handles.append(Patch(facecolor=MASKED, label=f"not valid: {100 * max(masked):.2f} %"))

    dots = _dots_per_voxel(panels)
    sizes, notes = zip(*(_size(panel, dots) for panel in panels), strict=True)
    titles = [
        "\n".join(filter(None, t)) for t in zip((p.title for p in panels), notes, strict=True)
    ]
    top = _TOP + _TITLE_ROW * max(title.count("\n") for title in titles)
    # A title may be wider than its section.
    places = [
        max(wide, _TITLE_LETTER * max(map(len, title.split("\n"))) - _GAP + _RIGHT)
        for (wide, _), title in zip(sizes, titles, strict=True)
    ]
    across = _LEFT + sum(places) + _GAP * (len(panels) - 1) + _RIGHT
    column = 60 + _LEGEND_LETTER * max(len(str(handle.get_label())) for handle in handles)
    # A long legend has columns: as many as fit, or more, in a wider figure.
    fitting = 1 if len(handles) <= _SHORT_LEGEND else max(1, (across - _LEFT) // column)
    columns = min(max(fitting, -(-len(handles) // _LONG_LEGEND)), len(handles))
    width = max(across, _LEFT + columns * column)
    rows = -(-len(handles) // columns)
    height = top + max(height for _, height in sizes) + _BOTTOM + _LEGEND_ROW * rows
    figure = Figure(figsize=(width / _DPI, height / _DPI), dpi=_DPI)

    left = _LEFT
    for panel, title, place, (wide, tall) in zip(panels, titles, places, sizes, strict=True):
        bottom = height - top - tall
        start = left + (place - wide) / 2
        axes = figure.add_axes(
            (start / width, bottom / height, wide / width, tall / height), title=title
        )
        axes.imshow(
            _indices(panel, values),
            cmap=colormap,
            norm=norm,
            interpolation="nearest",
            extent=_extent(panel),
            aspect="auto",  # the axes already have the shape of the section
        )
        unit = _unit(panel.microstructure)
        axes.set_xlabel(f"{panel.axes[1]} ({unit})")
        axes.set_ylabel(f"{panel.axes[0]} ({unit})")
        for axis, dots_long in ((axes.xaxis, wide), (axes.yaxis, tall)):
            if dots_long < _THINNEST * 2:
                axis.set_major_locator(MaxNLocator(1))
        left += place + _GAP

    figure.legend(
        handles=handles,
        loc="lower left",
        bbox_to_anchor=(_LEFT / width, 8 / height),
        borderaxespad=0,
        borderpad=0,
        frameon=False,
        ncols=columns,
    )
    return figure


def _pair(sizes: Sequence[float]) -> tuple[float, float]:
    return sizes[0], sizes[1]


def _unit(microstructure: Microstructure) -> str:
    return {"um": "µm", "pixel": "pixels"}.get(microstructure.unit, microstructure.unit)


def _in_voxels(panel: _Panel) -> tuple[float, float]:
    """Extent (rows, columns) of a section, in the shortest edge of its voxels.

    A volume with flat voxels is thus drawn in its true shape.
    """
    edge = min(panel.microstructure.voxel_size)
    rows, columns = panel.labels.shape
    return rows * panel.pixel[0] / edge, columns * panel.pixel[1] / edge


def _dots_per_voxel(panels: Sequence[_Panel]) -> float:
    largest = _LARGEST_PANEL if len(panels) > 1 else _LARGEST_ALONE
    dots = largest / max(max(_in_voxels(panel)) for panel in panels)
    # With whole dots all voxels look equally large; an image of more voxels than dots is thinned.
    return float(round(dots)) if dots >= 1 else dots


def _size(panel: _Panel, dots: float) -> tuple[tuple[int, int], str]:
    """Width and height of a panel in dots, and what to say if they are not in scale."""
    down, across = (extent * dots for extent in _in_voxels(panel))
    higher, wider = (max(ceil(_THINNEST / extent), 1) for extent in (down, across))
    notes = [
        f"{axis} drawn {factor} times as long"
        for axis, factor in zip(panel.axes, (higher, wider), strict=True)
        if factor > 1
    ]
    return (round(across * wider), round(down * higher)), "\n".join(notes)


def _extent(panel: _Panel) -> tuple[float, float, float, float]:
    rows, columns = panel.labels.shape
    return 0.0, columns * panel.pixel[1], rows * panel.pixel[0], 0.0


def _indices(panel: _Panel, values: Sequence[float]) -> npt.NDArray[Any]:
    """Place of every pixel's phase in the list of values; masked outside of the mask."""
    place = np.searchsorted(values, panel.microstructure.phase_values)
    return np.ma.masked_array(
        place[panel.labels], mask=False if panel.mask is None else ~panel.mask
    )


def _masked_share(microstructure: Microstructure) -> float:
    return 0.0 if microstructure.mask is None else float(1 - microstructure.mask.mean())


def _name(value: float, microstructure: Microstructure) -> str:
    return microstructure.phase_names[microstructure.phase_values.index(value)]


def _percent(value: float, microstructure: Microstructure) -> str:
    if value not in microstructure.phase_values:
        return "absent"
    fraction = microstructure.phase_fractions[microstructure.phase_values.index(value)]
    return f"{100 * fraction:.2f} %"
