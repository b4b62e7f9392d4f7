"""Sampling errors in what descriptors draw: bands around lines, and bars at single numbers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]
Blocks = Mapping[str, Array]

#: What a legend calls them.
LABEL = "± standard error"
#: How far upper and lower may be from symmetric: shares of the error, and of the largest value.
_OF_ERROR, _OF_VALUE = 1e-3, 1e-6


def draw_with_errors(
    axes: Any,
    plot: Callable[[Any, Blocks, str], None],
    blocks: Blocks,
    label: str,
    errors: Blocks | None,
) -> bool:
    """Draw blocks, and their standard errors if they are known.

    The plot is made twice more, unseen, of the blocks plus and minus their errors. That gives the
    errors of every plot that shows entries or sums of them. What is not linear in the blocks, as
    a spectrum is, gets none: the errors of entries do not give its own.

    Args:
        axes: of matplotlib.
        plot: draws blocks into axes, see `Descriptor.plot`.
        blocks: named arrays.
        label: entry of the legend.
        errors: of the same names and shapes, or None.

    Returns:
        Whether an error was drawn.
    """
    lines, bars, texts = len(axes.lines), len(axes.patches), len(axes.texts)
    plot(axes, blocks, label)
    if errors is None:
        return False
    from matplotlib.figure import Figure

    upper: Any = Figure().add_subplot()
    lower: Any = Figure().add_subplot()
    plot(upper, {name: values + errors[name] for name, values in blocks.items()}, label)
    plot(lower, {name: values - errors[name] for name, values in blocks.items()}, label)
    seen = [*axes.lines[lines:], *axes.patches[bars:]]
    above, below = ([*one.lines, *one.patches] for one in (upper, lower))
    if not list(map(type, seen)) == list(map(type, above)) == list(map(type, below)):
        return False
    heads = axes.texts[texts:]
    drawn = [
        (_line_error if hasattr(artist, "get_xdata") else _bar_error)(axes, artist, high, low)
        for artist, high, low in zip(seen, above, below, strict=True)
    ]
    if len(axes.patches) > bars and len(heads) == len(upper.texts):
        # The number above a bar goes above its error.
        for text, higher in zip(heads, upper.texts, strict=True):
            text.xy = (text.xy[0], higher.xy[1])
    return any(drawn)


def _line_error(axes: Any, line: Any, upper: Any, lower: Any) -> bool:
    places = [np.asarray(one.get_xdata(orig=False), float) for one in (line, upper, lower)]
    values = [np.asarray(one.get_ydata(orig=False), float) for one in (line, upper, lower)]
    if not all(np.array_equal(places[0], other) for other in places[1:]):
        return False
    error = _half_width(*values)
    if error is None:
        return False
    color = line.get_color()
    if line.get_linestyle() == "None":
        _bars(axes, places[0], values[0], error, color)
    else:
        axes.fill_between(
            places[0],
            values[0] - error,
            values[0] + error,
            color=color,
            alpha=0.2,
            linewidth=0,
        )
    return True


def _bar_error(axes: Any, bar: Any, upper: Any, lower: Any) -> bool:
    if not hasattr(bar, "get_height"):  # another shape
        return False
    from matplotlib import rcParams

    heights = [np.array([one.get_height()]) for one in (bar, upper, lower)]
    error = _half_width(*heights)
    if error is None:
        return False
    middle = np.array([bar.get_x() + bar.get_width() / 2])
    # Black, or what a dark style has for it.
    _bars(axes, middle, heights[0], error, rcParams["text.color"])
    return True


def _bars(axes: Any, places: Array, values: Array, error: Array, color: Any) -> None:
    # Without caps, which would be lines of the axes: the caller's are those of the plot.
    axes.errorbar(places, values, error, fmt="none", ecolor=color, elinewidth=1.5, capsize=0)


def _half_width(values: Array, upper: Array, lower: Array) -> Array | None:
    """Half of the distance between upper and lower; None if 0, or not the same to both sides."""
    if not values.shape == upper.shape == lower.shape:
        return None
    error: Array = np.abs(upper - lower) / 2
    known = np.isfinite(error) & np.isfinite(values)
    if not (error[known] > 0).any():
        return None
    skew = np.abs(upper + lower - 2 * values)[known]
    allowed = _OF_ERROR * error[known] + _OF_VALUE * np.abs(values[known]).max()
    return error if (skew <= allowed).all() else None
