"""A frame around what has the keyboard's focus: napari's style shows it for hardly any control."""

from __future__ import annotations

from qtpy.QtCore import QEvent, QObject, Qt
from qtpy.QtGui import QPainter, QPaintEvent, QPalette, QPen
from qtpy.QtWidgets import QWidget

_WIDTH = 2
_MOVED = (QEvent.Type.Move, QEvent.Type.Resize)


class FocusRing(QWidget):
    """Lies over a widget until it loses the focus; takes no room, and no clicks.

    Args:
        focused: the widget.
    """

    def __init__(self, focused: QWidget) -> None:
        super().__init__(focused.parentWidget())
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setAttribute(Qt.WidgetAttribute.WA_NoSystemBackground)
        self.setGeometry(focused.geometry())
        focused.installEventFilter(self)
        focused.destroyed.connect(self.deleteLater)
        self.show()
        self.raise_()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Qt calls this before the widget gets an event."""
        if event.type() in (QEvent.Type.FocusOut, QEvent.Type.Hide):
            self.hide()
            self.deleteLater()
        elif event.type() in _MOVED and isinstance(watched, QWidget):
            self.setGeometry(watched.geometry())
        return False

    def paintEvent(self, event: QPaintEvent) -> None:
        """Qt calls this: in the colour of text, which differs from all grounds."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        color = self.palette().color(QPalette.ColorRole.WindowText)
        painter.setPen(QPen(color, _WIDTH))
        half = _WIDTH // 2
        painter.drawRoundedRect(self.rect().adjusted(half, half, -half, -half), 3, 3)
