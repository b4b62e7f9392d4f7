"""What the dock *Reconstruct* offers after a crash; the child computes nothing."""

import os
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import numpy as np
import pytest
from qtpy.QtWidgets import QMessageBox
from recorded import image, leave, recording
from shown import errors

from mcr_core.job import Job
from mcr_core.recording import read_recording
from napari_mcr.runs.own_files import folder

FAKE_CHILD = (sys.executable, "-P", str(Path(__file__).parents[1] / "fake_child.py"), "obedient")


@pytest.fixture
def offered(make_dock, wait):
    """Return a function that opens the dock, and waits until it has looked for runs."""

    def offered(**options):
        dock = make_dock(**options)
        wait(lambda: not dock.interrupted.is_searching)
        return dock

    return offered


def start(dock, wait, iterations=1_000_000):
    dock.result.run.set_values(max_iter=iterations)
    dock.run()
    wait(lambda: len(dock.progress.curve.points) > 1 or not dock.is_running)


def names(viewer):
    return [layer.name for layer in viewer.layers]


def test_nothing_is_offered_where_nothing_is_left(viewer, slice_layer, offered, wait):
    dock = offered()
    assert not dock.offer.isVisibleTo(dock)
    start(dock, wait)
    wait(lambda: len(list(folder().glob("run-*.h5"))) == 1)
    dock.discard()
    wait(lambda: not dock.is_running)
    assert list(folder().iterdir()) == []
    assert not dock.offer.isVisibleTo(dock)
    # A result stays recorded until the dock is closed.
    start(dock, wait, iterations=3)
    wait(lambda: not dock.is_running)
    (file,) = folder().iterdir()
    found = read_recording(file)
    assert found.has_ended
    assert found.name == dock.runs[-1].name
    dock.parent().destroyOnClose()
    assert list(folder().iterdir()) == []


def test_continue(viewer, offered, wait):
    left = leave(folder(), about={"colors": {"7": [1.0, 0.0, 0.5, 1.0]}})
    state = read_recording(left).microstructure
    dock = offered()
    assert dock.offer.isVisibleTo(dock)
    assert "slice reconstruction (seed 4), iteration 12 of 20, today" in dock.offer.words.text()
    assert not dock.offer.choice.isVisibleTo(dock)
    assert not dock.offer.discard_all_button.isVisibleTo(dock)
    dock.offer.proceed_button.click()
    assert not dock.offer.isVisibleTo(dock)
    assert not left.exists()
    wait(lambda: not dock.is_running)
    layer = viewer.layers["slice reconstruction (seed 4), continued"]
    np.testing.assert_allclose(layer.get_color(7), [1, 0, 0.5, 1], atol=1e-3)
    assert tuple(layer.scale) == (0.5, 0.5, 0.5)
    job = Job.parse(layer.metadata["mcr"]["job"])
    assert (job.settings.max_iter, job.settings.seed) == (8, 4)
    assert job.initial.load() == state
    # What it went on from is there until there is something newer.
    (file,) = folder().iterdir()
    assert read_recording(file).name.endswith("continued")
    assert errors() == []


def test_show_and_discard(viewer, offered, wait):
    left = leave(folder())
    dock = offered()
    dock.offer.show_button.click()
    (layer,) = viewer.layers
    assert layer.name == "slice reconstruction (seed 4), iteration 12"
    np.testing.assert_array_equal(layer.data, image(12).values)
    assert [mark.iteration for mark in dock.runs[-1].marks] == [0, 4, 8, 12]
    # The dock goes on from the layer, too.
    viewer.layers.selection.active = layer
    assert dock.buttons.proceed.isEnabled()
    assert left.exists()
    dock.offer.discard_button.click()
    assert not left.exists()
    assert not dock.offer.isVisibleTo(dock)


def test_what_goes_on_hides_the_state_that_was_shown(viewer, offered, wait):
    leave(folder())
    dock = offered()
    dock.offer.show_button.click()
    dock.offer.proceed_button.click()
    wait(lambda: not dock.is_running)
    wait(lambda: [layer.visible for layer in viewer.layers] == [False, True])
    assert names(viewer)[1].endswith("continued")


def test_show_beside_a_run(viewer, slice_layer, offered, wait):
    leave(folder())
    dock = offered()
    start(dock, wait)
    dock.offer.show_button.click()
    dock.stop()
    wait(lambda: not dock.is_running)
    shown, ran = dock.runs
    assert shown.name.endswith("iteration 12")
    assert len(shown.points) == 13
    assert ran.name == "slice reconstruction (seed 0)"
    assert ran.ended


def test_several_and_results(viewer, offered, wait):
    files = [leave(folder(), n, name=f"run {n}", ended=n == 2) for n in range(3)]
    for n, file in enumerate(files):
        os.utime(file, (n, n))
    damaged = leave(folder(), 3)
    damaged.write_bytes(b"")
    dock = offered()
    assert not damaged.exists()
    box = dock.offer.choice
    assert [box.itemText(row) for row in range(box.count())] == ["run 2", "run 1", "run 0"]
    assert "The result of a run was not kept: run 2, today" in dock.offer.words.text()
    assert not dock.offer.proceed_button.isEnabled()
    dock.offer.show_button.click()
    assert names(viewer) == ["run 2"]
    assert viewer.layers[0].metadata["mcr"]["run"]["stop_reason"] == "MAX_ITER"
    box.setCurrentIndex(1)
    assert "run 0" in dock.offer.words.text()
    assert dock.offer.proceed_button.isEnabled()
    # Another napari was quicker.
    files[0].unlink()
    dock.offer.proceed_button.click()
    assert "no such file" in errors()[-1]
    assert [one.name for one in dock.offer.found] == ["run 1"]
    # What nobody has decided about is there the next time, and only that.
    dock.parent().destroyOnClose()
    assert list(folder().iterdir()) == [files[1]]


def test_discard_all(viewer, offered, monkeypatch):
    for n in range(3):
        leave(folder(), n, name=f"run {n}")
    dock = offered()
    asked, answers = [], ["No", "Yes"]

    def question(parent, title, text):
        asked.append(text)
        return QMessageBox.StandardButton[answers[len(asked) - 1]]

    monkeypatch.setattr(QMessageBox, "question", question)
    assert dock.offer.discard_all_button.isVisibleTo(dock)
    dock.offer.discard_all_button.click()
    assert len(list(folder().iterdir())) == len(dock.offer.found) == 3
    dock.offer.discard_all_button.click()
    assert list(folder().iterdir()) == []
    assert not dock.offer.isVisibleTo(dock)
    assert asked == ["Delete what is left of 3 runs?"] * 2
    assert errors() == []


def test_a_child_that_dies_leaves_a_run_to_go_on_with(viewer, slice_layer, offered, wait):
    dock = offered()
    start(dock, wait)
    wait(lambda: any(folder().glob("run-*.h5")))
    os.kill(dock._client.pid, signal.SIGKILL)
    wait(lambda: not dock.is_running)
    assert dock.offer.isVisibleTo(dock)
    assert "slice reconstruction (seed 0), iteration 0 of 1000000" in dock.offer.words.text()
    dock.offer.proceed_button.click()
    wait(lambda: len(dock.progress.curve.points) > 1)
    dock.stop()
    wait(lambda: not dock.is_running)
    assert names(viewer)[-1] == "slice reconstruction (seed 0), continued"


#: What napari does: it owns a child, and its runs are recorded.
NAPARI = """
    import sys, time
    sys.path[:0] = {path!r}
    from recorded import recording
    from mcr_core.remote import Client
    from napari_mcr.runs.checkpoints import Checkpoints

    job = recording().job_data
    job["settings"]["max_iter"] = 100000
    client = Client(preview_interval=0, command={command!r})
    record = Checkpoints().record("a run over night", {{}})
    client.run(job, {{**record, "seconds": 0}})
    while True:
        client.poll()
        time.sleep(0.01)
"""


def test_after_a_crash_of_napari(viewer, offered, wait):
    code = NAPARI.format(path=[os.path.dirname(recording.__code__.co_filename)], command=FAKE_CHILD)
    napari = subprocess.Popen([sys.executable, "-c", textwrap.dedent(code)])
    try:
        wait(lambda: any(folder().glob("run-*.h5")))
        assert list(folder().glob(f"run-*-{napari.pid}-*.h5"))
        dock = offered()
        # It lives: its files are left alone.
        assert dock.offer.found == ()
        dock.parent().destroyOnClose()
    finally:
        napari.kill()
        napari.wait()
    dock = offered()
    assert "a run over night, iteration " in dock.offer.words.text()
    dock.offer.proceed_button.click()
    wait(lambda: len(dock.progress.curve.points) > 1)
    dock.stop()
    wait(lambda: not dock.is_running)
    assert names(viewer) == ["a run over night, continued"]
    assert errors() == []
