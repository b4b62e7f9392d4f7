"""Keep the mouse wheel from changing fields by accident."""

from __future__ import annotations

from typing import Any

from qtpy.QtCore import QEvent, QObject, Qt
from qtpy.QtWidgets import QAbstractSpinBox, QComboBox, QWidget


class IgnoreWheel(QObject):
    """Event filter: scrolling through a form must not change the fields under the mouse."""

    def eventFilter(self, watched: Any, event: Any) -> bool:
        """Qt calls this before an event reaches a field."""
        if event.type() == QEvent.Type.Wheel and not watched.hasFocus():
            event.ignore()
            return True
        return False

    def watch(self, root: QWidget) -> None:
        """Guard all fields within a widget."""
        for kind in (QAbstractSpinBox, QComboBox):
            for field in root.findChildren(kind):
                field.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
                field.installEventFilter(self)
