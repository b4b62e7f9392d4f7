"""Presets, sources and preview of the dock *Reconstruct*."""

from pathlib import Path

import numpy as np
import pytest
from qtpy.QtCore import QSettings
from qtpy.QtWidgets import QApplication
from shown import errors, squares

import mcr_core as mcr
from mcr_core.job import Job
from napari_mcr.forms.preset_choice import OF_FILE, OWN


def settings_of(dock):
    return dock.result.job()["settings"]


def test_only_what_was_touched_overrides_the_preset(slice_layer, make_dock):
    dock = make_dock()
    job = dock.result.job()
    assert job == {"shape": [20, 24, 20], "preset": "auto", "settings": {}}
    shown = {}
    for name in ("faithful", "fast", "balanced"):
        dock.result.preset.choose(name)
        shown[name] = dock.result.run.value("max_iter")
        assert dock.result.job()["preset"] == name
        assert settings_of(dock) == {}
        assert dock.result.preset.toolTip().endswith(".")
    assert shown == {"faithful": 150, "fast": 60, "balanced": 40}
    dock.result.run.set_values(max_iter=77)
    dock.result.settings.set_values(symmetry="none")
    assert settings_of(dock) == {"max_iter": 77, "symmetry": "none"}
    dock.result.preset.choose("faithful")
    assert settings_of(dock) == {"max_iter": 77, "symmetry": "none"}
    dock.result.run.set_values(max_iter=150)
    assert settings_of(dock) == {"symmetry": "none"}
    assert not dock.terms.isVisibleTo(dock.result)


def test_auto_follows_the_size(slice_layer, make_dock):
    dock = make_dock()
    for voxels, iterations in ((64, 40), (200, 60), (64, 40)):
        for field in dock.result.extents.values():
            field.setValue(voxels)
        assert dock.result.run.value("max_iter") == iterations


def test_own_terms_are_unfolded_and_sent_with_all_settings(slice_layer, make_dock):
    dock = make_dock()
    assert not dock.result.advanced.isExpanded()
    dock.result.preset.choose(OWN)
    assert dock.result.advanced.isExpanded()
    assert dock.terms.isVisibleTo(dock.result.advanced)
    job = dock.result.job()
    assert "preset" not in job
    assert [term["descriptor"]["name"] for term in job["terms"]] == ["correlations", "variation"]
    assert job["settings"]["max_iter"] == 100
    assert job["settings"]["optimizer"]["name"] == "lbfgsb"


def test_choices_are_remembered(slice_layer, make_dock, wait):
    first = make_dock()
    first.result.preset.choose(OWN)
    first.result.run.set_values(max_iter=2, seed=5)
    first.result.optimizer.box.setCurrentText("adam")
    first.result.settings.set_values(coarse_levels=0, finish_sweeps=3)
    first.terms.rows["variation"].check.setChecked(False)
    first.terms.rows["two_point"].check.setChecked(True)
    first.terms.rows["two_point"].options.set_values(limit_to=6)
    first.result.seeds.setValue(1)
    first.run()
    wait(lambda: not first.is_running)
    second = make_dock()
    assert second.result.state() == first.result.state()
    assert second.result.job() == first.result.job()


@pytest.mark.parametrize(
    "content",
    [
        b"\x00\xff no settings",
        b"[General]\nreconstruct=[1, 2]",
        b'[General]\nreconstruct="{\\"preset\\": 3, \\"settings\\": {\\"max_iter\\": \\"many\\", '
        b'\\"optimizer\\": []}, \\"terms\\": 7, \\"seeds\\": null, \\"preferred\\": 1}"',
    ],
)
def test_a_damaged_memory_does_not_hurt(slice_layer, make_dock, content):
    scope = QSettings.Scope.UserScope
    file = QSettings(QSettings.Format.IniFormat, scope, "napari-mcr", "docks").fileName()
    Path(file).parent.mkdir(parents=True, exist_ok=True)
    Path(file).write_bytes(content)
    dock = make_dock()
    assert dock.result.job() == {"shape": [20, 24, 20], "preset": "auto", "settings": {}}
    assert errors() == []


def test_a_characterization_file_is_a_source(viewer, slice_layer, make_dock, wait, tmp_path):
    path = tmp_path / "statistics.h5"
    image = mcr.Microstructure.from_array(squares((20, 24)), voxel_size=0.5, unit="um")
    mcr.write_characterization(path, mcr.characterize(image, ["variation"]))
    dock = make_dock()
    dock.target.kind.setCurrentText("a characterization file")
    dock.run()
    assert "choose one by File" in dock.progress.message.text()
    dock.target.file.choose(tmp_path / "nowhere.h5")
    assert "nowhere.h5" in dock.target.file.holds.text()
    dock.target.file.choose(path)
    assert dock.target.file.holds.text() == "20 × 24 pixels of 0.5 um, 2 phases: variation"
    assert dock.result.shape == (20, 20, 24)
    dock.result.preset.choose(OF_FILE)
    job = {"source": dock.target.target().source, **dock.result.job()}
    parsed = Job.parse(job)
    assert parsed.source.path == str(path)
    assert parsed.terms is None
    assert parsed.preset is None
    dock.target.kind.setCurrentText("a layer")
    assert dock.result.preset.currentText() == "auto"


def test_orthogonal_slices_are_a_source(viewer, make_dock):
    size = {"scale": (0.5, 0.5), "units": ("um", "um")}
    top = viewer.add_labels(squares((20, 24)), name="top", **size)
    front = viewer.add_labels(squares((16, 24)), name="front", **size)
    bare = viewer.add_labels(squares((16, 20)), name="bare")
    dock = make_dock()
    dock.target.kind.setCurrentText("orthogonal slices")
    form = dock.target.planes
    dock.run()
    assert "slices of two or three planes" in dock.progress.message.text()
    form.choose(xy=top, xz=front)
    assert dock.result.shape == (16, 20, 24)
    assert not form.voxel_size.isVisibleTo(form)
    form.choose(yz="as:xz")
    source = Job.parse({"source": dock.target.target().source, **dock.result.job()}).source
    assert source.yz == "as:xz"
    np.testing.assert_array_equal(source.xz.load().values, front.data)
    assert source.xy.name == "top"
    form.choose(yz=bare)
    assert form.voxel_size.isVisibleTo(form)
    form.voxel_size.setText("0.5")
    form.unit.setCurrentText("um")
    source = Job.parse({"source": dock.target.target().source, **dock.result.job()}).source
    assert source.yz.voxel_size == (0.5, 0.5)
    assert not source.force
    form.force.setChecked(True)
    assert Job.parse({"source": dock.target.target().source, **dock.result.job()}).source.force
    viewer.layers.remove(front)
    assert form.boxes["xz"].currentText() == "not given"
    assert form.boxes["xy"].currentText() == "top"


def test_preview(viewer, slice_layer, make_dock, wait):
    dock = make_dock()
    for field in dock.result.extents.values():
        field.setValue(16)
    dock.result.preset.choose("fast")
    dock.preview()
    assert dock.questions.is_busy
    wait(lambda: not dock.questions.is_busy)
    layer = viewer.layers["slice preview"]
    assert layer.data.shape == (16, 16, 16)
    assert tuple(layer.scale) == (0.5, 0.5, 0.5)
    assert "S2 is off by" in dock.progress.message.text()
    # Another one takes its place; the extents that were written stay.
    dock.preview()
    wait(lambda: not dock.questions.is_busy)
    assert [layer.name for layer in viewer.layers] == ["slice", "slice preview"]
    assert dock.result.shape == (16, 16, 16)
    dock.preview()
    dock.buttons.preview.click()
    assert not dock.questions.is_busy
    assert dock.progress.message.text() == "Cancelled."
    assert errors() == []


def test_a_preview_makes_way_for_the_run(viewer, slice_layer, make_dock, wait):
    dock = make_dock()
    for field in dock.result.extents.values():
        field.setValue(16)
    dock.result.preset.choose("fast")
    dock.preview()
    wait(lambda: not dock.questions.is_busy)
    layer = viewer.layers["slice preview"]
    assert layer.visible
    dock.run()
    wait(lambda: not dock.is_running)
    result = viewer.layers["slice reconstruction (seed 0)"]
    assert result.visible
    assert not layer.visible
    dock.preview()  # who asks for one wants to see it
    wait(lambda: not dock.questions.is_busy)
    assert layer.visible
    assert errors() == []


def test_it_fits_into_a_laptop_screen(make_napari_viewer, qtbot, wait):
    viewer = make_napari_viewer(show=True)
    viewer.window.resize(1500, 950)
    viewer.add_labels(squares((20, 20)), name="slice")
    _, dock = viewer.window.add_plugin_dock_widget("napari-mcr", "Reconstruct")
    wait(lambda: dock.result is not None)
    dock.progress.curve.show()
    qtbot.wait(50)
    assert viewer.window._qt_window.height() <= 950
    # Where the box ends, the part that scrolls does not.
    area = dock.result.advanced.parentWidget()
    while area.parentWidget() is not None and "QScrollArea" not in type(area).__name__:
        area = area.parentWidget()
    bottom = dock.result.advanced.mapTo(area, dock.result.advanced.rect().bottomLeft()).y()
    assert bottom <= area.height()
    QApplication.processEvents()
