"""How the parts of the dock stand: forms that scroll, and below them what must stay in sight."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial

from qtpy.QtCore import QEvent, QMargins, QObject, QPoint, QSize, Qt
from qtpy.QtWidgets import QGroupBox, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from napari_mcr.docks.keyboard import TabOrder
from napari_mcr.layers.appearing import take

_NARROWEST = 350
#: Of forms above results, in lines of text.
_MOST_LINES = 24


class Box(QGroupBox):
    """A titled frame."""

    def __init__(self, title: str) -> None:
        super().__init__(title)
        self._column = QVBoxLayout(self)

    def add(self, widget: QWidget) -> None:
        """Put a widget below the others."""
        self._column.addWidget(widget)


class _Forms(QScrollArea):
    """Scrolls forms, and asks for as much height as they do at the moment; Qt's keeps the first."""

    def sizeHint(self) -> QSize:
        """Qt calls this."""
        inside = self.widget()
        if inside is None:
            return super().sizeHint()
        frame, most = 2 * self.frameWidth(), _MOST_LINES * self.fontMetrics().height()
        return inside.sizeHint().grownBy(QMargins(0, 0, frame, frame)).boundedTo(QSize(most, most))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Qt calls this with the events of what is inside; rows may have come or gone."""
        if event.type() == QEvent.Type.LayoutRequest:
            self.updateGeometry()
        return bool(super().eventFilter(watched, event))


def is_thrown_away(dock: QWidget, event: QEvent) -> bool:
    """Return whether an event tells a dock that it is closed for good."""
    # The x of a dock does not close the widget inside: napari takes it out of the window.
    removed = event.type() == QEvent.Type.ParentChange and dock.parent() is None
    return removed or event.type() == QEvent.Type.Close


def bring_up(part: QWidget) -> None:
    """Scroll the forms so that a part of them begins at the top, as far as they go.

    A moment later: a part that has just come has no place yet.
    """
    parent = part.parentWidget()
    while parent is not None and not isinstance(parent, QScrollArea):
        parent = parent.parentWidget()
    if parent is not None:
        take([partial(_scroll, parent, part)], part)


def _scroll(area: QScrollArea, part: QWidget) -> None:
    inside = area.widget()
    if inside is not None:
        area.verticalScrollBar().setValue(part.mapTo(inside, QPoint(0, 0)).y())


def arrange(
    dock: QWidget,
    *,
    forms: Iterable[QWidget],
    buttons: Iterable[QWidget],
    below: QWidget,
    first_buttons: Iterable[QWidget] = (),
    results: QWidget | None = None,
) -> None:
    """Lay out the dock.

    Args:
        dock: that has no layout yet.
        forms: from top to bottom.
        buttons: below the forms, in a line.
        below: what is told, under the buttons.
        first_buttons: a line above that of the others.
        results: under what is told; they have all the height that the forms leave.
    """
    inside = QWidget()
    column = QVBoxLayout(inside)
    column.setContentsMargins(0, 0, 6, 0)
    for form in forms:
        column.addWidget(form)
    column.addStretch(1)
    scroll = QScrollArea() if results is None else _Forms()
    scroll.setWidgetResizable(True)
    scroll.setWidget(inside)
    scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    scroll.setFrameShape(QScrollArea.Shape.NoFrame)
    # It follows the focus; a stop of its own, that shows nothing, would only be in the way.
    scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    parts = TabOrder()
    QVBoxLayout(dock).addWidget(parts)
    layout = QVBoxLayout(parts)
    layout.setContentsMargins(0, 0, 0, 0)
    # Results take what the forms do not need.
    layout.addWidget(scroll, 0 if results is not None else 1)
    for line in (list(first_buttons), list(buttons)):
        row = QHBoxLayout()
        row.setSpacing(4)
        for button in line:
            row.addWidget(button, 1)
        if line:
            layout.addLayout(row)
    layout.addWidget(below)
    if results is not None:
        layout.addWidget(results, 1)
    dock.setMinimumWidth(_NARROWEST)
