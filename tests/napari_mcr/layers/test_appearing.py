"""How a volume appears: what is not seen of it in the layers of a run."""

import subprocess
import sys

import pytest
from qtpy.QtCore import QObject
from qtpy.QtWidgets import QDockWidget, QMainWindow, QWidget

from napari_mcr.layers import appearing


@pytest.fixture
def window(qtbot):
    made = QMainWindow()
    made.setCentralWidget(QWidget())
    qtbot.addWidget(made)
    return made


@pytest.mark.parametrize("floating", [False, True])
def test_canvas_of_the_window_that_a_dock_belongs_to(window, floating):
    dock, inner = QDockWidget(window), QWidget()
    dock.setWidget(inner)
    dock.setFloating(floating)
    assert appearing.canvas_beside(inner) is window.centralWidget()


def test_a_widget_of_no_window_has_no_canvas(qtbot):
    alone = QWidget()
    qtbot.addWidget(alone)
    assert appearing.canvas_beside(alone) is None


def test_steps_come_one_after_the_other_from_the_event_loop(qtbot):
    taken = []
    appearing.take([lambda: taken.append(1), lambda: taken.append(2)])
    assert taken == []
    qtbot.waitUntil(lambda: taken == [1])
    qtbot.waitUntil(lambda: taken == [1, 2])


def test_steps_end_with_what_they_are_for(qtbot):
    parent, taken = QObject(), []
    appearing.take([parent.deleteLater, lambda: taken.append(1)], parent)
    qtbot.waitSignal(parent.destroyed, timeout=2000).wait()
    qtbot.wait(150)
    assert taken == []


def test_a_canvas_is_painted_again_where_a_step_fails(qtbot, window, monkeypatch):
    monkeypatch.setattr(appearing, "_STILL_MS", 20)
    appearing.hold_still(window)
    assert not window.updatesEnabled()
    qtbot.waitUntil(window.updatesEnabled)


_TURN = """
import sys
import napari
import numpy as np
from napari_mcr.layers import appearing

viewer = napari.Viewer(show=False)
viewer.add_labels(np.ones((4, 4, 4), np.uint8))
if {prepared}:
    appearing.prepare().join()
before = set(sys.modules)
appearing.look_from_a_corner(viewer)
print(len([name for name in set(sys.modules) - before if name.startswith("scipy.")]))
viewer.close()
"""


def test_the_turn_to_3d_finds_its_modules_loaded():
    found = []
    for prepared in (False, True):
        command = [sys.executable, "-c", _TURN.format(prepared=prepared)]
        run = subprocess.run(command, capture_output=True, text=True, timeout=120)
        assert run.returncode == 0, run.stderr
        found.append(int(run.stdout))
    without, prepared = found
    assert without > 0  # else there is nothing to prepare any more
    assert prepared == 0
