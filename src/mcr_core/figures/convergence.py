"""How a run converged: the loss and its parts over the iterations."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from mcr_core.errors import InputError
from mcr_core.figures.palette import line_colors

_SIZE = (7.0, 4.6)  # inches
_DPI = 150


def convergence(
    history: Sequence[Mapping[str, Any]], *, reached: float | None, outcome: str
) -> Any:
    """Return a figure of the loss and of what each term adds to it, on a logarithmic axis.

    Args:
        history: rows with `iteration`, `loss` and `parts`.
        reached: the loss of the result, whose voxels are of one phase each; None if unknown.
        outcome: how the run ended, for the title.

    Raises:
        InputError: the history is empty.
    """
    from matplotlib.figure import Figure
    from matplotlib.ticker import MaxNLocator

    if not history:
        raise InputError("expected a run with at least one iteration, this one made none")
    figure = Figure(figsize=_SIZE, dpi=_DPI, layout="constrained")
    axes = figure.add_subplot(title=outcome)
    iterations = [row["iteration"] for row in history]
    alone = "." if len(history) == 1 else None
    losses = [row["loss"] for row in history]
    axes.plot(iterations, losses, color="black", linewidth=1.8, marker=alone, label="loss")
    curves = [losses]
    names = list(history[0]["parts"])
    colors = line_colors()
    for number, name in enumerate(names):
        curves.append([row["parts"].get(name, math.nan) for row in history])
        axes.plot(
            iterations,
            curves[-1],
            color=colors[number % len(colors)],
            linestyle=("-", "--", ":")[number // len(colors) % 3],
            linewidth=1.2,
            marker=alone,
            label=name.replace("_", " "),
        )
    if reached is not None:
        curves.append([reached])
        axes.plot(
            [iterations[-1]],
            [reached],
            "D",
            color="black",
            markerfacecolor="white",
            markersize=6,
            label="loss of the result, one phase in each voxel",
            clip_on=False,
            zorder=3,
        )
    if any(value > 0 for curve in curves for value in curve):
        axes.set_yscale("log", nonpositive="mask")
    axes.set_xlabel("iteration")
    axes.set_ylabel("loss")
    axes.grid(alpha=0.3)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.legend(fontsize=8, framealpha=0.8)
    return figure
