"""One statistic of one or several characterizations, drawn into a figure that is there."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from mcr_core.characterization import Characterization, Levels, PlaneStatistics
from mcr_core.descriptors import Descriptor
from mcr_core.figures.choices import Statistic, positions
from mcr_core.figures.error_bands import LABEL, draw_with_errors
from mcr_core.figures.fitting import (
    HANDLE,
    PER_INCH,
    columns_of,
    distinct,
    is_wide,
    letters_across,
    put_legend,
)
from mcr_core.figures.lag_maps import draw_lag_map, draw_s2, limits_of, s2_of_field
from mcr_core.figures.legends import Drawing, own_legend
from mcr_core.figures.palette import line_colors
from mcr_core.figures.panel_grid import wrapped
from mcr_core.wording import field_names, phase_labels

Array = npt.NDArray[Any]
Blocks = Mapping[str, Array]

#: More maps beside each other are too small.
_MOST_MAPS = 4
#: Letters of a name in a legend beside the axes.
_LETTERS = 28
#: Fewer tell nothing.
_FEWEST_LETTERS = 8
#: Inches that numbers and names take: once beside and below all maps, and at each of them.
_AROUND, _AT_EACH = (0.95, 0.4), (0.3, 0.25)
#: Of a line of the name of a vertical axis.
_LETTERS_UP = 26


@dataclass(frozen=True)
class Source:
    """A characterization with what a figure calls it, and its colour."""

    name: str
    characterization: Characterization
    color: str


@dataclass(frozen=True)
class _Curve:
    """What one source adds to the axes."""

    plot: Callable[[Any, Blocks, str], None]
    blocks: Blocks
    errors: Blocks | None
    descriptor: Descriptor | None = None


def draw_overlay(
    figure: Any,
    statistic: Statistic,
    sources: Sequence[Source],
    *,
    phase: int = 0,
    plane: str = "",
    difference: bool = False,
) -> list[str]:
    """Draw one statistic of all sources into a figure, in their colours and with a legend.

    What the figure had is removed. Sampling errors are bands and bars where they are known. The
    styles of matplotlib that hold while this runs are used.

    Args:
        figure: of matplotlib, best with a constrained layout.
        statistic: one of `choices`.
        sources: what to draw; names should differ.
        phase: index of the phase field.
        plane: the kind of planes. Default: the first of the statistic.
        difference: below the curves of two sources, draw how far the second is above the first.

    Returns:
        The names of the sources that lack it.
    """
    figure.clear()
    if statistic.key[0] == "map":
        return _maps(figure, sources, phase, plane or statistic.planes[0])
    letters = _LETTERS if is_wide(figure) else letters_across(figure) - HANDLE
    given, sources = sources, _renamed(sources, letters)
    axes = figure.add_subplot()
    if statistic.key[0] == "fractions":
        _fractions(axes, sources)
        _legend(figure, axes, sources, statistic, plane, errors=bool(axes.collections))
        return []
    wanted = plane or next(iter(statistic.planes), "")
    curves = [(s, _curve(s.characterization, statistic, phase, wanted)) for s in sources]
    known = [(source, curve) for source, curve in curves if curve is not None]
    if known:
        errors = _draw(axes, known)
        if difference and len(known) == 2:
            _difference(figure, axes)
        _legend(figure, axes, [source for source, _ in known], statistic, wanted, errors=errors)
    return [one.name for one, (_, curve) in zip(given, curves, strict=True) if curve is None]


def _planes(source: Characterization, plane: str) -> tuple[str, PlaneStatistics] | None:
    name = plane if plane in source.planes else "all"
    return (name, source.planes[name]) if name in source.planes else None


def _curve(source: Characterization, statistic: Statistic, field: int, plane: str) -> _Curve | None:
    kind, name, number, level = statistic.key
    if kind == "s2":
        found = _planes(source, plane)
        if found is None or field >= len(field_names(source)):
            return None
        own, row = found
        blocks = {"s2": s2_of_field(source, own, field, row.s2)[0]}
        if row.errors is None:
            return _Curve(draw_s2, blocks, None)
        errors = {"s2": s2_of_field(source, own, field, row.errors.s2)[0]}
        return _Curve(draw_s2, blocks, errors)
    index = positions(source).get((name, number))
    if index is None:
        return None
    descriptor = source.descriptors[index]
    scatter: Levels = ()
    if descriptor.volumetric:
        levels = source.volume[index]
    else:
        found = _planes(source, plane)
        if found is None:
            return None
        levels = found[1].values[index]
        if found[1].errors is not None:
            scatter = found[1].errors.values[index]
    if level >= len(levels) or field >= len(field_names(source, descriptor)):
        return None
    return _Curve(
        descriptor.plot,
        {key: block[field] for key, block in levels[level].items()},
        {key: block[field] for key, block in scatter[level].items()} if scatter else None,
        descriptor,
    )


def _draw(axes: Any, curves: Sequence[tuple[Source, _Curve]]) -> bool:
    """Draw the curves; returns whether there are errors."""
    errors = False
    for source, curve in curves:
        # What takes all phases may draw a curve for each pair of them, in a colour each.
        many = curve.descriptor is not None and curve.descriptor.takes == "phases"
        alone = many and len(curves) == 1
        axes.set_prop_cycle(color=line_colors() if alone else [source.color])
        errors |= draw_with_errors(axes, curve.plot, curve.blocks, source.name, curve.errors)
    axes.set_ylabel(wrapped(axes.get_ylabel(), _LETTERS_UP))
    if not axes.xaxis.have_units():
        axes.locator_params("x", nbins=6, integer=True)
    elif axes.patches:
        # A bar for each source: the legend says which.
        axes.set_xticks([])
    return errors


def _difference(figure: Any, axes: Any) -> None:
    """Draw the difference of the second half of the lines and the first, below them."""
    from matplotlib import rcParams

    half = len(axes.lines) // 2
    pairs = [
        (first, second)
        for first, second in zip(axes.lines[:half], axes.lines[half:], strict=False)
        if np.array_equal(first.get_xdata(), second.get_xdata())
    ]
    if not pairs or axes.xaxis.have_units():
        return
    grid = figure.add_gridspec(2, 1, height_ratios=(2, 1))
    axes.set_subplotspec(grid[0])
    below = figure.add_subplot(grid[1], sharex=axes)
    color = rcParams["text.color"]
    for first, second in pairs:
        values = np.asarray(second.get_ydata(), float) - np.asarray(first.get_ydata(), float)
        below.plot(first.get_xdata(), values, first.get_linestyle(), color=color, linewidth=1.2)
    below.axhline(0, color=color, linewidth=0.6, alpha=0.6)
    below.set_xlabel(axes.get_xlabel())
    below.set_ylabel("difference")
    axes.set_xlabel("")
    axes.tick_params(labelbottom=False)


def _fractions(axes: Any, sources: Sequence[Source]) -> None:
    """Bars side by side for every phase."""
    from matplotlib import rcParams

    width = 0.8 / len(sources)
    most = max((source.characterization for source in sources), key=lambda c: c.phase_count)
    for number, source in enumerate(sources):
        given = source.characterization
        rows = [row.errors for name, row in given.planes.items() if name != "cubic"]
        scatter = None
        if all(row is not None for row in rows):
            scatter = np.mean([row.phase_fractions for row in rows if row is not None], axis=0)
        places = np.arange(given.phase_count) + (number - (len(sources) - 1) / 2) * width
        bars = axes.bar(
            places,
            given.phase_fractions,
            width=0.9 * width,
            color=source.color,
            yerr=scatter,
            ecolor=rcParams["text.color"],
        )
        if len(sources) * most.phase_count <= 6:
            axes.bar_label(bars, fmt="%.3f", padding=2)
    axes.set_xticks(np.arange(most.phase_count), phase_labels(most))
    axes.margins(y=0.15)
    axes.set_ylabel("fraction")


def _maps(figure: Any, sources: Sequence[Source], field: int, plane: str) -> list[str]:
    """Maps in colours of one meaning; the names of those that are not drawn."""
    left_out = []
    drawn: list[tuple[str, Array]] = []
    for source in sources:
        given = source.characterization
        found = _planes(given, plane)
        if found is None or field >= len(field_names(given)) or len(drawn) == _MOST_MAPS:
            left_out.append(source.name)
        else:
            drawn.append((source.name, s2_of_field(given, found[0], field, found[1].s2)[0]))
    if not drawn:
        return left_out
    columns, letters = _columns(figure, len(drawn))
    limits = limits_of(s2 for _, s2 in drawn)
    titles = distinct([name for name, _ in drawn], letters)
    for number, (title, (_, s2)) in enumerate(zip(titles, drawn, strict=True)):
        axes = figure.add_subplot(-(-len(drawn) // columns), columns, number + 1)
        last = number % columns == columns - 1 or number == len(drawn) - 1
        draw_lag_map(axes, s2, plane, limits=limits, bar=last)
        if number % columns:
            axes.set_ylabel("")
        if number + columns < len(drawn):
            axes.set_xlabel("")
        if len(drawn) > 1:
            axes.set_title(title, loc="left", fontsize="medium")
    return left_out


def _columns(figure: Any, count: int) -> tuple[int, int]:
    """In how many columns so many maps are largest, and how many letters fit above one then."""
    width, height = figure.get_size_inches()

    def edge(columns: int) -> float:
        rows = -(-count // columns)
        across = (width - _AROUND[0]) / columns - _AT_EACH[0]
        return float(min(across, (height - _AROUND[1]) / rows - _AT_EACH[1]))

    best = max(range(1, count + 1), key=edge)
    return best, max(int(PER_INCH * (edge(best) + _AT_EACH[0])), _FEWEST_LETTERS)


def _legend(
    figure: Any,
    axes: Any,
    sources: Sequence[Source],
    statistic: Statistic,
    plane: str,
    *,
    errors: bool,
) -> None:
    from matplotlib.patches import Patch

    names = [source.name for source in sources]
    handles: list[Any] = [
        Patch(facecolor=source.color, label=name)
        for source, name in zip(sources, names, strict=True)
    ]
    texts = list(names)
    details: tuple[list[Any], list[str]] = ([], [])
    if statistic.key[0] != "fractions":
        one = len({str(line.get_color()) for line in axes.lines}) <= len(sources)
        drawing = Drawing(axes, names, plane, known=one)
        if not one:  # colours tell something else
            handles, texts = [], []
        details = own_legend(drawing)
    if errors:
        details[0].append(Patch(facecolor="0.6", alpha=0.5))
        details[1].append(LABEL)
    if is_wide(figure):
        entries = [*handles, *details[0]], [*texts, *details[1]]
        put_legend(figure, *entries, "outside right upper", 1)
        return
    # Names are long, details short: together they would stand in columns of the longest.
    for (marks, words), place in (((handles, texts), "upper"), (details, "lower")):
        columns = columns_of(words, letters_across(figure))
        put_legend(figure, marks, words, f"outside {place} left", columns)


def _renamed(sources: Sequence[Source], letters: int) -> list[Source]:
    """Sources under names of a legend, which parts a name from what follows by a comma."""
    names = distinct([source.name.replace(",", " ") for source in sources], letters)
    return [replace(source, name=name) for source, name in zip(sources, names, strict=True)]
