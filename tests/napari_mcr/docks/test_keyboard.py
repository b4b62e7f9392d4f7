"""Every dock can be used without a mouse: Tab reaches all, downwards, and leads out again."""

import re
from itertools import pairwise

import pytest
from npe2 import PluginManifest
from npe2.manifest.utils import import_python_name
from qtpy.QtCore import QPoint, Qt
from qtpy.QtWidgets import QApplication, QPushButton, QWidget
from shown import squares

from napari_mcr.docks.focus_ring import FocusRing
from napari_mcr.docks.keyboard import tab_stops

CONTRIBUTED = PluginManifest.from_distribution("napari-mcr").contributions
PLACES = {command.id: command.python_name for command in CONTRIBUTED.commands}
DOCKS = {widget.display_name: PLACES[widget.command] for widget in CONTRIBUTED.widgets}
#: Of napari's menus: File, View, Layers, Plugins, Window, Help.
MENUS = set("fvlpwh")


@pytest.fixture
def active(viewer, qtbot):
    """The viewer's window, with the keyboard's attention."""
    viewer.add_labels(squares((24, 20)), name="slice", scale=(0.5, 0.5), units=("um", "um"))
    window = viewer.window._qt_window
    window.show()
    window.activateWindow()
    qtbot.waitUntil(lambda: QApplication.activeWindow() is window)
    return viewer


def ready(dock):
    """Whether a dock has all its forms; some wait for the child."""
    return getattr(dock, "result", "none is awaited") is not None


def controls(dock):
    """What can be used now: visible, enabled, and of a size."""
    return [
        widget
        for widget in dock.findChildren(QWidget)
        if widget.isVisibleTo(dock)
        and widget.isEnabled()
        and widget.focusPolicy().value & Qt.FocusPolicy.TabFocus.value
        and widget.focusProxy() is None
        and all(one.height() and one.width() for one in around(widget, dock))
    ]


def around(widget, dock):
    """The widgets from one up to the dock."""
    while widget is not dock:
        yield widget
        widget = widget.parentWidget()


def walk(qtbot, dock, key):
    """Press a key in a dock until the focus is elsewhere; return where it was."""
    seen = []
    while dock.isAncestorOf(QApplication.focusWidget()):
        here = QApplication.focusWidget()
        assert here not in seen, f"{type(here).__name__} for the second time"
        seen.append(here)
        qtbot.keyClick(here, key)
    return seen


def test_tab_goes_through_every_dock(active, qtbot, wait):
    for name, place in DOCKS.items():
        dock = import_python_name(place)(active)
        outer = active.window.add_dock_widget(dock, name=name)
        wait(lambda dock=dock: ready(dock))
        qtbot.wait(50)
        stops = tab_stops(dock)
        stops[0].setFocus()
        seen = walk(qtbot, dock, Qt.Key.Key_Tab)
        assert seen[0] is stops[0]
        assert set(seen) == set(controls(dock)), name
        # Up and left is before down and right, among neighbours in one part of a dock.
        for one, other in pairwise(seen):
            if one.parentWidget() is other.parentWidget():
                here, there = (each.mapTo(dock, QPoint(0, 0)) for each in (one, other))
                assert here.y() < there.y() or here.x() < there.x(), (name, one, other)
        seen[-1].setFocus()
        assert walk(qtbot, dock, Qt.Key.Key_Backtab) == seen[::-1]
        active.window.remove_dock_widget(outer)


def test_tab_goes_through_parts_that_come_later(active, qtbot, wait):
    dock = import_python_name(DOCKS["Characterize"])(active)
    active.window.add_dock_widget(dock, name="Characterize")
    dock.what_box.setCurrentText("chosen descriptors")
    wait(lambda: dock.terms is not None)
    qtbot.wait(50)
    tab_stops(dock)[0].setFocus()
    seen = walk(qtbot, dock, Qt.Key.Key_Tab)
    assert set(seen) == set(controls(dock))
    ticks = [row.check for row in dock.terms.rows.values()]
    ticks.sort(key=lambda tick: tick.mapTo(dock, QPoint(0, 0)).y())
    places = [seen.index(tick) for tick in ticks]
    assert places == sorted(places)
    assert seen.index(dock.what_box) < places[0]
    assert places[-1] < seen.index(dock.characterize_button)


def test_letters_of_buttons_are_their_own(active):
    for name in DOCKS.keys() - {"Reconstruct", "Convergence"}:
        dock = import_python_name(DOCKS[name])(active)
        outer = active.window.add_dock_widget(dock, name=name)
        buttons = [one for one in dock.findChildren(QPushButton) if len(one.text()) > 3]
        letters = [re.findall(r"&(\w)", one.text().lower()) for one in buttons]
        named = [letter for found in letters for letter in found]
        assert len(set(named)) == len(named), (name, named)
        assert not MENUS & set(named), name
        assert all(letters[buttons.index(one)] for one in (*dock._buttons, dock.cancel_button))
        active.window.remove_dock_widget(outer)


def test_the_focus_is_seen(active, qtbot):
    dock = import_python_name(DOCKS["Smooth"])(active)
    active.window.add_dock_widget(dock, name="Smooth")
    qtbot.waitUntil(lambda: len(tab_stops(dock)) > 2)
    first, second, *_ = tab_stops(dock)
    first.setFocus()

    def rings():
        return [one for one in dock.findChildren(FocusRing) if one.isVisible()]

    [ring] = rings()
    assert (ring.parentWidget(), ring.geometry()) == (first.parentWidget(), first.geometry())
    qtbot.keyClick(first, Qt.Key.Key_Tab)
    [ring] = rings()
    assert ring.geometry() == second.geometry()
    dock.resize(dock.width() + 40, dock.height())
    qtbot.waitUntil(lambda: ring.geometry() == second.geometry())
    # It is in nobody's way.
    middle = second.mapTo(dock, second.rect().center())
    assert dock.childAt(middle) not in (ring, None)
    active.window._qt_window.setFocus()
    assert rings() == []
