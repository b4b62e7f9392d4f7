"""The dock *Convergence* in a real viewer, beside a dock whose child computes nothing."""

import numpy as np

from napari_mcr.docks.convergence import Convergence


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
