"""A characterization: fractions, S₂ over the lag, and every descriptor as it draws itself."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from mcr_core.characterization import Characterization
from mcr_core.descriptors import Descriptor
from mcr_core.figures.error_bands import LABEL, draw_with_errors
from mcr_core.figures.lag_maps import draw_lag_map, draw_s2, s2_of_field
from mcr_core.figures.legends import Drawing, shared_legend
from mcr_core.figures.palette import line_colors, phase_colors
from mcr_core.figures.panel_grid import Panel, flowing, grid
from mcr_core.microstructure import field_phases
from mcr_core.wording import (
    descriptor_name,
    field_names,
    level_name,
    phase_labels,
    planes_name,
    source_name,
)

Array = npt.NDArray[Any]

_COLUMNS = 3


def statistics(source: Characterization) -> Any:
    """Return a figure of a characterization.

    First the share of each phase and S₂ of each phase: at all lags if periodic, else at those up to
    a third of the extent. Then a panel for each descriptor, pyramid level and kind of planes, with
    the phases in their colours. The kinds of planes of a volume stand side by side. Where sampling
    errors are known they are bands and bars, also around S₂ along the axes.
    """
    return _Statistics(source).figure()


class _Statistics:
    def __init__(self, source: Characterization) -> None:
        self._source = source
        self._colors = phase_colors(source.phase_count)
        self._planes = [name for name in source.planes if name != "cubic"]
        self._names = phase_labels(source)
        self._phases = dict(zip(field_names(source), field_phases(source.phase_count), strict=True))
        self._drawings: list[Drawing] = []
        self._errors_drawn = False

    def figure(self) -> Any:
        from matplotlib.patches import Patch

        rows = [[Panel("phase fractions", self._fractions)]]
        for field, name in enumerate(field_names(self._source)):
            rows.append([self._map(plane, field, name) for plane in self._planes])
        if all(self._source.planes[plane].errors is not None for plane in self._planes):
            rows.append([self._profiles(plane) for plane in self._planes])
        for index, descriptor in enumerate(self._source.descriptors):
            rows += self._rows(index, descriptor)
        phases = [
            Patch(facecolor=color, label=name)
            for color, name in zip(self._colors, self._names, strict=True)
        ]

        def legend() -> list[Any]:
            handles = [*phases, *shared_legend(self._drawings)]
            if self._errors_drawn:
                handles.append(Patch(facecolor="0.8", label=LABEL))
            return handles

        title = f"Statistics of {source_name(self._source)}"
        return grid(flowing(rows, _COLUMNS), title, legend)

    def _fractions(self, axes: Any) -> None:
        source = self._source
        errors = [row.errors for name, row in source.planes.items() if name != "cubic"]
        scatter = None
        if errors and all(error is not None for error in errors):
            scatter = np.mean([e.phase_fractions for e in errors if e is not None], axis=0)
        bars = axes.bar(
            self._names,
            source.phase_fractions,
            width=0.6,
            color=self._colors,
            yerr=scatter,
        )
        self._errors_drawn |= scatter is not None
        axes.bar_label(bars, fmt="%.4f", padding=2)
        axes.margins(y=0.15)
        axes.set_ylabel("fraction")

    def _map(self, plane: str, field: int, name: str) -> Panel:
        s2, which = self._s2(plane, field, self._source.planes[plane].s2)
        where = ", ".join(filter(None, (name, planes_name(plane))))
        return Panel(f"S₂ {which}\n{where}", lambda axes: draw_lag_map(axes, s2, plane))

    def _profiles(self, plane: str) -> Panel:
        """S₂ of all phases along the axes, with its errors, for which a map has no place."""
        statistics = self._source.planes[plane]
        names = field_names(self._source)

        def draw(axes: Any) -> None:
            self._drawings.append(Drawing(axes, names, plane, known=True))
            for field, name in enumerate(names):
                errors = None
                if statistics.errors is not None:
                    errors = {"s2": self._s2(plane, field, statistics.errors.s2)[0]}
                axes.set_prop_cycle(color=[self._colors[self._phases[name]]])
                blocks = {"s2": self._s2(plane, field, statistics.s2)[0]}
                self._errors_drawn |= draw_with_errors(axes, draw_s2, blocks, name, errors)

        which = self._s2(plane, 0, statistics.s2)[1]
        where = planes_name(plane)
        return Panel("S₂ along the axes\n" + ", ".join(filter(None, (which, where))), draw)

    def _s2(self, plane: str, field: int, stored: Array) -> tuple[Array, str]:
        """S₂ of one field at the lags to show, or what belongs to it; NaN where no pair is."""
        return s2_of_field(self._source, plane, field, stored)

    def _rows(self, index: int, descriptor: Descriptor) -> list[list[Panel]]:
        """A row for each level, a panel for each kind of planes."""
        values = {name: self._source.planes[name].values[index] for name in self._planes}
        if descriptor.volumetric:
            values = {"volume": self._source.volume[index]}
        rows = []
        for level in range(max(map(len, values.values()))):
            row = []
            for plane, levels in values.items():
                if level < len(levels):
                    found = None if descriptor.volumetric else self._source.planes[plane].errors
                    errors = None if found is None else found.values[index][level]
                    row.append(self._panel(descriptor, plane, level, levels[level], errors))
            rows.append(row)
        return rows

    def _panel(
        self,
        descriptor: Descriptor,
        plane: str,
        level: int,
        blocks: Mapping[str, Array],
        errors: Mapping[str, Array] | None,
    ) -> Panel:
        names = field_names(self._source, descriptor)
        single = descriptor.takes == "phases"

        def draw(axes: Any) -> None:
            self._drawings.append(Drawing(axes, names, plane, known=not single))
            for field, name in enumerate(names):
                color = line_colors() if single else [self._colors[self._phases[name]]]
                axes.set_prop_cycle(color=color)
                self._errors_drawn |= draw_with_errors(
                    axes,
                    descriptor.plot,
                    {key: v[field] for key, v in blocks.items()},
                    name,
                    None if errors is None else {key: v[field] for key, v in errors.items()},
                )

        where = ", ".join(filter(None, (level_name(level), planes_name(plane))))
        return Panel("\n".join(filter(None, (descriptor_name(descriptor), where))), draw)
