"""The dock in a real viewer; the child computes nothing, all else is real."""

import json
import os
import signal
import sys

import numpy as np
import psutil
import pytest
from qtpy.QtCore import QCoreApplication, QEvent
from qtpy.QtWidgets import QLabel
from shown import PATIENCE_MS, errors, squares

from mcr_core.job import Job
from mcr_core.microstructure import Microstructure
from mcr_core.remote.events import State
from napari_mcr.layers.result_layers import ResultLayers
from napari_mcr.plots.loss_curve import LossCurve


def start(dock, wait, iterations=1_000_000):
    """Start a run and wait for its first iterations."""
    dock.result.run.set_values(max_iter=iterations)
    dock.run()
    wait(lambda: len(dock.progress.curve.points) > 1 or not dock.is_running)


def test_forms_come_from_the_schemas(slice_layer, make_dock):
    dock = make_dock()
    dock.result.preset.choose("own terms")
    terms = {term["descriptor"]["name"]: term for term in dock.terms.values()}
    assert set(terms) == {"correlations", "variation"}
    assert terms["correlations"]["descriptor"]["options"]["limit_to"] == 8
    assert terms["correlations"]["weight"] == 1
    assert terms["correlations"]["level_weights"] is None
    assert terms["variation"]["weight"] == 10
    assert "volume_fractions" in dock.terms.rows
    row = dock.terms.rows["correlations"]
    assert "Two- and three-point correlations" in row.check.toolTip()
    assert "110455" in row.check.toolTip()
    limit = row.options._editors["limit_to"].widget
    assert (limit.minimum(), limit.maximum()) == (2, 64)
    assert "at most 64" in limit.toolTip()
    values = dock.result.values()
    assert values["max_iter"] == 100
    assert values["seed"] == 0
    assert values["optimizer"]["name"] == "lbfgsb"
    assert values["optimizer"]["options"]["tolerance"] == 1e-9
    assert values["loss"] == {"name": "mse", "options": {}}
    assert dock.result.shape == (20, 24, 20)
    assert dock.stop_button.isEnabled() is False


def test_a_run_to_its_end(viewer, slice_layer, make_dock, wait):
    dock = make_dock()
    dock.result.extents["Z"].setValue(16)
    dock.result.run.set_values(max_iter=30)
    dock.run()
    assert "Queue" in dock.run_button.text()
    assert dock.stop_button.isEnabled()
    wait(lambda: not dock.is_running)
    assert [layer.name for layer in viewer.layers] == ["slice", "slice reconstruction (seed 0)"]
    layer = viewer.layers[-1]
    assert layer.data.shape == (16, 24, 20)
    assert layer.data.dtype == np.uint8
    assert tuple(layer.scale) == (0.5, 0.5, 0.5)
    assert [str(unit) for unit in layer.units] == ["micrometer"] * 3
    assert layer.axis_labels == ("z", "y", "x")
    assert viewer.dims.ndisplay == 3
    carried = layer.metadata["mcr"]
    assert json.loads(json.dumps(carried)) == carried
    assert carried["microstructure"]["phase_values"] == [0, 1]
    assert carried["microstructure"]["unit"] == "um"
    job = Job.parse(carried["job"])
    assert job.shape == (16, 24, 20)
    assert job.source.name == "slice"
    np.testing.assert_array_equal(job.source.load().values, slice_layer.data)
    assert len(carried["run"]["history"]) == 31
    assert carried["run"]["stop_reason"] == "MAX_ITER"
    assert "this is a fake" in dock.progress.message.text()
    assert "All iterations done" in dock.progress.message.text()
    assert len(dock.progress.curve.points) == 31
    assert "Run" in dock.run_button.text()
    assert not dock.stop_button.isEnabled()
    assert errors() == []


def test_the_volume_grows_and_stop_keeps_it(viewer, slice_layer, make_dock, wait):
    dock = make_dock()
    start(dock, wait)
    wait(lambda: len(viewer.layers) == 2)  # a volume appears in steps
    growing = viewer.layers["slice reconstruction"]
    before = np.array(growing.data)
    wait(lambda: not np.array_equal(growing.data, before))
    assert "Iteration" in dock.progress.status.text()
    dock.stop()
    wait(lambda: not dock.is_running)
    assert viewer.layers["slice reconstruction (seed 0)"] is growing
    kept = viewer.layers["slice reconstruction (seed 0)"]
    assert kept.metadata["mcr"]["run"]["stop_reason"] == "STOPPED"
    assert dock.progress.status.text() == "Stopped"
    # A second run gives a second result.
    dock.result.run.set_values(seed=7)
    start(dock, wait, iterations=3)
    wait(lambda: not dock.is_running)
    assert "slice reconstruction (seed 7)" in viewer.layers
    assert kept in viewer.layers


def test_discard_leaves_nothing(viewer, slice_layer, make_dock, wait):
    dock = make_dock()
    start(dock, wait)
    pid = dock._client.pid
    dock.discard()
    wait(lambda: not dock.is_running)
    assert list(viewer.layers) == [slice_layer]
    assert dock._client.pid == pid
    assert dock.run_button.isEnabled()
    assert errors() == []


def test_discard_ends_a_child_that_hangs(viewer, slice_layer, make_dock, wait):
    dock = make_dock("hangs")
    # A slow viewer: of states that come faster than it takes them only the newest is shown. The
    # one that surely arrives is iteration 2, the last before the child hangs.
    dock.runner.timer.setInterval(400)
    dock.run()
    wait(lambda: 2 in dict(dock.progress.curve.points))
    dock.runner.patience.setInterval(50)
    dock.discard()
    wait(lambda: not dock.is_running)
    assert list(viewer.layers) == [slice_layer]
    assert dock.progress.status.text() == "Discarded"
    assert errors() == []


@pytest.mark.parametrize(
    ("image", "message"),
    [
        (np.arange(400, dtype=np.uint16).reshape(20, 20), "looks like a grey image"),
        (np.linspace(0, 1, 400).reshape(20, 20), "looks like a grey image"),
        (np.zeros((20, 20, 3), np.uint8), "RGB image"),
        (np.ones((20, 20), np.uint8), "at least two phases"),
        (np.full((20, 20), np.nan), "NaN"),
    ],
    ids=["grey", "float", "RGB", "one phase", "NaN"],
)
def test_images_that_are_none_of_phases(viewer, make_dock, slice_layer, wait, image, message):
    with np.errstate(invalid="ignore"):
        rgb = image.ndim == 3
        layer = viewer.add_image(image, name="photo", contrast_limits=(0, 1), rgb=rgb)
    dock = make_dock()
    dock.source.choose(layer)
    dock.run()
    assert not dock.is_running
    assert message in dock.progress.message.text()
    assert any(message in text for text in errors())
    # And the dock is usable again.
    dock.source.choose(slice_layer)
    start(dock, wait, iterations=2)
    wait(lambda: not dock.is_running)
    assert "slice reconstruction (seed 0)" in viewer.layers
    assert message not in dock.progress.message.text()


def test_what_the_child_refuses(viewer, slice_layer, make_dock, wait):
    dock = make_dock()
    dock.result.preset.choose("own terms")
    dock.result.extents["Z"].setValue(3)
    dock.run()
    wait(lambda: not dock.is_running)
    assert "choose a larger one" in dock.progress.message.text()
    assert any("choose a larger one" in text for text in errors())
    assert list(viewer.layers) == [slice_layer]
    assert dock.run_button.isEnabled()


def test_no_layer_no_descriptor(viewer, make_dock):
    dock = make_dock()
    dock.run()
    assert "Open Sample" in dock.progress.message.text()
    viewer.add_labels(squares((20, 20)))
    dock.result.preset.choose("own terms")
    for row in dock.terms.rows.values():
        row.check.setChecked(False)
    dock.run()
    assert "at least one descriptor" in dock.progress.message.text()
    dock.terms.rows["variation"].check.setChecked(True)
    dock.terms.rows["variation"].weights._editors["level_weights"].widget.setText("one")
    dock.run()
    assert "level_weights: expected numbers" in dock.progress.message.text()
    assert len(errors()) == 3


def test_a_failure_inside_of_the_child(slice_layer, make_dock, wait, caplog):
    dock = make_dock("fails")
    dock.run()
    wait(lambda: not dock.is_running)
    assert dock.progress.message.text() == "MemoryError: out of imagination"
    assert "Traceback" in caplog.text


def test_a_child_that_is_killed(viewer, slice_layer, make_dock, wait):
    dock = make_dock()
    start(dock, wait)
    os.kill(dock._client.pid, signal.SIGKILL)
    wait(lambda: not dock.is_running)
    assert "was killed" in dock.progress.message.text()
    assert any("was killed" in text for text in errors())
    assert list(viewer.layers) == [slice_layer]
    start(dock, wait, iterations=2)
    wait(lambda: not dock.is_running)
    assert "slice reconstruction (seed 0)" in viewer.layers


def test_a_child_that_cannot_start(viewer, qtbot, wait):
    from mcr_core.remote import Client
    from napari_mcr.docks.reconstruct import Reconstruct

    command = (sys.executable, "-c", "import a_library_that_is_missing")
    dock = Reconstruct(viewer, Client(command=command))
    viewer.window.add_dock_widget(dock)
    wait(lambda: dock.run_button.isEnabled())
    assert "a_library_that_is_missing" in dock.progress.message.text()
    assert dock.run_button.text() == "Try again"
    dock.run()
    wait(lambda: dock.run_button.isEnabled())
    assert len(errors()) == 2


@pytest.mark.parametrize("deleted", ["slice reconstruction", "slice", "both"])
def test_layers_deleted_during_a_run(viewer, slice_layer, make_dock, wait, deleted):
    dock = make_dock()
    start(dock, wait)
    wait(lambda: "slice reconstruction" in viewer.layers)
    for name in ("slice reconstruction", "slice") if deleted == "both" else (deleted,):
        viewer.layers.remove(name)
    shown = len(dock.progress.curve.points)
    wait(lambda: len(dock.progress.curve.points) > shown + 3)
    # What was deleted stays deleted.
    assert deleted not in viewer.layers
    dock.stop()
    wait(lambda: not dock.is_running)
    assert "slice reconstruction (seed 0)" in viewer.layers
    assert "slice reconstruction" not in viewer.layers


@pytest.mark.parametrize("how", ["viewer", "dock"])
def test_closed_while_running(viewer, slice_layer, make_dock, wait, how):
    dock = make_dock()
    start(dock, wait)
    child = psutil.Process(dock._client.pid)
    if how == "viewer":
        viewer.close()
    else:
        # As the x of its title bar does.
        dock.parent().destroyOnClose()
    wait(lambda: not child.is_running())


def test_a_preview_that_waits_goes_with_the_dock(
    viewer, slice_layer, make_dock, wait, qtbot, monkeypatch
):
    """The event loop comes to it when nothing of the dock may be left."""
    dock = make_dock()
    start(dock, wait)
    dock.runner.timer.stop()
    shown = []
    monkeypatch.setattr(ResultLayers, "show_preview", lambda *arguments: shown.append(arguments))
    monkeypatch.setattr(dock.runner._pace, "takes_preview", lambda: True)
    moment = Microstructure.from_array(squares((20, 24, 20)))
    qtbot.wait(100)  # others that wait
    shown.clear()
    state = State(1, "running", 0, 5, 5, 10, 0.5, {}, 1.0, moment, 0.1, 1.0)
    dock.runner._follow(state, dock.runner._current)
    # As Qt does when the window goes, without a word to the dock before.
    dock.deleteLater()
    QCoreApplication.sendPostedEvents(dock, QEvent.Type.DeferredDelete)
    qtbot.wait(200)
    assert shown == []


def test_two_docks_at_once(viewer, slice_layer, make_dock, wait):
    first, second = make_dock(), make_dock()
    second.result.run.set_values(seed=1)
    start(first, wait)
    start(second, wait)
    assert first._client.pid != second._client.pid
    second.stop()
    wait(lambda: not second.is_running)
    assert first.is_running
    first.stop()
    wait(lambda: not first.is_running)
    names = {layer.name for layer in viewer.layers}
    assert {"slice reconstruction (seed 0)", "slice reconstruction (seed 1)"} <= names


def test_label_0_can_be_seen_in_2d(viewer, slice_layer, make_dock, wait):
    dock = make_dock()
    dock.result.show_in_3d.setChecked(False)
    start(dock, wait, iterations=2)
    wait(lambda: not dock.is_running)
    layer = viewer.layers[-1]
    assert viewer.dims.ndisplay == 2
    assert layer.colormap.color_dict[0][3] == 1
    viewer.dims.ndisplay = 3
    assert layer.colormap.color_dict[0][3] == 0
    assert layer.colormap.color_dict[1][3] == 1
    assert layer.colormap.color_dict[None][3] == 0
    viewer.dims.ndisplay = 2
    assert layer.colormap.color_dict[0][3] == 1


def test_values_of_labels_are_kept(viewer, make_dock, wait):
    viewer.add_labels(squares((20, 20), (3, 200)), name="odd")
    dock = make_dock()
    dock.result.dimensions.setCurrentIndex(1)
    assert dock.result.shape == (20, 20)
    start(dock, wait, iterations=2)
    wait(lambda: not dock.is_running)
    layer = viewer.layers[-1]
    assert layer.data.shape == (20, 20)
    assert set(np.unique(layer.data)) == {3, 200}
    assert viewer.dims.ndisplay == 2


def test_voxel_size_where_the_layer_has_none(viewer, make_dock, wait):
    layer = viewer.add_labels(squares((20, 20)), name="bare")
    dock = make_dock()
    assert dock.source.voxel_size.isEnabled()
    dock.source.voxel_size.setText("0.25")
    dock.source.unit.setCurrentText("nm")
    assert dock.source.microstructure().voxel_size == (0.25, 0.25)
    assert dock.source.microstructure().unit == "nm"
    dock.source.voxel_size.setText("wide")
    dock.run()
    assert "expected a voxel size such as 0.5" in dock.progress.message.text()
    layer.units = ("um", "um")
    layer.scale = (2, 2)
    assert not dock.source.voxel_size.isEnabled()
    assert dock.source.voxel_size.text() == "2"
    assert dock.source.microstructure().unit == "um"


def test_layers_come_go_and_are_renamed(viewer, make_dock):
    dock = make_dock()
    assert dock.source.layer is None
    first = viewer.add_labels(squares((20, 20)), name="first")
    second = viewer.add_image(squares((24, 30)), name="second")
    viewer.add_points(np.zeros((1, 2)))
    assert dock.source.layer is first
    assert dock.result.shape == (20, 20, 20)
    dock.source.choose(second)
    assert dock.result.shape == (24, 24, 30)
    second.name = "another"
    assert dock.source.layer_box.currentText() == "another"
    viewer.layers.remove(second)
    assert dock.source.layer is first
    viewer.layers.clear()
    assert dock.source.layer is None


def test_nothing_is_cut_and_nothing_is_wide(make_napari_viewer, qtbot):
    viewer = make_napari_viewer(show=True)
    viewer.window.resize(1400, 900)
    _, dock = viewer.window.add_plugin_dock_widget("napari-mcr", "Reconstruct")
    viewer.add_labels(squares((20, 20)), name="a layer with a name that is longer than the dock")
    qtbot.waitUntil(lambda: dock.result is not None, timeout=PATIENCE_MS)
    dock.result.preset.choose("own terms")
    for row in dock.terms.rows.values():
        row.unfold.setChecked(True)
    dock.progress.show_error("a message of many words " * 10)
    dock.progress.curve.show()
    qtbot.wait(50)
    assert dock.width() < 450
    assert dock.findChild(LossCurve).height() <= 160
    labels = [label for label in dock.findChildren(QLabel) if label.isVisible()]
    assert len(labels) > 10
    for label in labels:
        if not label.wordWrap():
            assert label.width() >= label.minimumSizeHint().width(), label.text()
        right = label.mapTo(dock, label.rect().topRight()).x()
        assert right <= dock.width(), label.text()
