"""Jobs that wait in the dock *Reconstruct*, and a crash; the child computes nothing."""

import contextlib
import os
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import numpy as np
import pytest
from recorded import leave, leave_job
from shown import errors

from mcr_core.errors import InputError
from napari_mcr.runs.kept_job import read_kept
from napari_mcr.runs.own_files import folder

FAKE_CHILD = (sys.executable, "-P", str(Path(__file__).parents[1] / "fake_child.py"), "obedient")


@pytest.fixture
def offered(make_dock, wait):
    """Return a function that opens the dock, and waits until it has looked for what is left."""

    def offered():
        dock = make_dock()
        wait(lambda: not dock.interrupted.is_searching)
        return dock

    return offered


def start(dock, seeds=1, first=0, iterations=1_000_000):
    dock.result.seeds.setValue(seeds)
    dock.result.run.set_values(max_iter=iterations, seed=first)
    dock.run()


def kept():
    """The seeds of the jobs that are kept, in the order of the queue."""
    seeds = []
    for file in sorted(folder().glob("run-*.json")):
        with contextlib.suppress(InputError):  # it may go at this moment
            seeds.append(read_kept(file).job["settings"].get("seed", 0))
    return seeds


def recordings():
    return list(folder().glob("run-*.h5"))


def test_jobs_are_kept_until_they_are_recorded_or_removed(viewer, slice_layer, make_dock, wait):
    dock = make_dock()
    start(dock, seeds=5)
    wait(lambda: len(recordings()) == 1 and kept() == [1, 2, 3, 4])
    dock.queue.list.item(1).setSelected(True)
    dock.queue.remove_button.click()
    assert kept() == [1, 3, 4]
    dock.stop()
    wait(lambda: len(recordings()) == 2 and kept() == [3, 4])
    dock.discard()
    wait(lambda: len(recordings()) == 2 and kept() == [4])
    dock.parent().destroyOnClose()
    assert list(folder().iterdir()) == []


def test_what_is_refused_is_not_kept(viewer, slice_layer, make_dock, wait):
    dock = make_dock()
    start(dock, iterations=1_000_000)
    wait(lambda: len(recordings()) == 1 and kept() == [])
    dock.result.extents["Z"].setValue(1)
    dock.result.preset.choose("own terms")
    start(dock, seeds=3, first=1)
    wait(lambda: kept() == [1, 2, 3])
    dock.stop()
    wait(lambda: not dock.is_running)
    assert len(errors()) == 1
    assert kept() == []
    assert not dock.offer.isVisibleTo(dock)


def test_none_are_kept_where_runs_are_not_recorded(viewer, slice_layer, make_dock, prefer, wait):
    prefer(checkpoint_seconds=0)
    dock = make_dock()
    start(dock, seeds=2)
    wait(lambda: len(dock.progress.curve.points) > 1)
    assert len(dock.queue) == 1
    assert not folder().exists()


def test_a_child_that_dies_at_once_leaves_the_job(viewer, slice_layer, make_dock, wait):
    dock = make_dock()
    os.kill(dock._client.pid, signal.SIGSTOP)
    start(dock, first=3, iterations=4)
    wait(lambda: kept() == [3])
    os.kill(dock._client.pid, signal.SIGKILL)
    wait(lambda: not dock.is_running)
    assert "A job had not begun: slice reconstruction (seed 3), asked for today" in (
        dock.offer.words.text()
    )
    dock.offer.proceed_button.click()
    wait(lambda: not dock.is_running)
    assert viewer.layers[-1].name == "slice reconstruction (seed 3)"
    assert kept() == []
    assert not dock.offer.isVisibleTo(dock)


def test_continue_a_job(viewer, offered, wait):
    left = leave_job(folder(), 4, about={"colors": {"7": [1.0, 0.0, 0.5, 1.0]}})
    dock = offered()
    assert dock.offer.isVisibleTo(dock)
    assert "A job had not begun: slice reconstruction (seed 4)" in dock.offer.words.text()
    assert not dock.offer.show_button.isEnabled()
    for one_of_several in (dock.offer.choice, dock.offer.proceed_all_button):
        assert not one_of_several.isVisibleTo(dock)
    dock.offer.proceed_button.click()
    assert not left.exists()
    assert not dock.offer.isVisibleTo(dock)
    wait(lambda: not dock.is_running)
    layer = viewer.layers["slice reconstruction (seed 4)"]
    np.testing.assert_allclose(layer.get_color(7), [1, 0, 0.5, 1], atol=1e-3)
    settings = layer.metadata["mcr"]["job"]["settings"]
    assert (settings["max_iter"], settings["seed"]) == (20, 4)
    assert len(recordings()) == 1
    assert kept() == []
    assert errors() == []


def test_discard_jobs(viewer, offered):
    left = [leave_job(folder(), number, name=f"job {number}") for number in range(2)]
    dock = offered()
    dock.offer.choice.setCurrentIndex(1)
    dock.offer.discard_button.click()
    assert list(folder().iterdir()) == [left[0]]
    assert not dock.offer.proceed_all_button.isVisibleTo(dock)
    # What nobody has decided about is there the next time.
    dock.parent().destroyOnClose()
    assert list(folder().iterdir()) == [left[0]]


def test_continue_all_that_is_there(viewer, offered, wait):
    leave(folder(), 1, name="a result", ended=True)
    leave(folder(), 2, name="a run")
    # Napari was started twice; the names of processes do not tell when.
    jobs = [leave_job(folder(), number, name=f"job {number}") for number in range(3, 7)]
    jobs[1].write_text("{")
    dock = offered()
    assert sorted(one.name for one in dock.offer.found) == [
        "a result", "a run", "job 3", "job 5", "job 6",
    ]  # fmt: skip
    # Another napari was quicker.
    jobs[2].unlink()
    dock.offer.proceed_all_button.click()
    assert [one.name for one in dock.offer.found] == ["a result"]
    (told,) = errors()
    assert "no such file" in told
    wait(lambda: not dock.is_running)
    assert sorted(layer.name for layer in viewer.layers) == ["a run, continued", "job 3", "job 6"]
    assert kept() == []
    dock.parent().destroyOnClose()
    assert len(recordings()) == 1


#: A napari with a run that goes on and two jobs that wait.
NAPARI = """
    import os, sys, time
    sys.path[:0] = {path!r}
    import napari
    from qtpy.QtCore import QSettings
    from qtpy.QtWidgets import QApplication
    from shown import squares
    from mcr_core.remote import Client
    from napari_mcr.docks.reconstruct import Reconstruct

    # Not in the user's own file: the choices made here would be remembered.
    scope, folder = QSettings.Scope.UserScope, os.environ["XDG_STATE_HOME"]
    QSettings.setPath(QSettings.Format.IniFormat, scope, folder)
    viewer = napari.Viewer(show=False)
    layer = viewer.add_labels(squares((24, 20)), name="slice", scale=(0.5, 0.5), units=("um", "um"))
    layer.colormap = {{1: "lime", 2: "blue", None: "transparent"}}
    dock = Reconstruct(viewer, Client(preview_interval=0, command={command!r}))
    started = False
    while True:
        QApplication.processEvents()
        if dock.result is not None and not started:
            started = True
            dock.result.seeds.setValue(3)
            dock.result.run.set_values(max_iter=100_000, seed=6)
            dock.run()
        time.sleep(0.01)
"""


def test_after_a_crash_with_jobs_waiting(viewer, offered, wait):
    code = NAPARI.format(path=[os.path.dirname(leave.__code__.co_filename)], command=FAKE_CHILD)
    napari = subprocess.Popen([sys.executable, "-c", textwrap.dedent(code)])
    try:
        wait(lambda: len(recordings()) == 1 and kept() == [7, 8])
        # It lives: its files are left alone.
        dock = offered()
        assert dock.offer.found == ()
        dock.parent().destroyOnClose()
        assert kept() == [7, 8]
    finally:
        napari.kill()
        napari.wait()
    dock = offered()
    box = dock.offer.choice
    names = [f"slice reconstruction (seed {seed})" for seed in (6, 7, 8)]
    assert [box.itemText(row) for row in range(box.count())] == names
    assert "A run was interrupted" in dock.offer.words.text()
    dock.offer.proceed_all_button.click()
    assert not dock.offer.isVisibleTo(dock)
    waiting = [dock.queue.list.item(row).text() for row in range(dock.queue.list.count())]
    assert waiting == names[1:]
    assert kept() == [7, 8]
    names[0] += ", continued"
    for name in names:
        wait(lambda name=name: dock.runs[-1].name == name and len(dock.progress.curve.points) > 1)
        dock.stop()
    wait(lambda: not dock.is_running)
    assert [layer.name for layer in viewer.layers] == names
    for layer in viewer.layers:
        np.testing.assert_allclose(layer.get_color(1), [0, 1, 0, 1], atol=1e-3)
    # Of a batch the newest is seen.
    wait(lambda: [layer.visible for layer in viewer.layers] == [True, False, True])
    assert kept() == []
    dock.parent().destroyOnClose()
    assert list(folder().iterdir()) == []
    assert errors() == []
