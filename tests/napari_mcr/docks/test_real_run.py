"""The dock with the real child: TensorFlow there, and only there."""

import sys

import numpy as np
import pytest
from installed_package import DESCRIPTOR, install

from mcr_core.job import Job
from mcr_core.remote import Client


def only(dock, *names):
    """Tick some descriptors."""
    dock.result.preset.choose("own terms")
    for name, row in dock.terms.rows.items():
        row.check.setChecked(name in names)


def test_from_the_sample_to_the_volume(viewer, make_dock, wait):
    [sample] = viewer.open_sample("napari-mcr", "three_phases")
    dock = make_dock(real=True)
    # Quick to compile.
    only(dock, "variation", "volume_fractions")
    for axis in "ZYX":
        dock.result.extents[axis].setValue(16)
    dock.result.run.set_values(max_iter=3, seed=2)
    dock.result.settings.set_values(finish_sweeps=1)
    dock.run()
    wait(lambda: not dock.is_running)
    [layer] = [layer for layer in viewer.layers if layer is not sample]
    assert layer.name == "three_phases reconstruction (seed 2)", dock.progress.message.text()
    assert layer.data.shape == (16, 16, 16)
    assert tuple(layer.scale) == (0.5, 0.5, 0.5)
    shares = [np.mean(sample.data == value) for value in (0, 1, 2)]
    np.testing.assert_allclose(
        [np.mean(layer.data == value) for value in (0, 1, 2)], shares, atol=1e-3
    )
    assert "tensorflow" not in sys.modules
    assert "keras" not in sys.modules
    # The job in the metadata repeats the run.
    with Client() as client:
        *_, again = client.run_job(Job.parse(layer.metadata["mcr"]["job"]))
    np.testing.assert_array_equal(again.microstructure.values, layer.data)

    # In the warm child: stop.
    dock.result.optimizer.box.setCurrentText("adam")
    dock.result.run.set_values(max_iter=1_000_000, seed=3)
    dock.run()
    wait(lambda: len(dock.progress.curve.points) > 1)
    dock.stop()
    wait(lambda: not dock.is_running)
    kept = viewer.layers["three_phases reconstruction (seed 3)"]
    assert kept.metadata["mcr"]["run"]["stop_reason"] == "STOPPED"
    assert kept.data.shape == (16, 16, 16)


def test_swaps_from_start_to_stop(viewer, slice_layer, make_dock, wait):
    dock = make_dock(real=True)
    only(dock, "minkowski", "two_point")
    for axis in "ZYX":
        dock.result.extents[axis].setValue(16)
    dock.result.optimizer.box.setCurrentText("simulated_annealing")
    dock.result.optimizer.forms["simulated_annealing"].set_values(proposals=5, temperature=0.0)
    dock.result.run.set_values(max_iter=1_000_000)
    dock.run()
    wait(lambda: len(dock.progress.curve.points) > 2 or not dock.is_running)
    assert "Iteration" in dock.progress.status.text(), dock.progress.message.text()
    wait(lambda: "slice reconstruction" in viewer.layers)
    dock.stop()
    wait(lambda: not dock.is_running)
    kept = viewer.layers["slice reconstruction (seed 0)"]
    carried = kept.metadata["mcr"]
    assert carried["run"]["stop_reason"] == "STOPPED"
    options = carried["job"]["settings"]["optimizer"]["options"]
    assert (options["proposals"], options["temperature"]) == (5, 0.0)
    losses = [record["loss"] for record in carried["run"]["history"]]
    assert losses == sorted(losses, reverse=True)
    assert np.mean(kept.data) == pytest.approx(np.mean(slice_layer.data), abs=1e-3)


def test_a_descriptor_of_an_installed_package(
    viewer, slice_layer, make_dock, wait, tmp_path, monkeypatch
):
    module = install(tmp_path, "roughness", "Roughness", DESCRIPTOR)
    broken = install(tmp_path, "torn", "Torn", "import something_that_is_not_there")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    # The viewer could import it, too, and does not.
    monkeypatch.syspath_prepend(str(tmp_path))
    dock = make_dock(real=True)
    row = dock.terms.rows["roughness"]
    assert "Mean squared difference of neighbours." in row.check.toolTip()
    assert "Somebody, somewhere" in row.check.toolTip()
    steps = row.options._editors["steps"].widget
    assert (steps.minimum(), steps.maximum(), steps.value()) == (1, 4, 1)
    assert "torn" not in dock.terms.rows
    assert "something_that_is_not_there" in dock.progress.message.text()
    only(dock, "roughness")
    row.options.set_values(steps=2)
    for axis in "ZYX":
        dock.result.extents[axis].setValue(12)
    dock.result.run.set_values(max_iter=2)
    dock.run()
    wait(lambda: not dock.is_running)
    layer = viewer.layers[-1]
    assert layer.name == "slice reconstruction (seed 0)", dock.progress.message.text()
    [term] = layer.metadata["mcr"]["job"]["terms"]
    assert term["descriptor"] == {"name": "roughness", "options": {"steps": 2}}
    for name in (module, broken, "tensorflow"):
        assert name not in sys.modules
