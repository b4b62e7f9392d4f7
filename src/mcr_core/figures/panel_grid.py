"""Panels of one size in rows and columns, under a title and one legend for all."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

# Inches. Fixed places, because a solver of layouts takes seconds for a hundred panels.
_WIDE, _TALL = 3.3, 2.2  # of the axes
_LEFT, _RIGHT, _UNDER, _OVER = 0.9, 0.6, 0.6, 0.65  # around each
_HEAD, _LINE = 0.35, 0.24
_DPI = 150
#: No more dots in a direction: what matplotlib can draw.
_MOST_DOTS = 60_000
#: Of a line of a title and of the name of a vertical axis.
_LETTERS, _LETTERS_UP = 52, 32
#: Names under an axis that fit beside each other: as they are, and small.
_NAMES, _SMALL_NAMES = 30, 52
#: More bars than this are narrow.
_MANY = 7


@dataclass(frozen=True)
class Panel:
    """One picture in the grid.

    Attributes:
        title: a line or more.
        draw: draws into the axes.
    """

    title: str
    draw: Callable[[Any], None]


def flowing(rows: Sequence[Sequence[Panel]], columns: int) -> list[list[Panel]]:
    """Let consecutive rows of one panel flow into rows of several; the others stay."""
    arranged: list[list[Panel]] = []
    open_row = False
    for row in rows:
        if open_row and len(row) == 1 and len(arranged[-1]) < columns:
            arranged[-1] += row
        else:
            arranged.append(list(row))
        open_row = len(row) == 1
    return arranged


def grid(
    rows: Sequence[Sequence[Panel]],
    title: str,
    legend: Callable[[], Sequence[Any]],
) -> Any:
    """Draw rows of panels, left aligned.

    Args:
        rows: the panels.
        title: of the figure, a line or more.
        legend: called once all panels are drawn, returns the handles of the figure's legend.
    """
    from matplotlib.figure import Figure

    columns = max(map(len, rows))
    across, down = _LEFT + _WIDE + _RIGHT, _OVER + _TALL + _UNDER
    width = columns * across
    lines = [part for line in title.split("\n") for part in textwrap.wrap(line, int(12 * width))]
    figure = Figure(dpi=_DPI)
    drawn: list[Any] = []
    for row in rows:
        for panel in row:
            axes = figure.add_axes((0, 0, 1, 1), label=str(len(drawn)))
            panel.draw(axes)
            drawn.append(axes)
    handles = list(legend())
    letters = 6 + max((len(str(handle.get_label())) for handle in handles), default=0)
    ncols = max(1, int(12 * width / letters))
    head = _HEAD + _LINE * (len(lines) + -(-len(handles) // ncols))
    height = head + len(rows) * down
    figure.set_size_inches(width, height)
    figure.set_dpi(min(_DPI, _MOST_DOTS / max(width, height)))
    found = iter(drawn)
    for number, row in enumerate(rows):
        for column, panel in enumerate(row):
            bottom = height - head - number * down - _OVER - _TALL
            axes = next(found)
            axes.set_position(
                (
                    (column * across + _LEFT) / width,
                    bottom / height,
                    _WIDE / width,
                    _TALL / height,
                )
            )
            axes.set_title(wrapped(panel.title, _LETTERS), fontsize=9, loc="left")
            axes.set_ylabel(wrapped(axes.get_ylabel(), _LETTERS_UP))
            _fit_ticks(axes)
    left = 0.25 / width
    figure.text(left, 1 - 0.15 / height, "\n".join(lines), va="top", fontsize=11, linespacing=1.3)
    if handles:
        figure.legend(
            handles=handles,
            loc="upper left",
            bbox_to_anchor=(left, 1 - (0.2 + _LINE * len(lines)) / height),
            borderaxespad=0,
            borderpad=0,
            frameon=False,
            fontsize=9,
            ncols=min(ncols, len(handles)),
        )
    return figure


def wrapped(text: str, letters: int) -> str:
    """Break the lines of a text after so many letters."""
    lines = [
        part
        for line in text.split("\n")
        for part in textwrap.wrap(line, letters, break_on_hyphens=False)
    ]
    return "\n".join(lines)


def _fit_ticks(axes: Any) -> None:
    """Make names under an axis, and numbers above bars, smaller where they would overlap.

    Numbers under an axis are those of pixels or entries: whole ones.
    """
    from matplotlib.ticker import MaxNLocator

    if not axes.xaxis.have_units():
        axes.xaxis.set_major_locator(MaxNLocator("auto", steps=[1, 2, 5, 10], integer=True))
        return
    names = [label.get_text() for label in axes.get_xticklabels()]
    many = len(names) > _MANY
    if many:
        for number in axes.texts:
            number.set(rotation=90, fontsize=6)
        axes.margins(y=0.3)
    # Names take equal places: the longest counts.
    letters = len(names) * max(map(len, names), default=0)
    if letters <= _NAMES:
        return
    axes.tick_params("x", labelsize=6 if many else 7)
    if letters > _SMALL_NAMES:
        turn = 90 if many else 20
        for label in axes.get_xticklabels():
            label.set(rotation=turn, rotation_mode="anchor", ha="right", va="center")
        axes.set_xlabel("")
