"""How the parts of the dock stand: forms that scroll, and below them what must stay in sight."""

from __future__ import annotations

from collections.abc import Iterable

from qtpy.QtCore import Qt
from qtpy.QtWidgets import QGroupBox, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

_NARROWEST = 350


class Box(QGroupBox):
    """A titled frame."""

    def __init__(self, title: str) -> None:
        super().__init__(title)
        self._column = QVBoxLayout(self)

    def add(self, widget: QWidget) -> None:
        """Put a widget below the others."""
        self._column.addWidget(widget)


def arrange(
    dock: QWidget, *, forms: Iterable[QWidget], buttons: Iterable[QWidget], below: QWidget
) -> None:
    """Lay out the dock."""
    inside = QWidget()
    column = QVBoxLayout(inside)
    column.setContentsMargins(0, 0, 6, 0)
    for form in forms:
        column.addWidget(form)
    column.addStretch(1)
    scroll = QScrollArea()
    scroll.setWidgetResizable(True)
    scroll.setWidget(inside)
    scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    scroll.setFrameShape(QScrollArea.Shape.NoFrame)
    row = QHBoxLayout()
    for button in buttons:
        row.addWidget(button)
    layout = QVBoxLayout(dock)
    layout.addWidget(scroll, 1)
    layout.addLayout(row)
    layout.addWidget(below)
    dock.setMinimumWidth(_NARROWEST)
