"""Tab goes down a dock as the eye does, also through parts that are added later."""

from __future__ import annotations

from itertools import pairwise

from qtpy.QtCore import QPoint, QRect, Qt
from qtpy.QtGui import QShowEvent
from qtpy.QtWidgets import QApplication, QScrollArea, QSizePolicy, QWidget

from napari_mcr.docks.focus_ring import FocusRing


class TabOrder(QWidget):
    """Holds the parts of a dock; Tab and Shift+Tab go through them in the order of their places.

    Qt goes by the order in which widgets were made, which is not that of a form with parts that
    come when the child has answered; and into parts that are folded to nothing.
    """

    def __init__(self) -> None:
        super().__init__()
        application = QApplication.instance()
        if isinstance(application, QApplication):
            application.focusChanged.connect(self._mark)
        # Otherwise napari leaves room below it.
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Expanding)

    def focusNextPrevChild(self, next: bool) -> bool:
        """Qt calls this at Tab (True) and Shift+Tab, with the focus anywhere in here."""
        stops = tab_stops(self)
        here = QApplication.focusWidget()
        if here is None or here not in stops:
            return super().focusNextPrevChild(next)
        wanted = stops.index(here) + (1 if next else -1)
        found = stops[wanted] if 0 <= wanted < len(stops) else self._outside(here, next)
        if found is None:
            found = stops[0 if next else -1]
        reason = Qt.FocusReason.TabFocusReason if next else Qt.FocusReason.BacktabFocusReason
        found.setFocus(reason)
        return True

    def _mark(self, before: QWidget | None, now: QWidget | None) -> None:
        """Show where the focus is, if it came by the keyboard."""
        clicked = QApplication.mouseButtons() != Qt.MouseButton.NoButton
        if now is not None and not clicked and self.isAncestorOf(now) and _takes_tab(now):
            FocusRing(now)

    def showEvent(self, event: QShowEvent) -> None:
        """Qt calls this: from outside, Tab comes to what is first."""
        super().showEvent(event)
        for one, other in pairwise(tab_stops(self)):
            QWidget.setTabOrder(one, other)

    def _outside(self, here: QWidget, forward: bool) -> QWidget | None:
        """Return the next widget of the window that is not in here."""
        found: QWidget | None = here
        while found is not None:
            found = found.nextInFocusChain() if forward else found.previousInFocusChain()
            if found is here:
                break
            if found is not None and not self.isAncestorOf(found) and _takes_tab(found):
                return found
        return None


def tab_stops(part: QWidget) -> list[QWidget]:
    """Return what Tab stops at inside of a widget: line by line, from left to right.

    What scrolls comes first, all of it, wherever it has been scrolled to.
    """
    found = [
        widget
        for widget in part.findChildren(QWidget)
        if widget.isVisibleTo(part) and _takes_tab(widget) and not _is_folded(widget, part)
    ]
    scrolled = [widget for area in part.findChildren(QScrollArea) for widget in found
                if area.isAncestorOf(widget)]  # fmt: skip
    return [*_read(scrolled, part), *_read([one for one in found if one not in scrolled], part)]


def _read(widgets: list[QWidget], part: QWidget) -> list[QWidget]:
    """Return widgets in the order in which one reads them."""
    placed = [
        (QRect(widget.mapTo(part, QPoint(0, 0)), widget.size()), widget) for widget in widgets
    ]
    placed.sort(key=lambda one: (one[0].top(), one[0].left()))
    lines: list[list[tuple[QRect, QWidget]]] = []
    for place, widget in placed:
        if lines and _side_by_side(lines[-1][0][0], place):
            lines[-1].append((place, widget))
        else:
            lines.append([(place, widget)])
    return [widget for line in lines for _, widget in sorted(line, key=lambda one: one[0].left())]


def _takes_tab(widget: QWidget) -> bool:
    takes = widget.focusPolicy().value & Qt.FocusPolicy.TabFocus.value
    return bool(takes) and widget.isEnabled() and widget.isVisible() and widget.focusProxy() is None


def _is_folded(widget: QWidget, part: QWidget) -> bool:
    """Whether something around a widget has no size."""
    around = widget.parentWidget()
    while around is not None and around is not part:
        if around.height() == 0 or around.width() == 0:
            return True
        around = around.parentWidget()
    return False


def _side_by_side(one: QRect, other: QRect) -> bool:
    """Whether two places are in one line: each reaches to the middle of the other."""
    return (
        one.top() <= other.center().y() <= one.bottom()
        and other.top() <= one.center().y() <= other.bottom()
    )
