"""The plots of a scorecard, as PNG."""

from __future__ import annotations

import io
import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from mcr_core.figures.palette import SIDES, phase_colors
from mcr_core.scorecard.card import Scorecard
from mcr_core.scorecard.row import Curve, Row

_REFERENCE = "#000000"
_COLUMNS = 4
_TICKS = (0, 1, 2, 4, 10, 30, 100, 300, 1000)


def sections(card: Scorecard) -> bytes:
    """The planes of the result, its references and the null model side by side."""
    from matplotlib.colors import ListedColormap
    from matplotlib.figure import Figure

    columns = min(_COLUMNS + 1, len(card.sections))
    rows = math.ceil(len(card.sections) / columns)
    figure = Figure(figsize=(3 * columns, 3.2 * rows), layout="constrained")
    count = len(card.phase_fractions)
    colours = ListedColormap(phase_colors(count))
    for number, (name, labels) in enumerate(card.sections, 1):
        axes = figure.add_subplot(rows, columns, number)
        axes.imshow(labels, cmap=colours, vmin=0, vmax=count - 1, interpolation="nearest")
        axes.set_title(name, fontsize=10)
        axes.set_xticks([])
        axes.set_yticks([])
    return _png(figure)


def distances(card: Scorecard) -> bytes:
    """The distance of the result and of the null model in every row that is judged."""
    from matplotlib.figure import Figure

    rows = card.judged
    figure = Figure(figsize=(9, 1.2 + 0.22 * len(rows)), layout="constrained")
    axes = figure.add_subplot()
    places = np.arange(len(rows))
    for row, place in zip(rows, places, strict=True):
        axes.plot([0.0, row.limit or 0.0], [place, place], color="#DDDDDD", linewidth=8, zorder=1)
    for name, marker, colour, values in (
        (card.result_name, "o", SIDES[0], [row.distance for row in rows]),
        ("null model", "x", SIDES[1], [row.null_distance for row in rows]),
    ):
        shown = np.array([np.nan if value is None else value for value in values])
        axes.plot(shown, places, marker, color=colour, label=name, zorder=2)
    axes.plot([], [], color="#DDDDDD", linewidth=8, label="19 of 20 true samples")
    axes.set_yticks(places, [_name(row) for row in rows], fontsize=8)
    axes.invert_yaxis()
    axes.set_xscale("symlog", linthresh=4)
    farthest = axes.get_xlim()[1]
    axes.set_xticks([], minor=True)
    axes.set_xticks(_TICKS, [str(tick) for tick in _TICKS])
    axes.set_xlim(0, farthest)
    axes.set_xlabel("distance (units of natural scatter)")
    axes.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=3, frameon=False)
    return _png(figure)


def curves(card: Scorecard) -> bytes | None:
    """The rows that are curves, with the scatter around the reference; None without any."""
    from matplotlib.figure import Figure

    drawn = [(row, row.curve) for row in card.rows if row.curve is not None]
    if not drawn:
        return None
    rows = math.ceil(len(drawn) / _COLUMNS)
    figure = Figure(figsize=(3.2 * _COLUMNS, 2.6 * rows), layout="constrained")
    for number, (row, curve) in enumerate(drawn, 1):
        axes = figure.add_subplot(rows, _COLUMNS, number)
        _draw(axes, curve, card.result_name)
        axes.set_title(_name(row), fontsize=8)
        axes.tick_params(labelsize=7)
        axes.set_xlabel(curve.axis, fontsize=7)
        if row.statistic in _ORDINATES:
            axes.set_ylabel(_ORDINATES[row.statistic], fontsize=7)
    handles, labels = figure.axes[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside upper center", ncols=len(handles), frameon=False)
    return _png(figure)


#: What the values of the curves are.
_ORDINATES = {
    "S2": "v − S₂",
    "S3": "v − S₃",
    "lineal path": "L / v",
    "chord lengths": "share of the chords",
}


def _draw(axes: Any, curve: Curve, name: str) -> None:
    x = np.array(curve.x)
    result, reference, scatter, null = (
        _array(values)
        for values in (curve.result, curve.reference, curve.scatter, curve.null_model)
    )
    axes.fill_between(x, reference - 2 * scatter, reference + 2 * scatter, color="#DDDDDD",
                      label="reference ± 2 scatter", linewidth=0)  # fmt: skip
    axes.plot(x, reference, color=_REFERENCE, linewidth=1, label="reference")
    axes.plot(x, result, "o-", color=SIDES[0], markersize=3, linewidth=1, label=name)
    axes.plot(x, null, "x--", color=SIDES[1], markersize=3, linewidth=1, label="null model")


def _array(values: Sequence[float | None]) -> Any:
    return np.array([np.nan if value is None else value for value in values])


def _name(row: Row) -> str:
    return ", ".join(part for part in (row.statistic, row.where, row.phase) if part)


def _png(figure: Any) -> bytes:
    stream = io.BytesIO()
    figure.savefig(stream, format="png", dpi=110)
    return stream.getvalue()
