"""A plot of one statistic of several characterizations, in the colours of the viewer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from napari.utils.theme import get_theme
from napari_matplotlib.base import BaseNapariMPLWidget
from napari_matplotlib.util import style_sheet_from_theme
from qtpy.QtCore import QSize, QTimer
from qtpy.QtWidgets import QComboBox, QHBoxLayout, QLabel, QSizePolicy, QVBoxLayout, QWidget

from mcr_core.figures.choices import Statistic, choices
from mcr_core.figures.overlay import Source, draw_overlay

if TYPE_CHECKING:
    from napari.components import ViewerModel

#: Of the bar under a plot, what has a use here.
_TOOLS = ("Home", "Pan", "Zoom", "Save")
_ICON = 20
_LOWEST = 250
_FONT = 8
#: Several changes at once, or a window that is pulled wider, are drawn once.
_PAUSE_MS = 60


class StatisticsPlot(QWidget):
    """Choose a statistic, and see it of all sources.

    Args:
        viewer: its theme gives the colours.
        difference: whether the difference of two sources is drawn below them.
    """

    def __init__(self, viewer: ViewerModel, *, difference: bool = False) -> None:
        super().__init__()
        self._difference = difference
        self._viewer = viewer
        self._sources: list[Source] = []
        self._statistics: list[Statistic] = []
        self.statistic_box = QComboBox()
        self.statistic_box.setToolTip("Which statistic is drawn.")
        self.phase_box = QComboBox()
        self.phase_box.setToolTip("Of which phase.")
        self.plane_box = QComboBox()
        self.plane_box.setToolTip("On which planes of volumes; a 2D image has one.")
        for box, letters in ((self.statistic_box, 14), (self.phase_box, 6), (self.plane_box, 3)):
            box.setSizeAdjustPolicy(
                QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon
            )
            box.setMinimumContentsLength(letters)
        self.statistic_box.currentIndexChanged.connect(self._choose)
        for box in (self.phase_box, self.plane_box):
            box.currentIndexChanged.connect(self.redraw_soon)
        row = QHBoxLayout()
        row.addWidget(self.statistic_box, 3)
        row.addWidget(self.phase_box, 1)
        row.addWidget(self.plane_box, 1)
        self._canvas = BaseNapariMPLWidget(viewer)
        self._canvas.layout().setContentsMargins(0, 0, 0, 0)
        self._canvas.layout().setSpacing(0)
        self._canvas.toolbar.setIconSize(QSize(_ICON, _ICON))
        for action in self._canvas.toolbar.actions():
            if action.text() and action.text() not in _TOOLS:
                action.setVisible(False)
        # A plot wants all the width of the screen otherwise, and would never give height back.
        self._canvas.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Ignored)
        self._canvas.setMinimumHeight(_LOWEST)
        self.left_out = QLabel()
        self.left_out.setWordWrap(True)
        self.left_out.hide()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        layout.addLayout(row)
        layout.addWidget(self._canvas, 1)
        layout.addWidget(self.left_out)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(_PAUSE_MS)
        self._timer.timeout.connect(self.redraw)
        self._canvas.canvas.mpl_connect("resize_event", self.redraw_soon)
        viewer.events.theme.connect(self.redraw_soon)

    @property
    def figure(self) -> Any:
        """The figure of matplotlib."""
        return self._canvas.figure

    @property
    def statistic(self) -> Statistic | None:
        """The chosen statistic."""
        index = self.statistic_box.currentIndex()
        return self._statistics[index] if 0 <= index < len(self._statistics) else None

    def show_sources(self, sources: Sequence[Source]) -> None:
        """Show other characterizations; the statistic stays, if they have it."""
        self._sources = list(sources)
        before = self.statistic
        self._statistics = choices(source.characterization for source in self._sources)
        keys = [statistic.key for statistic in self._statistics]
        self.statistic_box.blockSignals(True)
        self.statistic_box.clear()
        for number, statistic in enumerate(self._statistics):
            self.statistic_box.addItem(statistic.title)
            self.statistic_box.setItemData(number, statistic.title, 3)  # what a tooltip says
        # S₂ at first: fractions are a number each.
        first = keys.index(before.key) if before is not None and before.key in keys else 1
        self.statistic_box.setCurrentIndex(first)
        self.statistic_box.blockSignals(False)
        self._choose()

    def redraw_soon(self, event: Any = None) -> None:
        """Draw once the user has stopped for a moment."""
        self._timer.start()

    def redraw(self) -> None:
        """Draw now."""
        from matplotlib.style import context

        self._timer.stop()
        statistic = self.statistic
        style: dict[str, Any] = style_sheet_from_theme(get_theme(self._viewer.theme))
        left_out: list[str] = []
        style |= {"legend.labelcolor": style["text.color"], "font.size": _FONT}
        with context(style):
            if statistic is None:
                self.figure.clear()
            else:
                left_out = draw_overlay(
                    self.figure,
                    statistic,
                    self._sources,
                    phase=max(self.phase_box.currentIndex(), 0),
                    plane=self.plane_box.currentText(),
                    difference=self._difference,
                )
            self._canvas.canvas.draw()
        self.left_out.setText(f"Without this statistic: {', '.join(left_out)}.")
        self.left_out.setVisible(bool(left_out))

    def disconnect_viewer(self) -> None:
        """Let go of the viewer."""
        self._timer.stop()
        self._viewer.events.theme.disconnect(self.redraw_soon)

    def _choose(self) -> None:
        statistic = self.statistic
        for box, texts in (
            (self.phase_box, () if statistic is None else statistic.phases),
            (self.plane_box, () if statistic is None else statistic.planes),
        ):
            before = box.currentText()
            box.blockSignals(True)
            box.clear()
            box.addItems(texts)
            box.setCurrentIndex(max(box.findText(before), 0) if texts else -1)
            box.blockSignals(False)
            box.setVisible(len(texts) > 1)
        self.redraw_soon()
