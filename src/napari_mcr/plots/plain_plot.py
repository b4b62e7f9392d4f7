"""What the plots of pyqtgraph in docks have in common."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pyqtgraph
from qtpy.QtWidgets import QGraphicsView


def plain_plot(axes: Mapping[str, pyqtgraph.AxisItem] | None = None) -> pyqtgraph.PlotWidget:
    """Return a plot without a ground, menus and buttons.

    Args:
        axes: other axes than the usual ones, by side.
    """
    # Its context menus are windows without a parent, which nobody would close.
    plot = pyqtgraph.PlotWidget(background=None, enableMenu=False, axisItems=dict(axes or {}))
    # Else what lies behind stays as it was when the viewer changes its theme.
    plot.setCacheMode(QGraphicsView.CacheModeFlag.CacheNone)
    plot.getPlotItem().hideButtons()
    return plot


def color_axes(plot: Any, color: str, names: Mapping[str, str]) -> None:
    """Give axes their colour, and their names in it.

    Args:
        plot: of `plain_plot`.
        color: of axes and text, as #rrggbb.
        names: of the axes, by side; an empty one is not shown.
    """
    for side, name in names.items():
        axis = plot.getPlotItem().getAxis(side)
        if name:
            axis.setLabel(name, color=color)
        axis.setPen(color)
        axis.setTextPen(color)
        # 1e-4 rather than 100 in units of 1e-6.
        axis.enableAutoSIPrefix(False)
