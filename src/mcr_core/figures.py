"""A figure of a reconstruction: the input beside three orthogonal sections of the result."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from mcr_core.errors import InputError
from mcr_core.microstructure import Microstructure

# Blue, yellow and red that differ in lightness as well, so that they survive colour blindness and
# grey print (P. Tol, "Colour Schemes", SRON/EPS/TN/09-002, scheme "high-contrast").
_HIGH_CONTRAST = ("#004488", "#DDAA33", "#BB5566")
_MASKED = "#DDDDDD"

_DPI = 150
_LARGEST_PANEL = 420  # dots
# Around the panels, in dots.
_LEFT, _RIGHT, _TOP, _BOTTOM, _GAP = 95, 30, 55, 85, 105
_LEGEND_ROW = 34


@dataclass(frozen=True)
class _Panel:
    """One section: labels [row, column] with the names and the pixel size of these two axes."""

    title: str
    labels: npt.NDArray[np.uint8]
    mask: npt.NDArray[np.bool_] | None
    axes: tuple[str, str]
    pixel: tuple[float, float]
    microstructure: Microstructure


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
    from matplotlib.colors import BoundaryNorm, ListedColormap
    from matplotlib.figure import Figure
    from matplotlib.patches import Patch

    if volume.ndim != 3:
        raise InputError(f"expected a 3D result to cut, got a 2D one of shape {volume.shape}")
    values = sorted({*source.phase_values, *volume.phase_values})
    colors = _colors(len(values))
    colormap = ListedColormap(colors).with_extremes(bad=_MASKED)
    norm = BoundaryNorm(np.arange(len(values) + 1) - 0.5, len(values))

    panels = [_input_panel(source), *_sections(volume)]
    dots = _dots_per_voxel(panels)
    sizes = [_size(panel, dots) for panel in panels]
    rows = len(values)
    tallest = max(height for _, height in sizes)
    width = _LEFT + sum(w for w, _ in sizes) + _GAP * (len(panels) - 1) + _RIGHT
    height = _TOP + tallest + _BOTTOM + _LEGEND_ROW * rows
    figure = Figure(figsize=(width / _DPI, height / _DPI), dpi=_DPI)

    left = _LEFT
    for panel, (across, down) in zip(panels, sizes, strict=True):
        bottom = height - _TOP - down
        axes = figure.add_axes(
            (left / width, bottom / height, across / width, down / height), title=panel.title
        )
        axes.imshow(
            _indices(panel, values),
            cmap=colormap,
            norm=norm,
            interpolation="nearest",
            extent=_extent(panel),
            aspect="auto",  # the axes already have the shape of the section
        )
        unit = "µm" if panel.microstructure.unit == "um" else panel.microstructure.unit
        axes.set_xlabel(f"{panel.axes[1]} ({unit})")
        axes.set_ylabel(f"{panel.axes[0]} ({unit})")
        left += across + _GAP

    figure.legend(
        handles=[
            Patch(facecolor=color, label=_entry(value, source, volume))
            for color, value in zip(colors, values, strict=True)
        ],
        loc="lower left",
        bbox_to_anchor=(_LEFT / width, 8 / height),
        borderaxespad=0,
        borderpad=0,
        frameon=False,
    )
    figure.savefig(path, format="png")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run `python -m mcr_core.figures OUT.png INPUT.tif VOLUME.tif`; return the exit code."""
    from mcr_core.images import read

    parser = argparse.ArgumentParser(
        prog="python -m mcr_core.figures",
        description="Draw an input image beside three sections through a volume.",
    )
    parser.add_argument("out", help="the PNG to write")
    parser.add_argument("input", help="the image that the volume was made from")
    parser.add_argument("volume", help="the reconstructed volume")
    options = parser.parse_args(arguments)
    try:
        save_sections(options.out, read(options.input), read(options.volume))
    except (InputError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    return 0


def _input_panel(source: Microstructure) -> _Panel:
    plane = source if source.ndim == 2 else source.plane(source.shape[0] // 2)
    return _Panel("input", plane.labels, plane.mask, ("Y", "X"), _pair(plane.voxel_size), source)


def _sections(volume: Microstructure) -> list[_Panel]:
    panels = []
    for title, normal in (("xy", 0), ("xz", 1), ("yz", 2)):
        middle = volume.shape[normal] // 2
        inside = [axis for axis in range(3) if axis != normal]
        panels.append(
            _Panel(
                title,
                np.take(volume.labels, middle, axis=normal),
                None if volume.mask is None else np.take(volume.mask, middle, axis=normal),
                ("ZYX"[inside[0]], "ZYX"[inside[1]]),
                _pair([volume.voxel_size[axis] for axis in inside]),
                volume,
            )
        )
    return panels


def _pair(sizes: Sequence[float]) -> tuple[float, float]:
    return sizes[0], sizes[1]


def _in_voxels(panel: _Panel) -> tuple[float, float]:
    """Extent (rows, columns) of a section, in the shortest edge of its voxels.

    A volume with flat voxels is thus drawn in its true shape.
    """
    edge = min(panel.microstructure.voxel_size)
    rows, columns = panel.labels.shape
    return rows * panel.pixel[0] / edge, columns * panel.pixel[1] / edge


def _dots_per_voxel(panels: Sequence[_Panel]) -> float:
    dots = _LARGEST_PANEL / max(max(_in_voxels(panel)) for panel in panels)
    # With whole dots all voxels look equally large; an image of more voxels than dots is thinned.
    return float(round(dots)) if dots >= 1 else dots


def _size(panel: _Panel, dots: float) -> tuple[int, int]:
    """Width and height of a panel in dots."""
    down, across = _in_voxels(panel)
    return max(round(across * dots), 1), max(round(down * dots), 1)


def _extent(panel: _Panel) -> tuple[float, float, float, float]:
    rows, columns = panel.labels.shape
    return 0.0, columns * panel.pixel[1], rows * panel.pixel[0], 0.0


def _indices(panel: _Panel, values: Sequence[float]) -> npt.NDArray[Any]:
    """Place of every pixel's phase in the list of values; masked outside of the mask."""
    place = np.searchsorted(values, panel.microstructure.phase_values)
    return np.ma.masked_array(
        place[panel.labels], mask=False if panel.mask is None else ~panel.mask
    )


def _colors(count: int) -> list[Any]:
    from matplotlib import colormaps

    if count <= len(_HIGH_CONTRAST):
        return list(_HIGH_CONTRAST[:count])
    return [colormaps["cividis"](place) for place in np.linspace(0, 1, count)]


def _entry(value: float, source: Microstructure, volume: Microstructure) -> str:
    named = source if value in source.phase_values else volume
    name = named.phase_names[named.phase_values.index(value)]
    return f"{name}: input {_percent(value, source)}, volume {_percent(value, volume)}"


def _percent(value: float, microstructure: Microstructure) -> str:
    if value not in microstructure.phase_values:
        return "none"
    index = microstructure.phase_values.index(value)
    return f"{100 * microstructure.phase_fractions[index]:.1f} %"


if __name__ == "__main__":
    sys.exit(main())
