"""The dock *Convergence* in a real viewer, beside a dock whose child computes nothing."""

import numpy as np
import pytest
from qtpy.QtCore import QMimeData, QPointF, Qt, QUrl
from qtpy.QtGui import QColor, QDragEnterEvent, QDropEvent
from recorded import image, recording
from shown import errors

from mcr_core.recording import read_recording, write_recording
from napari_mcr.docks.convergence import Convergence
from napari_mcr.files import get_characterization_reader
from napari_mcr.plots.theme_colors import text_color


@pytest.fixture
def file(tmp_path):
    """The recording of a run that was interrupted."""
    return write_recording(tmp_path / "r.h5", recording("over night"))


def run(dock, wait, iterations=30):
    dock.result.run.set_values(max_iter=iterations)
    dock.run()
    wait(lambda: len(dock.progress.curve.points) > 3 or not dock.is_running)


def test_without_a_run_it_says_what_to_do(slice_layer, add_dock):
    dock = add_dock(Convergence)
    assert dock.run is None
    assert "No run yet" in dock.message.text()
    assert not dock.slider.isEnabled()


def test_during_and_after_a_run(viewer, slice_layer, make_dock, add_dock, wait):
    reconstruct = make_dock()
    run(reconstruct, wait)
    dock = add_dock(Convergence)
    assert dock.run is reconstruct.runs[-1]
    assert dock.plot.names[0] == "loss"
    wait(lambda: not reconstruct.is_running)
    dock.look()
    assert dock.run.ended
    assert len(dock.run.points) == 31
    assert "30 iterations" in dock.message.text()
    assert dock.slider.maximum() == len(dock.run.marks) - 1


def test_a_mark_shows_its_state(viewer, slice_layer, make_dock, add_dock, wait):
    reconstruct = make_dock()
    run(reconstruct, wait)
    wait(lambda: not reconstruct.is_running)
    dock = add_dock(Convergence)
    before = len(viewer.layers)
    assert len(dock.run.marks) > 2
    dock.plot.clicked.emit(1)
    assert dock.slider.value() == 1
    layer = viewer.layers[-1]
    assert len(viewer.layers) == before + 1
    assert layer.name.endswith(", state")
    np.testing.assert_array_equal(layer.data, dock.run.marks[1].microstructure().values)
    assert f"Iteration {dock.run.marks[1].iteration}," in dock.message.text()
    dock.slider.setValue(0)
    assert len(viewer.layers) == before + 1
    np.testing.assert_array_equal(layer.data, dock.run.marks[0].microstructure().values)


def test_a_state_is_seen_in_place_of_its_run(viewer, slice_layer, make_dock, add_dock, wait):
    reconstruct = make_dock()
    reconstruct.result.dimensions.setCurrentIndex(reconstruct.result.dimensions.findData(2))
    run(reconstruct, wait, iterations=5)
    wait(lambda: not reconstruct.is_running)
    run(reconstruct, wait, iterations=1_000_000)
    wait(lambda: len(reconstruct.runs[-1].marks) > 1 and len(viewer.layers) == 3)
    dock = add_dock(Convergence)
    dock.slider.setValue(0)
    first, growing, state = list(viewer.layers)[1:]
    # The result of the run before has the same place.
    assert [first.visible, growing.visible, state.visible] == [False, False, True]
    reconstruct.stop()
    wait(lambda: not reconstruct.is_running)
    assert growing.name == "slice reconstruction (seed 0) [1]"
    dock.look()
    assert [dock.run_box.itemText(row)[-3:] for row in range(2)] == [" 0)", "[1]"]
    viewer.layers.remove(state)
    assert [first.visible, growing.visible] == [True, True]
    # After the run, too; what was hidden before stays so.
    slice_layer.visible = False
    dock.slider.setValue(1)
    assert [first.visible, growing.visible, slice_layer.visible] == [False, False, False]
    viewer.layers.remove(viewer.layers[-1])
    assert [first.visible, growing.visible, slice_layer.visible] == [True, True, False]


def test_a_state_covers_all_results_in_its_place(
    viewer, slice_layer, make_dock, add_dock, wait, file
):
    reconstruct = make_dock()
    reconstruct.result.seeds.setValue(2)
    run(reconstruct, wait, iterations=5)
    wait(lambda: sum(run.ended for run in reconstruct.runs) == 2)
    results = list(viewer.layers)[1:]
    for layer in results:
        layer.visible = True
    results[0].translate = (0, 0, 1e4)
    dock = add_dock(Convergence)
    dock.slider.setValue(0)
    state = viewer.layers[-1]
    # The slice is no result, and the first one stands elsewhere.
    seen = [layer.visible for layer in (slice_layer, *results, state)]
    assert seen == [True, True, False, True]
    # The state of another run takes the place of this one.
    dock.open([file])
    dock.slider.setValue(1)
    assert not state.visible
    viewer.layers.remove(viewer.layers[-1])
    assert state.visible
    viewer.layers.remove(state)
    assert results[1].visible


def test_the_plot_follows_the_theme(viewer, file, add_dock):
    dock = add_dock(Convergence)
    dock.open([file])
    for theme in ("light", "dark"):
        viewer.theme = theme
        color = QColor(text_color(viewer))
        axis = dock.plot._plot.getPlotItem().getAxis("bottom")
        assert axis.textPen().color() == color
        assert dock.plot._lines[0].opts["pen"].color() == color
        assert color.name() in dock.plot._legend.text()
    dock.parent().destroyOnClose()
    viewer.theme = "light"


def test_a_result_layer_carries_its_run(viewer, slice_layer, make_dock, add_dock, wait):
    reconstruct = make_dock()
    run(reconstruct, wait, iterations=5)
    wait(lambda: not reconstruct.is_running)
    reconstruct.parent().destroyOnClose()
    dock = add_dock(Convergence)
    assert dock.run.name == viewer.layers[-1].name
    assert [point[0] for point in dock.run.points] == list(range(6))
    assert "no states kept" in dock.message.text()
    assert not dock.slider.isEnabled()


def test_a_recording_is_opened(viewer, file, add_dock, tmp_path):
    dock = add_dock(Convergence)
    (tmp_path / "damaged.h5").write_text("none")
    dock.open([tmp_path / "damaged.h5", file, file])
    assert len(errors()) == 1
    assert "damaged.h5: expected the recording of a run" in errors()[0]
    assert [dock.run_box.itemText(row) for row in range(2)] == ["over night", "over night [1]"]
    assert dock.run.name == "over night [1]"
    assert [point[0] for point in dock.run.points] == list(range(13))
    assert dock.slider.maximum() == 3
    dock.slider.setValue(1)
    np.testing.assert_array_equal(viewer.layers[-1].data, image(4).values)
    assert "Iteration 4, loss 2.00e-01" in dock.message.text()
    # It stays, whatever else comes.
    dock.look()
    assert dock.run.name == "over night [1]"


def test_recordings_are_dropped(viewer, file, add_dock, tmp_path):
    dock = add_dock(Convergence)
    for path, taken in ((tmp_path / "a.txt", False), (file, True)):
        data = QMimeData()
        data.setUrls([QUrl.fromLocalFile(str(path))])
        keys = (Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier)
        entered = QDragEnterEvent(QPointF(5, 5).toPoint(), Qt.DropAction.CopyAction, data, *keys)
        entered.ignore()
        dock.dragEnterEvent(entered)
        assert entered.isAccepted() is taken
    dock.dropEvent(QDropEvent(QPointF(5, 5), Qt.DropAction.CopyAction, data, *keys))
    assert dock.run.name == "over night"


def test_a_run_is_saved_and_opened_again(viewer, slice_layer, make_dock, add_dock, wait, tmp_path):
    reconstruct = make_dock()
    dock = add_dock(Convergence)
    assert not dock.save_button.isEnabled()
    run(reconstruct, wait, iterations=1_000_000)
    dock.look()
    assert dock.save_button.isEnabled()
    dock.save(tmp_path / "going.h5")
    assert not read_recording(tmp_path / "going.h5").has_ended
    reconstruct.stop()
    wait(lambda: not reconstruct.is_running)
    dock.look()
    dock.save(tmp_path / "ended.h5")
    assert dock.message.text() == "Saved as ended.h5."
    found = read_recording(tmp_path / "ended.h5")
    assert found.has_ended
    assert found.marks == dock.run.marks
    assert found.job.settings.max_iter == 1_000_000
    np.testing.assert_array_equal(found.microstructure.values, viewer.layers[-1].data)
    dock.save(tmp_path / "ended.tif")
    assert "expected a name that ends in .h5" in errors()[-1]


def test_napari_opens_recordings_here(viewer, file, monkeypatch):
    read = get_characterization_reader([str(file)])
    docks = []

    def add(plugin, name):
        docks.append((plugin, name))
        dock = Convergence(viewer)
        viewer.window.add_dock_widget(dock, name=name)
        return None, dock

    monkeypatch.setattr(viewer.window, "add_plugin_dock_widget", add)
    assert read([str(file)]) == [(None,)]
    assert read(str(file)) == [(None,)]
    assert docks == [("napari-mcr", "Convergence")]
    (dock,) = (one for one in viewer.window.dock_widgets.values())
    assert [run.name for run in dock._runs] == ["over night", "over night [1]"]
