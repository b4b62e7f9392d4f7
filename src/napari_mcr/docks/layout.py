"""How the parts of the dock stand: forms that scroll, and below them what must stay in sight."""

from __future__ import annotations

from collections.abc import Iterable

from qtpy.QtCore import QEvent, Qt
from qtpy.QtWidgets import QGroupBox, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from napari_mcr.docks.keyboard import TabOrder

_NARROWEST = 350


class Box(QGroupBox):
    """A titled frame."""

    def __init__(self, title: str) -> None:
        super().__init__(title)
        self._column = QVBoxLayout(self)

    def add(self, widget: QWidget) -> None:
        """Put a widget below the others."""
        self._column.addWidget(widget)


def is_thrown_away(dock: QWidget, event: QEvent) -> bool:
    """Return whether an event tells a dock that it is closed for good."""
    # The x of a dock does not close the widget inside: napari takes it out of the window.
    removed = event.type() == QEvent.Type.ParentChange and dock.parent() is None
    return removed or event.type() == QEvent.Type.Close


def arrange(
    dock: QWidget,
    *,
    forms: Iterable[QWidget],
    buttons: Iterable[QWidget],
    below: QWidget,
    first_buttons: Iterable[QWidget] = (),
) -> None:
    """Lay out the dock.

    Args:
        dock: that has no layout yet.
        forms: from top to bottom.
        buttons: below the forms, in a line.
        below: what is told, under the buttons.
        first_buttons: a line above that of the others.
    """
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
    # It follows the focus; a stop of its own, that shows nothing, would only be in the way.
    scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    parts = TabOrder()
    QVBoxLayout(dock).addWidget(parts)
    layout = QVBoxLayout(parts)
    layout.setContentsMargins(0, 0, 0, 0)
    layout.addWidget(scroll, 1)
    for line in (list(first_buttons), list(buttons)):
        row = QHBoxLayout()
        row.setSpacing(4)
        for button in line:
            row.addWidget(button, 1)
        if line:
            layout.addLayout(row)
    layout.addWidget(below)
    dock.setMinimumWidth(_NARROWEST)
