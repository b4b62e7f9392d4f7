"""A comparison: what two sides share, drawn into the same axes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from mcr_core.descriptors import Descriptor
from mcr_core.figures.error_bands import LABEL, draw_with_errors
from mcr_core.figures.lag_maps import draw_difference_map
from mcr_core.figures.legends import Drawing, shared_legend
from mcr_core.figures.palette import SIDES, line_colors
from mcr_core.figures.panel_grid import Panel, flowing, grid
from mcr_core.statistics.comparison import ALL_LAGS, Comparison, Difference, s2_of_phases
from mcr_core.wording import (
    descriptor_name,
    field_names,
    level_name,
    percent,
    planes_name,
    source_name,
)

_COLUMNS = 3
#: The first side is drawn broad and pale, the second thin over it: both show where they agree.
_WIDTHS, _MARKS, _SHADES = (3.2, 1.2), (9.0, 4.0), (0.45, 1.0)


def two_statistics(comparison: Comparison) -> Any:
    """Return a figure of a comparison.

    A panel for each descriptor, pyramid level, phase and kind of planes, and one for the
    difference of S₂ at the lags up to half the extent. Titles give the root mean square of the
    difference, relative to that of the first side where that is not 0. Where several images give
    standard errors of a side, they are bands and bars.
    """
    return _TwoStatistics(comparison).figure()


class _TwoStatistics:
    def __init__(self, comparison: Comparison) -> None:
        self._comparison = comparison
        self._sides = comparison.shared
        self._names = _apart(comparison.names)
        self._planes = [name for name in self._sides[0].planes if name != "cubic"]
        self._drawings: list[Drawing] = []
        self._errors_drawn = False

    def figure(self) -> Any:
        from matplotlib.lines import Line2D
        from matplotlib.patches import Patch

        rows = [*self._maps()]
        for index, descriptor in enumerate(self._sides[0].descriptors):
            rows += self._rows(index, descriptor)
        marks = [
            Line2D([], [], color=color, linewidth=width, alpha=shade, label=name)
            for color, width, shade, name in zip(SIDES, _WIDTHS, _SHADES, self._names, strict=True)
        ]
        sources = " and ".join(
            f"{name} ({source_name(side)})"
            for name, side in zip(
                self._names, (self._comparison.a, self._comparison.b), strict=True
            )
        )

        def legend() -> list[Any]:
            handles = [*marks, *shared_legend(self._drawings)]
            if self._errors_drawn:
                handles.append(Patch(facecolor="0.8", label=LABEL))
            return handles

        return grid(flowing(rows, _COLUMNS), f"Statistics of {sources}", legend)

    def _maps(self) -> list[list[Panel]]:
        """A row for each phase: the difference of S₂ on each kind of planes."""
        found = {plane: s2_of_phases(*self._sides, plane) for plane in self._planes}
        minus = f"{self._names[1]} − {self._names[0]}"
        rows = []
        for phase in field_names(self._sides[0]):
            row = []
            for plane in self._planes:
                first, second = found[plane][phase]
                where = _joined(planes_name(plane), phase)
                numbers = self._numbers((ALL_LAGS, plane, 0, phase))
                row.append(
                    Panel(
                        f"S₂ up to half the extent: {minus}\n{where}\n{numbers}",
                        partial(draw_difference_map, difference=second - first, plane=plane),
                    )
                )
            rows.append(row)
        return rows

    def _rows(self, index: int, descriptor: Descriptor) -> list[list[Panel]]:
        """A row for each level and field, a panel for each kind of planes."""
        values = {
            plane: [side.planes[plane].values[index] for side in self._sides]
            for plane in self._planes
        }
        if descriptor.volumetric:
            values = {"volume": [side.volume[index] for side in self._sides]}
        rows = []
        for level in range(max(len(first) for first, _ in values.values())):
            for field, phase in enumerate(field_names(self._sides[0], descriptor)):
                row = []
                for plane, sides in values.items():
                    if level >= len(sides[0]):
                        continue
                    blocks = [_of_field(side[level], field) for side in sides]
                    errors = [
                        None if found is None else _of_field(found[level], field)
                        for found in self._errors(index, plane)
                    ]
                    name = descriptor_name(descriptor)
                    where = _joined(level_name(level), planes_name(plane), phase)
                    numbers = self._numbers((name, plane, level, phase))
                    row.append(
                        Panel(
                            f"{name}\n{where}\n{numbers}",
                            partial(
                                self._draw,
                                descriptor=descriptor,
                                plane=plane,
                                blocks=blocks,
                                errors=errors,
                            ),
                        )
                    )
                rows.append(row)
        return rows

    def _draw(
        self,
        axes: Any,
        *,
        descriptor: Descriptor,
        plane: str,
        blocks: Sequence[Mapping[str, Any]],
        errors: Sequence[Mapping[str, Any] | None],
    ) -> None:
        artists: list[list[Any]] = []
        for side, name in enumerate(self._names):
            before = {*axes.lines, *axes.patches}
            # What takes all phases may draw a curve for each pair of them, in a colour each.
            one = descriptor.takes == "field"
            axes.set_prop_cycle(color=[SIDES[side]] if one else line_colors())
            self._errors_drawn |= draw_with_errors(
                axes, descriptor.plot, blocks[side], name, errors[side]
            )
            artists.append([a for a in (*axes.lines, *axes.patches) if a not in before])
        known = len({str(line.get_color()) for line in artists[0] if line in axes.lines}) <= 1
        for side, drawn in enumerate(artists):
            for artist in drawn:
                artist.set_alpha(_SHADES[side])
                if artist in axes.lines:
                    artist.set(linewidth=_WIDTHS[side], markersize=_MARKS[side])
                if known:
                    artist.set_color(SIDES[side])
        self._drawings.append(Drawing(axes, self._names, plane, known=known))

    def _errors(self, index: int, plane: str) -> list[Any]:
        """Levels of the standard errors of a descriptor on each side; None where not known."""
        if plane == "volume":
            return [None, None]
        found = [side.planes[plane].errors for side in self._sides]
        return [None if errors is None else errors.values[index] for errors in found]

    def _numbers(self, place: tuple[str, str, int, str]) -> str:
        """Root mean square of the differences of the blocks at a place, in words."""
        rows = [row for row in self._comparison.rows if _place(row) == place]
        texts = []
        for row in rows:
            share = "" if row.relative is None else f" ({percent(row.relative)})"
            share = share.replace(" %", "\u00a0%")  # not parted by the end of a line
            block = f"{row.block} " if len(rows) > 1 else ""
            texts.append(f"{block}{row.rms:.2g}{share}")
        return "rms " + ", ".join(texts) if len(texts) <= 3 else f"{len(texts)} blocks"


def _place(row: Difference) -> tuple[str, str, int, str]:
    return row.descriptor, row.planes, row.level, row.phase


def _of_field(blocks: Mapping[str, Any], field: int) -> dict[str, Any]:
    return {name: block[field] for name, block in blocks.items()}


def _joined(*texts: str) -> str:
    return ", ".join(filter(None, texts))


def _apart(names: tuple[str, str]) -> tuple[str, str]:
    """Names that label different things: bars of one name would be one."""
    return names if names[0] != names[1] else (f"{names[0]} (A)", f"{names[1]} (B)")
