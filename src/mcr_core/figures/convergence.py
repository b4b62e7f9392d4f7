"""How a run converged: the loss and its parts over the iterations."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from mcr_core.errors import InputError
from mcr_core.figures.palette import line_colors
from mcr_core.history import term_names

_SIZE = (7.0, 4.6)  # inches
_DPI = 150
#: Parts below this share of the loss do not stretch the axis.
_SMALLEST = 1e-6


def convergence(
    history: Sequence[Mapping[str, Any]], *, reached: float | None, outcome: str
) -> Any:
    """Return a figure of the loss and of what each term adds to it, on a logarithmic axis.

    The axis ends where parts are below a millionth of the loss; one that always is stands in the
    legend only.

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
    shown = [value for value in losses if value > 0]
    names = term_names(history)
    colors = line_colors()
    for number, name in enumerate(names):
        part = [row["parts"].get(name, math.nan) for row in history]
        seen = [p for p, loss in zip(part, losses, strict=True) if p > _SMALLEST * abs(loss)]
        shown += seen
        label = name.replace("_", " ")
        axes.plot(
            iterations,
            part,
            color=colors[number % len(colors)],
            linestyle=("-", "--", ":")[number // len(colors) % 3],
            linewidth=1.2,
            marker=alone,
            label=label if seen else f"{label} (always below 10⁻⁶ of the loss)",
        )
    if reached is not None:
        shown += [reached] if reached > 0 else []
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
    finite = [value for value in shown if math.isfinite(value)]
    if finite:
        low, high = min(finite), max(finite)
        space = max((high / low) ** 0.05, 1.5)  # as much on both sides
        axes.set_yscale("log", nonpositive="mask")
        axes.set_ylim(low / space, high * space)
    axes.set_xlabel("iteration")
    axes.set_ylabel("loss")
    axes.grid(alpha=0.3)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.legend(fontsize=8, framealpha=0.8)
    return figure
