"""Picture of a descriptor that is one number."""

from __future__ import annotations

from typing import Any

import numpy.typing as npt


def draw_number(axes: Any, value: npt.ArrayLike, label: str, what: str) -> None:
    """Draw a bar with its value above it; drawing twice compares.

    Args:
        axes: axes of matplotlib.
        value: the number, an array of shape [].
        label: name of the bar and entry of the legend.
        what: name of the vertical axis.
    """
    bars = axes.bar([label], [value], width=0.6, label=label)
    axes.bar_label(bars, fmt="%.4g", padding=2)
    axes.margins(y=0.15)
    axes.set_xlim(-0.8, len(axes.patches) - 0.2)
    axes.set_ylabel(what)
