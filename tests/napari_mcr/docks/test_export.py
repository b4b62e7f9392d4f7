"""The dock *Export* in a real viewer, with the real child."""

import json
import shlex
import subprocess
import sys

import numpy as np
import pytest
from qtpy.QtWidgets import QApplication, QFileDialog

import mcr_core as mcr
from mcr_core.job import Inline, Job
from napari_mcr.docks.export import Export
from napari_mcr.layers.phase_layer import layer_attributes, metadata

VALUES = (np.indices((24, 20)).sum(0) % 5 < 3).astype(np.uint8)


@pytest.fixture
def made():
    """What a layer shows, with names that only its metadata know."""
    return mcr.Microstructure.from_array(
        VALUES, voxel_size=0.5, unit="um", periodic=True, phase_names=("pore", "solid")
    )


@pytest.fixture
def job(made):
    settings = {"max_iter": 2, "seed": 7}
    source = Inline.of(made, "source")
    return Job(source=source, terms=["variation"], shape=(16, 16), settings=settings).to_json()


@pytest.fixture
def layer(viewer, made, job):
    """A layer with a job. It is not its result: that takes another process."""
    return viewer.add_labels(
        made.values, name="made", metadata=metadata(made, job), **layer_attributes(made)
    )


@pytest.fixture
def dialog(monkeypatch):
    """The file dialog: answers what is set, and keeps what it was asked."""
    asked = []

    def answer(parent, title, name, filter_):
        asked.append((title, name, filter_))
        return answer.path, filter_

    answer.path, answer.asked = "", asked
    monkeypatch.setattr(QFileDialog, "getSaveFileName", answer)
    return answer


def copied():
    return QApplication.clipboard().text()


def test_every_format_holds_the_layer(layer, made, job, add_dock, wait, dialog, tmp_path):
    dock = add_dock(Export)
    for number in range(dock.format_box.count()):
        dock.format_box.setCurrentIndex(number)
        ending = dock.format_box.currentData()
        # Without an ending: the dock knows it.
        dialog.path = str(tmp_path / "image")
        dock.export_button.click()
        wait(lambda: not dock.is_busy)
        assert dialog.asked[-1][1] == f"made{ending}"
        assert (tmp_path / f"image{ending}").exists()
        assert f"image{ending}" in dock.message.text()
    for file in ("image.tif", "image.npy"):
        assert mcr.read(tmp_path / file) == made
        assert json.dumps(job["settings"]) in json.dumps(_job_in(tmp_path / file))
    assert b'Name="material"' in (tmp_path / "image.vti").read_bytes()
    zarr = pytest.importorskip("zarr", minversion="3")
    root = zarr.open_group(tmp_path / "image.ome.zarr", mode="r")
    np.testing.assert_array_equal(root["labels/phases/0"][...], made.values)
    assert root.attrs["mcr"]["microstructure"]["phase_names"] == ["pore", "solid"]


def _job_in(path):
    from mcr_core.images import read_job

    return read_job(path)


def test_the_script_of_a_layer_from_a_file_runs_outside(
    viewer, made, layer, job, add_dock, tmp_path
):
    path = mcr.write(tmp_path / "source.tif", made)
    viewer.open(str(path), plugin="napari-mcr")
    dock = add_dock(Export)
    dock.layer_box.choose(layer)
    dock.python_button.click()
    assert repr(str(path)) in copied()
    assert dock.text.toPlainText() == copied()
    subprocess.run([sys.executable, "-c", copied()], cwd=tmp_path, check=True)
    (tmp_path / "job.json").write_text(json.dumps(job))
    command = [sys.executable, "-m", "mcr_core.cli", "run", "job.json", "-o", "job.tif"]
    subprocess.run(command, cwd=tmp_path, check=True, capture_output=True)
    again = mcr.read(tmp_path / "made again.tif")
    np.testing.assert_array_equal(again.values, mcr.read(tmp_path / "job.tif").values)
    dock.command_button.click()
    assert copied().startswith(f"mcr match {path}")
    assert "--max-iter 2" in copied()
    assert "--seed 7" in copied()


@pytest.mark.parametrize("optimizer", ["lbfgsb", "simulated_annealing"])
def test_of_a_stopped_run_the_text_ends_there_or_says_that_it_does_not(
    viewer, made, job, add_dock, dialog, tmp_path, optimizer
):
    path = mcr.write(tmp_path / "source.tif", made)
    viewer.open(str(path), plugin="napari-mcr")
    job["settings"] |= {"max_iter": 20, "optimizer": {"name": optimizer, "options": {}}}
    run = {"stop_reason": "STOPPED", "history": [{"iteration": 0}, {"iteration": 7}]}
    layer = viewer.add_labels(made.values, name="made", metadata=metadata(made, job, run=run))
    dock = add_dock(Export)
    dock.layer_box.choose(layer)
    same = optimizer == "lbfgsb"
    note = "max_iter is 7 here, which makes the same voxels." if same else "makes another"
    for button, sign in ((dock.python_button, "max_iter="), (dock.command_button, "--max-iter ")):
        button.click()
        assert f"{sign}{7 if same else 20}" in copied()
        assert note in dock.message.text()
        assert copied().startswith("# This run was stopped after 7 iterations, here") != same
    dialog.path = str(tmp_path / "job.json")
    dock.job_button.click()
    saved = Job.parse((tmp_path / "job.json").read_text())
    assert saved.settings.max_iter == (7 if same else 20)
    assert ("makes it again" in dock.message.text()) == same
    assert note in dock.message.text()
    assert layer.metadata["mcr"]["job"]["settings"]["max_iter"] == 20


def test_an_image_from_nowhere_is_saved_with_the_job(layer, job, add_dock, dialog, tmp_path):
    dock = add_dock(Export)
    dialog.path = str(tmp_path / "my job.json")
    dock.command_button.click()
    words = shlex.split(copied().replace("\\\n", ""))
    assert words == ["mcr", "run", str(tmp_path / "my job.json"), "-o", "made again.tif"]
    assert json.loads((tmp_path / "my job.json").read_text()) == job
    dialog.path = ""
    QApplication.clipboard().setText("before")
    dock.python_button.click()
    assert copied() == "before"
    assert "Nothing is copied" in dock.message.text()


def test_the_job_is_saved_as_json(layer, job, add_dock, dialog, tmp_path):
    dock = add_dock(Export)
    dialog.path = str(tmp_path / "job.json")
    dock.job_button.click()
    assert Job.parse((tmp_path / "job.json").read_text()) == Job.parse(job)
    dialog.path = str(tmp_path / "nowhere" / "job.json")
    dock.job_button.click()
    assert "cannot be written" in dock.message.text()


def test_a_layer_without_a_job_has_no_text(viewer, layer, slice_layer, add_dock):
    dock = add_dock(Export)
    dock.layer_box.choose(slice_layer)
    assert not dock.python_button.isEnabled()
    assert dock.export_button.isEnabled()
    dock.layer_box.choose(layer)
    assert dock.python_button.isEnabled()
    viewer.layers.remove(layer)
    assert not dock.python_button.isEnabled()


def test_a_bad_place_is_said_so(layer, add_dock, wait, tmp_path):
    dock = add_dock(Export)
    dock.export(str(tmp_path / "nowhere" / "image.tif"))
    wait(lambda: not dock.is_busy)
    assert "does not exist: create it first" in dock.message.text()
