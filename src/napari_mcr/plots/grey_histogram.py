"""A histogram of grey values with limits that are dragged."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pyqtgraph
from qtpy.QtCore import Signal  # type: ignore[attr-defined]
from qtpy.QtWidgets import QSizePolicy, QVBoxLayout, QWidget

from napari_mcr.plots.plain_plot import color_axes, plain_plot

_BINS = 128


class GreyHistogram(QWidget):
    """Shows how often grey values occur; `dragged` tells which limit goes where.

    Args:
        color: of axis and text, as #rrggbb.
    """

    dragged = Signal(int, float)

    def __init__(self, color: str) -> None:
        super().__init__()
        self._plot = plain_plot()
        self._item = self._plot.getPlotItem()
        self._item.hideAxis("left")
        self._item.setMouseEnabled(False, False)
        self._bars = self._item.plot(
            stepMode="center", fillLevel=0, pen=None, brush=pyqtgraph.mkBrush("#8a93a5")
        )
        self._bars.setData([0, 1], [0])
        self.lines: list[Any] = []
        self.set_color(color)
        self._range = (0.0, 1.0)
        self._moves = False
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._plot)
        # A plot wants all the width of the screen otherwise.
        self._plot.setMinimumWidth(160)
        self.setFixedHeight(96)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.setToolTip(
            "How often grey values occur (square root of the count). Drag the limits between "
            "the phases."
        )

    def set_color(self, color: str) -> None:
        """Change the colour of axis and text."""
        self._color = color
        color_axes(self._plot, color, {"bottom": ""})
        for line in self.lines:
            line.setHoverPen(color, width=3)

    def show_values(self, values: npt.NDArray[Any]) -> None:
        """Show other grey values.

        Args:
            values: finite numbers, any shape.
        """
        low, high = float(values.min()), float(values.max())
        bins = _BINS
        if values.dtype.kind in "iu":
            # Bins hold equally many integers, or peaks would appear that are none.
            width = max(1, -(-int(high - low + 1) // _BINS))
            bins = max(1, -(-int(high - low + 1) // width))
            edges = low - 0.5 + width * np.arange(bins + 1)
        else:
            edges = np.linspace(low, high if high > low else low + 1, bins + 1)
        counts, _ = np.histogram(values, bins, (edges[0], edges[-1]))
        self._range = low, high
        self._bars.setData(edges, np.sqrt(counts))
        self._item.setXRange(edges[0], edges[-1], padding=0.02)
        self._item.setYRange(0, float(np.sqrt(counts.max())), padding=0.05)

    def show_limits(self, limits: Sequence[float]) -> None:
        """Show other limits."""
        self._moves = True
        while len(self.lines) > len(limits):
            self._item.removeItem(self.lines.pop())
        while len(self.lines) < len(limits):
            line = pyqtgraph.InfiniteLine(
                movable=True,
                pen=pyqtgraph.mkPen("#f2b84b", width=2),
                hoverPen=pyqtgraph.mkPen(self._color, width=3),
            )
            line.sigPositionChanged.connect(self._follow)
            self._item.addItem(line)
            self.lines.append(line)
        for line, limit in zip(self.lines, limits, strict=True):
            line.setBounds(self._range)
            line.setValue(limit)
        self._moves = False

    def _follow(self, line: Any) -> None:
        if not self._moves:
            self.dragged.emit(self.lines.index(line), float(line.value()))
