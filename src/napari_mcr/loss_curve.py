"""The loss over the iterations, live."""

from __future__ import annotations

import math
from collections.abc import Iterable

import pyqtgraph
from qtpy.QtWidgets import QSizePolicy, QVBoxLayout, QWidget


class LossCurve(QWidget):
    """A small plot with a logarithmic axis.

    Args:
        color: of axes and text, as #rrggbb.
    """

    def __init__(self, color: str) -> None:
        super().__init__()
        # Its context menus are windows without a parent, which nobody would close.
        self._plot = pyqtgraph.PlotWidget(
            background=None, enableMenu=False, axisItems={"left": _Decades("left")}
        )
        item = self._plot.getPlotItem()
        item.hideButtons()
        item.setMouseEnabled(False, False)
        item.setLogMode(y=True)
        item.showGrid(y=True, alpha=0.2)
        for side, text in (("left", "loss"), ("bottom", "iteration")):
            axis = item.getAxis(side)
            axis.setLabel(text, color=color)
            axis.setPen(color)
            axis.setTextPen(color)
            # 1e-4 rather than 100 in units of 1e-6.
            axis.enableAutoSIPrefix(False)
        item.getAxis("left").setWidth(58)
        self._line = item.plot(pen=pyqtgraph.mkPen("#f2b84b", width=2))
        self._points: list[tuple[float, float]] = []
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._plot)
        # A plot wants all the width of the screen otherwise.
        self._plot.setMinimumWidth(160)
        self.setFixedHeight(150)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)

    @property
    def points(self) -> list[tuple[float, float]]:
        """What is shown: iterations and losses."""
        return list(self._points)

    def show_points(self, points: Iterable[tuple[float, float]]) -> None:
        """Replace the curve."""
        # A loss of 0 has no place on a logarithmic axis.
        self._points = [(iteration, loss) for iteration, loss in points if loss > 0]
        iterations, losses = zip(*self._points, strict=True) if self._points else ((), ())
        self._line.setData(iterations, losses)
        if losses:
            # Whole decades, so that two of them are labelled at least.
            low, high = math.floor(math.log10(min(losses))), math.ceil(math.log10(max(losses)))
            self._plot.getPlotItem().setYRange(low, max(high, low + 1), padding=0.12)

    def add_point(self, iteration: float, loss: float) -> None:
        """Add the newest point."""
        self.show_points([*self._points, (iteration, loss)])


class _Decades(pyqtgraph.AxisItem):  # type: ignore[misc]
    """Labels at powers of ten only: in a small plot those between them overlap."""

    def tickValues(self, low: float, high: float, size: float) -> list[tuple[float, list[int]]]:
        step = max(1, math.ceil((high - low) / 5))
        return [(step, list(range(math.ceil(low), math.floor(high) + 1, step)))]

    def tickStrings(self, values: list[float], scale: float, spacing: float) -> list[str]:
        return [f"1e{value:.0f}" for value in values]
