"""The dock *Phases* in a real viewer; only *Check* asks the real child."""

import numpy as np
import pytest
from qtpy.QtGui import QColor
from qtpy.QtWidgets import QColorDialog
from shown import errors, squares

from mcr_core.images.classes import boundaries
from mcr_core.images.threshold import cut, otsu_limits
from napari_mcr.docks.phases import Phases
from napari_mcr.docks.smooth import Smooth
from napari_mcr.plots.theme_colors import text_color


def grey(shape=(24, 30), dtype=np.uint8, levels=(50, 120, 200)):
    """Squares of grey values, with noise."""
    rng = np.random.default_rng(0)
    place = np.indices(shape)[-1] * len(levels) // shape[-1]
    found = np.asarray(levels)[place] + rng.normal(0, 6, shape)
    return found.astype(dtype) if np.dtype(dtype).kind != "f" else (found / 255).astype(dtype)


def outlines(viewer):
    return [layer for layer in viewer.layers if layer.name.endswith("outline")]


def outline(flags):
    return boundaries(flags.astype(np.uint8))


def test_otsu_of_a_grey_image_with_a_live_outline(viewer, add_dock, wait):
    image = viewer.add_image(grey(), name="grey")
    dock = add_dock(Phases)
    assert not dock.form.by.isEnabled()
    dock.form.thresholds.phases.setValue(3)
    limits = otsu_limits(image.data, 3)
    assert [box.value() for box in dock.form.thresholds.boxes] == list(limits)
    wait(lambda: len(outlines(viewer)) == 1)
    (shown,) = outlines(viewer)
    np.testing.assert_array_equal(shown.data[:, :], boundaries(cut(image.data, limits)))
    # It is no layer that one could choose, nor is it chosen.
    assert dock.source.layer_box.count() == 1
    assert viewer.layers.selection.active is image
    dock.form.table.item(0, 3).setText("pore")
    dock.source.voxel_size.setText("0.5")
    dock.source.unit.setCurrentText("um")
    dock.make()
    assert errors() == []
    made = viewer.layers["grey phases"]
    np.testing.assert_array_equal(made.data, cut(image.data, limits))
    for layer in (made, image):
        assert tuple(layer.scale) == (0.5, 0.5)
        assert [str(unit) for unit in layer.units] == ["micrometer"] * 2
    described = made.metadata["mcr"]["microstructure"]
    assert described["phase_names"] == ["pore", "phase 1", "phase 2"]
    assert made.metadata["mcr"]["segmentation"]["limits"] == list(limits)
    assert "pore" in dock.message.text()
    assert outlines(viewer) == []
    # The size that was given may be corrected.
    assert dock.source.voxel_size.isEnabled()


def test_the_box_says_whether_there_is_an_outline(viewer, add_dock, wait):
    viewer.add_image(grey(), name="grey")
    dock = add_dock(Phases)
    box = dock.form.outline_box
    wait(lambda: len(outlines(viewer)) == 1)
    for _ in range(2):
        dock.make()
        assert outlines(viewer) == []
        assert not box.isChecked()
    # Other limits: the outline comes back with its box.
    dock.form.thresholds.boxes[0].setValue(100)
    assert box.isChecked()
    wait(lambda: len(outlines(viewer)) == 1)
    dock.make()
    box.setChecked(True)
    wait(lambda: len(outlines(viewer)) == 1)
    # Nobody who wants none gets one.
    box.setChecked(False)
    wait(lambda: outlines(viewer) == [])
    dock.make()
    dock.form.thresholds.boxes[0].setValue(120)
    assert not box.isChecked()


def test_what_was_said_goes_with_its_layer(viewer, add_dock, wait):
    first = viewer.add_image(grey(), name="first")
    second = viewer.add_image(grey(), name="second")
    dock = add_dock(Phases)
    dock.source.choose(first)
    dock.make()
    assert "first phases" in dock.message.text()
    dock.look()
    assert "first phases" in dock.message.text()
    dock.source.choose(second)
    assert dock.message.text() == ""
    assert not dock.message.isVisibleTo(dock)
    assert dock.form.outline_box.isChecked()


def test_the_histogram_follows_the_theme(viewer, add_dock):
    viewer.add_image(grey(), name="grey")
    dock = add_dock(Phases)
    histogram = dock.form.thresholds.histogram
    for theme in ("light", "dark"):
        viewer.theme = theme
        color = QColor(text_color(viewer))
        assert histogram._plot.getPlotItem().getAxis("bottom").textPen().color() == color
        assert histogram.lines[0].hoverPen.color() == color
    dock.parent().destroyOnClose()
    viewer.theme = "light"


def test_the_outline_follows_limits_planes_and_3d(viewer, add_dock, wait):
    image = viewer.add_image(grey((6, 12, 18), levels=(50, 200)), name="grey")
    dock = add_dock(Phases)
    wait(lambda: len(outlines(viewer)) == 1)
    (shown,) = outlines(viewer)
    form = dock.form.thresholds
    form.histogram.lines[0].setValue(55)
    assert form.method.currentText() == "numbers"
    assert form.boxes[0].value() == 55
    wait(lambda: np.array_equal(shown._slice.image.raw, outline(image.data[2] > 55)))
    viewer.dims.set_point(0, 5)
    np.testing.assert_array_equal(shown._slice.image.raw, outline(image.data[5] > 55))
    viewer.dims.order = (1, 0, 2)
    row = viewer.dims.current_step[1]
    np.testing.assert_array_equal(shown._slice.image.raw, outline(image.data[:, row] > 55))
    viewer.dims.ndisplay = 3
    assert not np.any(shown._slice.image.raw)
    viewer.dims.ndisplay = 2
    assert np.any(shown._slice.image.raw)
    # Deleted by the user: then none is wanted.
    viewer.layers.remove(shown)
    form.boxes[0].setValue(60)
    wait(lambda: not dock.form.outline_box.isChecked())
    assert outlines(viewer) == []
    dock.form.outline_box.setChecked(True)
    wait(lambda: len(outlines(viewer)) == 1)
    dock.parent().destroyOnClose()
    assert outlines(viewer) == []


def test_labels_are_merged_named_coloured_and_left_out(viewer, add_dock, wait, monkeypatch):
    data = np.repeat(np.arange(4, dtype=np.int32), 6)[None] * np.ones((10, 1), np.int32)
    viewer.add_labels(data, name="grains", scale=(2, 2), units=("nm", "nm"))
    dock = add_dock(Phases)
    table = dock.form.table
    assert table.texts == ["0", "1", "2", "3"]
    assert table.phases == [0, 1, 2, 3]
    table.set_phase(3, 1)
    table.set_phase(0, None)
    table.item(1, 3).setText("ferrite")
    assert table.item(3, 3).text() == "ferrite"
    monkeypatch.setattr(QColorDialog, "getColor", lambda *_: QColor("#123456"))
    table.cellWidget(2, 4).click()
    dock.make()
    made = viewer.layers["grains phases"]
    np.testing.assert_array_equal(made.data[:, 6:], np.where(data == 3, 1, data)[:, 6:])
    assert np.allclose(made.get_color(2)[:3], np.array([0x12, 0x34, 0x56]) / 255, atol=1e-3)
    assert made.get_color(0) is None
    assert tuple(made.scale) == (2, 2)
    # What is outside, and the names, are known to the other docks and to this one.
    other = add_dock(Smooth)
    other.source.choose(made)
    assert not other.source.zero_box.isVisibleTo(other)
    found = other.source.microstructure()
    assert found.phase_values == (1, 2)
    assert found.phase_names == ("ferrite", "phase 2")
    np.testing.assert_array_equal(found.mask, data > 0)
    dock.source.choose(made)
    assert table.phases == [None, 1, 2]
    assert table.item(1, 3).text() == "ferrite"
    assert table.colors[2] == "#123456"


def test_check_shines_with_sentences(viewer, add_dock, wait):
    viewer.add_image(grey((4, 40, 40), levels=(50, 200)), name="grey")
    dock = add_dock(Phases)
    dock.check()
    wait(lambda: not dock.is_busy)
    assert errors() == []
    assert dock.light.isVisibleTo(dock)
    assert "grey, shown plane" in dock.light.word.text()
    assert dock.light.light.accessibleName() in ("Good", "Worth knowing", "Not as it is")
    assert any(text.startswith("2 phases: phase 0 (50 %)") for text in dock.light.texts)
    # Other phases: what was said holds no longer.
    dock.form.thresholds.boxes[0].setValue(100)
    assert not dock.light.isVisibleTo(dock)


@pytest.mark.parametrize(
    ("data", "kind", "expected"),
    [
        (squares((12, 12)).astype(bool), "image", squares((12, 12))),
        (squares((12, 12)) * 0.25, "image", squares((12, 12))),
        (np.arange(256).reshape(16, 16) % 16, "labels", np.arange(256).reshape(16, 16) % 16),
        (np.arange(400).reshape(20, 20) // 8, "labels", np.arange(400).reshape(20, 20) // 8 > 0),
        (np.arange(400).reshape(20, 20), "labels", np.arange(400).reshape(20, 20) > 0),
        (grey(dtype=np.float32, levels=(50, 200)), "image", np.indices((24, 30))[1] >= 15),
        (grey(dtype=np.float64, levels=(50, 200)) * 1e-6, "image", np.indices((24, 30))[1] >= 15),
    ],
    ids=["bool", "two floats", "16 phases", "50 grains", "400 grains", "float", "small floats"],
)
def test_kinds_of_layers(viewer, add_dock, data, kind, expected):
    getattr(viewer, f"add_{kind}")(data, name="layer")
    dock = add_dock(Phases)
    dock.make()
    assert errors() == []
    np.testing.assert_array_equal(viewer.layers["layer phases"].data, expected)


def test_a_stack_in_time_and_a_dask_array(viewer, add_dock, wait):
    dask = pytest.importorskip("dask.array")
    data = np.stack([grey((4, 12, 18), levels=pair) for pair in ((50, 200), (20, 90))])
    viewer.add_image(dask.from_array(data, chunks=(1, 2, 12, 18)), name="stack")
    dock = add_dock(Phases)
    viewer.dims.set_point(0, 1)
    dock.make()
    made = viewer.layers["stack phases"]
    np.testing.assert_array_equal(made.data, np.indices((4, 12, 18))[2] >= 9)
    dock.source.choose(viewer.layers["stack"])
    dock.source.part_box.setCurrentText("shown plane")
    dock.make()
    assert viewer.layers[-1].data.shape == (12, 18)


def test_values_that_the_sample_has_not_shown(viewer, add_dock, monkeypatch):
    monkeypatch.setattr("napari_mcr.layers.phases_seen._MOST_VOXELS", 100)
    data = squares((40, 40))
    data[1, 1] = 7
    viewer.add_labels(data, name="labels")
    dock = add_dock(Phases)
    assert dock.form.table.texts == ["0", "1"]
    assert "every 4th voxel" in dock.form.note.text()
    dock.make()
    assert "not seen before: 7" in dock.message.text()
    assert dock.form.table.texts == ["0", "1", "7"]
    dock.make()
    np.testing.assert_array_equal(viewer.layers["labels phases"].data, data)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (np.zeros((8, 8, 3), np.uint8), "is an RGB image: split it into its channels"),
        (np.where(squares((8, 8)), np.nan, 1.0), "holds NaN or infinity"),
        (np.ones((8, 8), np.uint8), "expected at least two phases, the image has phase 1 only"),
    ],
)
def test_what_cannot_be_phases_is_said(viewer, add_dock, wait, data, words):
    viewer.add_image(data, name="layer", contrast_limits=(0, 1), rgb=data.ndim == 3)
    dock = add_dock(Phases)
    for press in (dock.make, dock.check):
        press()
        assert words in dock.message.text()
        assert words in errors()[-1]
    assert len(viewer.layers) == 1
    viewer.layers.clear()
    dock.make()
    assert "expected a layer" in dock.message.text()
    # The same dock goes on with what comes next.
    viewer.add_image(grey(), name="next")
    wait(lambda: len(outlines(viewer)) == 1)
    viewer.layers.clear()
    wait(lambda: not outlines(viewer))
