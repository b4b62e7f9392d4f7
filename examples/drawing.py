"""What the pictures of the examples are made of: images, and volumes as cubes."""

from pathlib import Path
from typing import Any

import numpy as np

import mcr_core as mcr
from mcr_core.figures.palette import phase_colors

SAMPLES = Path(__file__).resolve().parents[1] / "sample_data"

# Steps of one voxel along Z, Y and X in the picture (right, up): isometric, so that the three faces
# are equally distorted; and how bright the faces normal to these axes are.
_STEPS = np.array([(0.0, 1.0), (np.sqrt(0.75), 0.5), (np.sqrt(0.75), -0.5)])
_LIGHT = (1.0, 0.88, 0.72)


def new_figure(rows: int, columns: int, inches: float = 2.0) -> tuple[Any, Any]:
    """Return a figure and its axes [rows, columns], without frames."""
    from matplotlib.figure import Figure

    size = (inches * columns, (inches + 0.25) * rows)
    figure = Figure(size, dpi=110, layout="compressed")
    axes = figure.subplots(rows, columns, squeeze=False)
    for one in axes.ravel():
        one.set_axis_off()
    return figure, axes


def draw_image(axes: Any, image: mcr.Microstructure, title: str = "") -> None:
    """Draw a 2D image in the colours of its phases."""
    axes.imshow(_colors(image)[image.labels], interpolation="nearest")
    axes.set_title(title, fontsize=9)


def draw_cube(axes: Any, volume: mcr.Microstructure, title: str = "") -> None:
    """Draw the faces of a volume at the last Z, the first Y and the last X: three sections."""
    extent = volume.shape
    faces = (volume.labels[-1], volume.labels[:, 0], volume.labels[:, :, -1])
    starts = (extent[0] * _STEPS[0], np.zeros(2), extent[2] * _STEPS[2])
    for normal, (labels, start) in enumerate(zip(faces, starts, strict=True)):
        down, across = np.mgrid[: labels.shape[0] + 1, : labels.shape[1] + 1][..., None]
        row, column = np.delete(_STEPS, normal, axis=0)
        points = start + down * row + across * column
        colors = _colors(volume) * _LIGHT[normal]
        axes.pcolormesh(points[..., 0], points[..., 1], colors[labels])
    # The letters stand beside edges that end at the corners at the bottom and on the right.
    z, y, x = _STEPS * np.array(extent)[:, None]
    for name, place in zip(
        "zyx", (z / 2 - x / 16, x + y / 2 - z / 10, x / 2 - z / 10), strict=True
    ):
        axes.text(*place, name, ha="center", va="center", fontsize=9)
    axes.set_aspect("equal")
    axes.set_title(title, fontsize=9)


def _colors(image: mcr.Microstructure) -> Any:
    from matplotlib.colors import to_rgb

    return np.array([to_rgb(color) for color in phase_colors(image.phase_count)])
