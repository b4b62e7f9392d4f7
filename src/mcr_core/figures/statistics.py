"""A characterization: fractions, S₂ at all lags, and every descriptor as it draws itself."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from mcr_core.characterization import Characterization
from mcr_core.descriptors import Descriptor
from mcr_core.figures.lag_maps import draw_lag_map
from mcr_core.figures.legends import Drawing, shared_legend
from mcr_core.figures.palette import line_colors, phase_colors
from mcr_core.figures.panel_grid import Panel, flowing, grid
from mcr_core.microstructure import field_phases
from mcr_core.two_point import field_pairs
from mcr_core.wording import (
    descriptor_name,
    field_names,
    level_name,
    phase_labels,
    planes_name,
    source_name,
)

_COLUMNS = 3


def statistics(source: Characterization) -> Any:
    """Return a figure of a characterization.

    First the share of each phase, with its standard error where several images give one, and S₂
    of each phase at all lags. Then a panel for each descriptor, pyramid level and kind of planes,
    with the phases in their colours. The kinds of planes of a volume stand side by side.
    """
    return _Statistics(source).figure()


class _Statistics:
    def __init__(self, source: Characterization) -> None:
        self._source = source
        self._colors = phase_colors(source.phase_count)
        self._planes = [name for name in source.planes if name != "cubic"]
        self._names = phase_labels(source)
        self._drawings: list[Drawing] = []

    def figure(self) -> Any:
        from matplotlib.patches import Patch

        rows = [[Panel("phase fractions", self._fractions)]]
        for field, name in enumerate(field_names(self._source)):
            rows.append([self._map(plane, field, name) for plane in self._planes])
        for index, descriptor in enumerate(self._source.descriptors):
            rows += self._rows(index, descriptor)
        phases = [
            Patch(facecolor=color, label=name)
            for color, name in zip(self._colors, self._names, strict=True)
        ]

        def legend() -> list[Any]:
            return [*phases, *shared_legend(self._drawings)]

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
            capsize=3,
        )
        axes.bar_label(bars, fmt="%.4f", padding=2)
        axes.margins(y=0.15)
        axes.set_ylabel("fraction")

    def _map(self, plane: str, field: int, name: str) -> Panel:
        statistics = self._source.planes[plane]
        s2 = np.where(statistics.pairs > 0, statistics.s2, np.nan)
        count = len(field_phases(self._source.phase_count))
        own = field_pairs(count).index((field, field))
        title = ", ".join(filter(None, (f"S₂ at all lags: {name}", planes_name(plane))))
        return Panel(title, lambda axes: draw_lag_map(axes, s2[own], plane))

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
                    row.append(self._panel(descriptor, plane, level, levels[level]))
            rows.append(row)
        return rows

    def _panel(
        self, descriptor: Descriptor, plane: str, level: int, blocks: Mapping[str, Any]
    ) -> Panel:
        names = field_names(self._source, descriptor)
        fields = field_phases(self._source.phase_count)
        single = descriptor.takes == "phases"
        of_phase = dict(zip(names, fields, strict=False))

        def draw(axes: Any) -> None:
            self._drawings.append(Drawing(axes, names, plane, known=not single))
            for field, name in enumerate(names):
                color = line_colors() if single else [self._colors[of_phase[name]]]
                axes.set_prop_cycle(color=color)
                descriptor.plot(axes, {key: v[field] for key, v in blocks.items()}, name)

        where = ", ".join(filter(None, (level_name(level), planes_name(plane))))
        return Panel("\n".join(filter(None, (descriptor_name(descriptor), where))), draw)
