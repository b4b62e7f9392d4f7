"""A viewer with the dock, and a look at what is left behind."""

import os
import sys
import threading
from pathlib import Path

import psutil
import pytest
from napari.utils.notifications import notification_manager
from qtpy.QtCore import QSettings
from shown import PATIENCE_MS, squares

# For the children: no GPU in tests, and no start-up messages.
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

FAKE_CHILD = (sys.executable, "-P", str(Path(__file__).with_name("fake_child.py")))


@pytest.fixture(autouse=True)
def nothing_is_remembered(tmp_path_factory, monkeypatch):
    """Docks begin as they do for somebody new, and leave the user's own files alone."""
    folder = str(tmp_path_factory.mktemp("remembered"))
    monkeypatch.setenv("XDG_STATE_HOME", folder)
    QSettings.setPath(QSettings.Format.IniFormat, QSettings.Scope.UserScope, folder)


@pytest.fixture(autouse=True)
def nothing_is_left():
    """No thread and no process of a client outlives a test."""
    before = psutil.Process().children()
    yield
    left = [thread.name for thread in threading.enumerate() if thread.name.startswith("mcr-")]
    assert left == []
    assert [child for child in psutil.Process().children() if child not in before] == []


@pytest.fixture
def viewer(make_napari_viewer):
    """A real viewer; widgets that it leaves behind are an error."""
    notification_manager.records.clear()
    yield make_napari_viewer(strict_qt="raise")
    notification_manager.records.clear()


@pytest.fixture
def make_dock(viewer, qtbot):
    """Return a function that adds a dock whose forms are there.

    Its child computes nothing (see fake_child.py); with `real=True` it is the real one.
    """
    from mcr_core.remote import Client
    from napari_mcr.docks.reconstruct import Reconstruct

    def make(behaviour="obedient", real=False):
        command = {} if real else {"command": (*FAKE_CHILD, behaviour)}
        dock = Reconstruct(viewer, Client(preview_interval=0.0, **command))
        viewer.window.add_dock_widget(dock, name="Reconstruct")
        qtbot.waitUntil(lambda: dock.result is not None, timeout=PATIENCE_MS)
        return dock

    return make


@pytest.fixture
def add_dock(viewer):
    """Return a function that adds a dock of a class; its child is the real one.

    No fixture that is a dock: pytest would hold it while the viewer looks for leaked widgets.
    """

    def add(kind):
        dock = kind(viewer)
        viewer.window.add_dock_widget(dock, name=kind.__name__)
        return dock

    return add


@pytest.fixture
def prefer(monkeypatch):
    """Set preferences about checkpoints."""
    from napari_mcr.preferences import Preferences
    from napari_mcr.runs import checkpoints, own_files

    def prefer(**options):
        for module in (checkpoints, own_files):
            monkeypatch.setattr(module, "preferences", lambda: Preferences(**options))

    return prefer


@pytest.fixture
def wait(qtbot):
    """Let the viewer live until a condition holds."""

    def until(condition):
        qtbot.waitUntil(condition, timeout=PATIENCE_MS)

    return until


@pytest.fixture
def slice_layer(viewer):
    """A Labels layer, 24 × 20 pixels of 0.5 µm."""
    return viewer.add_labels(squares((24, 20)), name="slice", scale=(0.5, 0.5), units=("um", "um"))
