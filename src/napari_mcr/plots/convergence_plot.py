"""The loss of a run and what its terms add, with marks that can be clicked."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np
import pyqtgraph
from qtpy.QtCore import Qt, Signal  # type: ignore[attr-defined]
from qtpy.QtWidgets import QLabel, QVBoxLayout, QWidget

from mcr_core.figures.palette import overlay_colors
from napari_mcr.plots.plain_plot import color_axes, plain_plot

#: Parts below this share of the loss do not stretch the axis.
_SMALLEST = 1e-4
_STYLES = (Qt.PenStyle.SolidLine, Qt.PenStyle.DashLine, Qt.PenStyle.DotLine)


class ConvergencePlot(QWidget):
    """A logarithmic plot over the iterations; `clicked` gives the number of a mark.

    Args:
        color: of axes, text and the loss itself, as #rrggbb.
    """

    clicked = Signal(int)

    def __init__(self, color: str) -> None:
        super().__init__()
        self._plot = plain_plot()
        item = self._plot.getPlotItem()
        item.setLogMode(y=True)
        item.showGrid(y=True, alpha=0.2)
        item.getAxis("left").setWidth(62)
        self._marks = pyqtgraph.ScatterPlotItem(size=11, brush="#f2b84b", hoverable=True)
        self._marks.sigClicked.connect(self._click)
        self._chosen = pyqtgraph.InfiniteLine(angle=90)
        self._lines: list[pyqtgraph.PlotDataItem] = []
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._plot)
        # Below the plot, where it hides no line.
        self._legend = QLabel()
        self._legend.setWordWrap(True)
        self._legend.setTextFormat(Qt.TextFormat.RichText)
        layout.addWidget(self._legend)
        self.set_color(color)
        self.setMinimumSize(260, 220)

    @property
    def names(self) -> list[str]:
        """The lines that are shown, `loss` first."""
        return [line.name() for line in self._lines]

    def set_color(self, color: str) -> None:
        """Change the colour of axes, text and the loss itself."""
        self._color = color
        color_axes(self._plot, color, {"left": "loss", "bottom": "iteration"})
        self._marks.setPen(pyqtgraph.mkPen(color, width=1.2))
        self._chosen.setPen(pyqtgraph.mkPen(color, width=1, style=Qt.PenStyle.DashLine))
        if self._lines:
            self._lines[0].setPen(self._pen())
            self._write_legend()

    def show_run(
        self,
        points: Sequence[tuple[int, float, Mapping[str, float]]],
        marks: Sequence[tuple[int, float]],
    ) -> None:
        """Show iteration, loss and parts of a run, and its marks."""
        item = self._plot.getPlotItem()
        for line in self._lines:
            item.removeItem(line)
        self._lines = []
        iterations = [point[0] for point in points]
        losses = [point[1] for point in points]
        names = list(dict.fromkeys(name for point in points for name in point[2]))
        self._add("loss", iterations, losses, self._pen())
        colors = overlay_colors()
        if len(names) > 1:
            for number, name in enumerate(names):
                part = [point[2].get(name, math.nan) for point in points]
                style = _STYLES[number // len(colors) % len(_STYLES)]
                pen = pyqtgraph.mkPen(colors[number % len(colors)], width=1.4, style=style)
                self._add(name.replace("_", " "), iterations, part, pen)
        self._write_legend()
        known = [place for place in marks if place[1] > 0]
        numbers = [number for number, place in enumerate(marks) if place[1] > 0]
        self._marks.setData(
            [place[0] for place in known], [math.log10(place[1]) for place in known], data=numbers
        )
        for part in (self._marks, self._chosen):
            item.removeItem(part)
        if known:
            item.addItem(self._marks)
        shown = [loss for loss in losses if loss > 0]
        if shown:
            least = min(shown) * _SMALLEST
            parts = [p for point in points for p in point[2].values() if p > least]
            low, high = min([*shown, *parts]), max([*shown, *parts])
            item.setYRange(math.log10(low), max(math.log10(high), math.log10(low) + 0.5))
            item.setXRange(0, max(iterations[-1], 1))

    def choose(self, iteration: int | None) -> None:
        """Draw a line where the chosen mark is."""
        item = self._plot.getPlotItem()
        item.removeItem(self._chosen)
        if iteration is not None:
            self._chosen.setValue(iteration)
            item.addItem(self._chosen, ignoreBounds=True)

    def _add(
        self, name: str, iterations: Sequence[int], values: Sequence[float], pen: object
    ) -> None:
        # A loss of 0 has no place on a logarithmic axis.
        shown = np.array([value if value > 0 else math.nan for value in values])
        item = self._plot.getPlotItem()
        line = item.plot(np.array(iterations), shown, pen=pen, name=name, connect="finite")
        self._lines.append(line)

    def _pen(self) -> object:
        """That of the loss."""
        return pyqtgraph.mkPen(self._color, width=2.2)

    def _write_legend(self) -> None:
        entries = [f'<span style="color:{_hex(one)}">━</span> {one.name()}' for one in self._lines]
        self._legend.setText(" &nbsp; ".join(entries))

    def _click(self, _: object, points: Sequence[pyqtgraph.SpotItem]) -> None:
        if len(points):
            self.clicked.emit(int(points[-1].data()))


def _hex(line: pyqtgraph.PlotDataItem) -> str:
    return str(pyqtgraph.mkPen(line.opts["pen"]).color().name())
