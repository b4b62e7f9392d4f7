"""The loss over the iterations, live, and what each term adds to it."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping

import pyqtgraph
from qtpy.QtCore import Qt
from qtpy.QtWidgets import QLabel, QSizePolicy, QVBoxLayout, QWidget

from napari_mcr.plots.plain_plot import color_axes, plain_plot

#: Of the loss, and of the terms: these can be told apart without seeing all colours.
_TOTAL = "#f2b84b"
_TERMS = ("#56b4e9", "#e377c2", "#2ca089", "#d55e00", "#9aa0a8", "#7a7ad8")
_STYLES = (Qt.PenStyle.DashLine, Qt.PenStyle.DotLine, Qt.PenStyle.DashDotLine)


class LossCurve(QWidget):
    """A small plot with a logarithmic axis.

    Args:
        color: of axes and text, as #rrggbb.
    """

    def __init__(self, color: str) -> None:
        super().__init__()
        self._plot = plain_plot({"left": _Decades("left")})
        item = self._plot.getPlotItem()
        item.setMouseEnabled(False, False)
        item.setLogMode(y=True)
        item.showGrid(y=True, alpha=0.2)
        item.getAxis("left").setWidth(58)
        # Numbers of four digits would touch in a narrow dock.
        item.getAxis("bottom").setStyle(textFillLimits=[(0, 0.5)])
        self._line = item.plot(pen=pyqtgraph.mkPen(_TOTAL, width=2))
        self._term_lines: dict[str, pyqtgraph.PlotDataItem] = {}
        self._points: list[tuple[float, float]] = []
        self._parts: list[tuple[float, Mapping[str, float]]] = []
        self.legend = QLabel()
        self.legend.setWordWrap(True)
        self.legend.setTextFormat(Qt.TextFormat.RichText)
        self.legend.hide()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self._plot)
        layout.addWidget(self.legend)
        self.set_color(color)
        # A plot wants all the width of the screen otherwise.
        self._plot.setMinimumWidth(160)
        self._plot.setFixedHeight(140)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)

    @property
    def points(self) -> list[tuple[float, float]]:
        """What is shown: iterations and losses."""
        return list(self._points)

    @property
    def terms(self) -> list[str]:
        """The terms that have a line of their own."""
        return list(self._term_lines)

    def set_color(self, color: str) -> None:
        """Change the colour of axes and text."""
        color_axes(self._plot, color, {"left": "loss", "bottom": "iteration"})

    def show_points(
        self,
        points: Iterable[tuple[float, float]],
        parts: Iterable[tuple[float, Mapping[str, float]]] = (),
    ) -> None:
        """Replace the curves.

        Args:
            points: iterations and losses.
            parts: iterations, and what each term adds; shown where there are several terms.
        """
        # A loss of 0 has no place on a logarithmic axis.
        self._points = [(iteration, loss) for iteration, loss in points if loss > 0]
        self._parts = list(parts)
        self._draw()

    def add_point(
        self, iteration: float, loss: float, parts: Mapping[str, float] | None = None
    ) -> None:
        """Add the newest point."""
        self._points += [(iteration, loss)] if loss > 0 else []
        self._parts += [(iteration, parts)] if parts else []
        self._draw()

    def _draw(self) -> None:
        iterations, losses = zip(*self._points, strict=True) if self._points else ((), ())
        self._line.setData(iterations, losses)
        lowest = [*losses, *self._draw_terms()]
        if losses:
            # Whole decades, so that two of them are labelled at least.
            low, high = math.floor(math.log10(min(lowest))), math.ceil(math.log10(max(losses)))
            self._plot.getPlotItem().setYRange(low, max(high, low + 1), padding=0.12)

    def _draw_terms(self) -> list[float]:
        """Draw the terms; return the last value of each, which are to be seen."""
        names = list(dict.fromkeys(name for _, parts in self._parts for name in parts))
        names = names if len(names) > 1 else []
        if names != self.terms:
            self._make_lines(names)
        last: list[float] = []
        for name, line in self._term_lines.items():
            found = [(i, parts[name]) for i, parts in self._parts if parts.get(name, 0) > 0]
            iterations, values = zip(*found, strict=True) if found else ((), ())
            line.setData(iterations, values)
            last += values[-1:]
        return last

    def _make_lines(self, names: list[str]) -> None:
        item = self._plot.getPlotItem()
        for line in self._term_lines.values():
            item.removeItem(line)
        self._term_lines = {}
        entries = [_entry("loss", _TOTAL, "━")]
        for number, name in enumerate(names):
            color = _TERMS[number % len(_TERMS)]
            style = _STYLES[number % len(_STYLES)]
            pen = pyqtgraph.mkPen(color, width=1.5, style=style)
            self._term_lines[name] = item.plot(pen=pen)
            entries.append(_entry(name.replace("_", " "), color, "╍┅┉"[number % 3]))
        self.legend.setText(" &nbsp; ".join(entries))
        self.legend.setVisible(bool(names))


def _entry(name: str, color: str, mark: str) -> str:
    words = name.replace("&", "&amp;").replace("<", "&lt;").replace(" ", "&nbsp;")
    return f'<small><span style="color:{color}"><b>{mark}</b></span>&nbsp;{words}</small>'


class _Decades(pyqtgraph.AxisItem):  # type: ignore[misc]
    """Labels at powers of ten only: in a small plot those between them overlap."""

    def tickValues(self, low: float, high: float, size: float) -> list[tuple[float, list[int]]]:
        step = max(1, math.ceil((high - low) / 5))
        return [(step, list(range(math.ceil(low), math.floor(high) + 1, step)))]

    def tickStrings(self, values: list[float], scale: float, spacing: float) -> list[str]:
        return [f"1e{value:.0f}" for value in values]
