"""The dock *Characterize* in a real viewer, with the real child."""

import numpy as np
import pytest
from qtpy.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from qtpy.QtGui import QDragEnterEvent, QDropEvent
from qtpy.QtWidgets import QApplication, QFileDialog
from shown import errors, squares

import mcr_core as mcr
from napari_mcr.docks.characterize import Characterize
from napari_mcr.files import get_characterization_reader
from napari_mcr.layers.region_mask import region_mask


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    """A characterization; without descriptors that need TensorFlow."""
    path = tmp_path_factory.mktemp("files") / "saved.h5"
    image = mcr.Microstructure.from_array(squares((16, 16)))
    found = mcr.characterize(image, ["lineal_path"], limit_to=4)
    return mcr.write_characterization(path, found)


def same(found, expected):
    """Whether two characterizations hold the same."""
    assert found.descriptors == expected.descriptors
    assert found.source_shape == expected.source_shape
    assert found.masked == expected.masked
    assert set(found.planes) == set(expected.planes)
    for name, row in expected.planes.items():
        np.testing.assert_allclose(found.planes[name].phase_fractions, row.phase_fractions)
        np.testing.assert_allclose(found.planes[name].s2, row.s2, atol=1e-12)


def choose(dock, *names):
    """Tick descriptors."""
    for name, row in dock.terms.rows.items():
        row.check.setChecked(name in names)


@pytest.fixture
def quick_dock(add_dock, wait):
    """Return a function that adds a dock with one quick descriptor chosen."""

    def add():
        dock = add_dock(Characterize)
        dock.what_box.setCurrentText("chosen descriptors")
        wait(lambda: dock.terms is not None)
        choose(dock, "lineal_path")
        dock.terms.rows["lineal_path"].options.set_values(limit_to=4)
        return dock

    return add


def run(dock, wait):
    """Characterize and return what came of it."""
    dock.characterize()
    wait(lambda: not dock.is_busy)
    assert errors() == []
    return dock.found.current.characterization


def test_a_preset_of_a_layer_is_listed_and_drawn(viewer, slice_layer, add_dock, wait):
    dock = add_dock(Characterize)
    assert not dock.plot.isVisibleTo(dock)
    dock.what_box.setCurrentText("preset fast")
    found = run(dock, wait)
    source = mcr.Microstructure.from_array(slice_layer.data, voxel_size=0.5, unit="um")
    names = [descriptor.name for descriptor in found.descriptors]
    assert names == ["two_point", "variation"]
    np.testing.assert_allclose(found.phase_fractions, source.phase_fractions)
    assert found.voxel_size == (0.5, 0.5)
    assert dock.found.list.item(0).text() == "slice"
    assert "24 x 20 pixels of 0.5 µm" in dock.message.text()
    assert dock.plot.isVisibleTo(dock)
    titles = [dock.plot.statistic_box.itemText(i) for i in range(dock.plot.statistic_box.count())]
    assert titles[:3] == ["phase fractions", "S₂ along the axes", "S₂ as a map"]
    dock.plot.statistic_box.setCurrentIndex(3)
    dock.plot.redraw()
    [axes] = dock.plot.figure.axes
    assert len(axes.collections) == 2  # errors along X and Y
    assert axes.xaxis.label.get_color() == viewer_text(viewer)


def viewer_text(viewer):
    """The colour of text in the viewer."""
    from napari.utils.theme import get_theme

    return get_theme(viewer.theme).text.as_hex()


def test_inside_and_outside_of_shapes(viewer, slice_layer, quick_dock, wait):
    dock = quick_dock()
    # In µm: rows 4 to 15 and columns 2 to 13 of the image.
    corners = np.array([[2.0, 1.0], [2.0, 6.5], [7.5, 6.5], [7.5, 1.0]])
    shapes = viewer.add_shapes([corners / 0.25], scale=(0.25, 0.25), units=("um", "um"))
    dock.source.choose(slice_layer)
    dock.region.choose(shapes)
    source = mcr.Microstructure.from_array(slice_layer.data, voxel_size=0.5, unit="um")
    for side in ("inside", "outside"):
        dock.region.side_box.setCurrentText(side)
        found = run(dock, wait)
        kept = np.zeros((24, 20), bool)
        kept[4:16, 2:14] = True
        image = mcr.Microstructure.from_array(
            source.values, mask=kept if side == "inside" else ~kept, voxel_size=0.5, unit="um"
        )
        expected = mcr.characterize(image, [{"name": "lineal_path", "options": {"limit_to": 4}}])
        same(found, expected)
        assert dock.found.current.name == f"slice {side} Shapes"
    # Both are drawn, each in its colour, and one can be hidden.
    dock.plot.redraw()
    colors = {line.get_color() for line in dock.plot.figure.axes[0].lines}
    assert len(colors) == 2
    dock.found.check(0, False)
    dock.plot.redraw()
    assert {line.get_color() for line in dock.plot.figure.axes[0].lines} < colors


def test_regions_in_the_world(viewer):
    volume = viewer.add_labels(squares((6, 8, 10)), scale=(2, 1, 1), translate=(0, 3, 0))
    flat = np.zeros((4, 5), int)
    flat[1, 2] = 7
    labels = viewer.add_labels(flat, scale=(2, 2), translate=(3.5, 0.5))
    found = region_mask(labels, volume, viewer.dims, (0, 1, 2), (6, 8, 10))
    expected = np.zeros((6, 8, 10), bool)
    expected[:, 2:4, 4:6] = True
    np.testing.assert_array_equal(found, expected)
    # A shape in a plane of constant Y holds for all Y.
    corners = [[2, 4, 1], [2, 4, 3], [6, 4, 3], [6, 4, 1]]
    shapes = viewer.add_shapes([corners])
    found = region_mask(shapes, volume, viewer.dims, (0, 1, 2), (6, 8, 10))
    np.testing.assert_array_equal(found, np.broadcast_to(found[:, :1], found.shape))
    np.testing.assert_array_equal(np.unique(np.nonzero(found)[0]), [1, 2, 3])
    np.testing.assert_array_equal(np.unique(np.nonzero(found)[2]), [1, 2, 3])
    turned = viewer.add_labels(flat, rotate=30)
    with pytest.raises(mcr.McrError, match="not rotated against the image"):
        region_mask(turned, volume, viewer.dims, (0, 1, 2), (6, 8, 10))
    empty = viewer.add_shapes(name="empty")
    with pytest.raises(mcr.McrError, match="expected shapes in the layer 'empty'"):
        region_mask(empty, volume, viewer.dims, (0, 1, 2), (6, 8, 10))


def test_parts_of_a_volume(viewer, quick_dock, wait):
    dock = quick_dock()
    data = squares((8, 9, 10))
    data[0] = 1 - data[0]
    layer = viewer.add_labels(data, name="volume")
    dock.source.choose(layer)
    viewer.dims.set_point(0, 0)
    whole = mcr.Microstructure.from_array(data)
    descriptors = [{"name": "lineal_path", "options": {"limit_to": 4}}]
    for part, expected in (
        ("whole volume", mcr.characterize(whole, descriptors)),
        ("shown plane", mcr.characterize(whole.plane(0), descriptors)),
        ("volume, mean of its axes", mcr.characterize(whole, descriptors, pool=True)),
        ("stack of images", mcr.characterize([whole.plane(n) for n in range(8)], descriptors)),
    ):
        dock.source.part_box.setCurrentText(part)
        found = run(dock, wait)
        same(found, expected)
        assert found.images == expected.images
    names = [dock.found.list.item(row).text() for row in range(4)]
    assert names == ["volume", "volume plane", "volume mean of axes", "volume as images"]
    dock.plot.redraw()
    assert [dock.plot.plane_box.itemText(n) for n in range(3)] == ["xy", "xz", "yz"]


def test_a_region_without_pixels_is_refused(viewer, slice_layer, quick_dock):
    dock = quick_dock()
    shapes = viewer.add_shapes([[[90, 90], [90, 95], [95, 95], [95, 90]]])
    dock.source.choose(slice_layer)
    dock.region.choose(shapes)
    dock.characterize()
    assert "region with pixels of the image, it has none" in dock.message.text()
    assert not dock.is_busy


def test_descriptors_have_no_weights(slice_layer, quick_dock):
    dock = quick_dock()
    assert dock.terms.isVisibleTo(dock)
    assert all(row.weights.names == [] for row in dock.terms.rows.values())
    assert dock.terms.layout().indexOf(dock.terms.condition) < 0
    choose(dock)
    dock.characterize()
    assert "at least one descriptor" in dock.message.text()
    dock.what_box.setCurrentText("preset balanced")
    assert not dock.terms.isVisibleTo(dock)


def test_the_list_of_descriptors_comes_into_sight(add_dock, wait, monkeypatch):
    brought = []
    monkeypatch.setattr("napari_mcr.docks.characterize.bring_up", brought.append)
    dock = add_dock(Characterize)
    for _ in range(2):
        dock.what_box.setCurrentText("chosen descriptors")
        wait(lambda: len(brought) == 1)
        assert brought.pop().isAncestorOf(dock.terms)
        dock.what_box.setCurrentText("preset fast")
        assert brought == []


def test_saved_opened_and_removed(slice_layer, add_dock, file, tmp_path, monkeypatch):
    dock = add_dock(Characterize)
    monkeypatch.setattr(QFileDialog, "getOpenFileNames", lambda *a, **k: ([str(file)] * 2, ""))
    dock.open_files()
    assert [dock.found.list.item(row).text() for row in range(2)] == ["saved", "saved (2)"]
    target = tmp_path / "copy"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *a, **k: (str(target), ""))
    dock.save()
    assert dock.message.text() == "Saved copy.h5."
    same(mcr.read_characterization(f"{target}.h5"), mcr.read_characterization(file))
    dock.remove_button.click()
    dock.remove_button.click()
    assert len(dock.found) == 0
    assert not dock.plot.isVisibleTo(dock)
    dock.save()
    assert "select one" in dock.message.text()


def test_the_reader_shows_a_file_in_the_dock(viewer, add_dock, file, tmp_path):
    dock = add_dock(Characterize)
    found = get_characterization_reader(str(file))(str(file))
    # What tells napari that there is no layer.
    assert found == [(None,)]
    assert dock.found.list.item(0).text() == "saved"
    assert len(viewer.layers) == 0


def test_the_reader_opens_the_dock(viewer, file):
    assert viewer.open(str(file), plugin="napari-mcr") == []
    [dock] = [one for one in viewer.window.dock_widgets.values() if isinstance(one, Characterize)]
    assert len(dock.found) == 1


def test_its_folder_goes_with_the_dock(viewer, slice_layer, add_dock):
    dock = add_dock(Characterize)
    folder = dock.folder
    assert folder.is_dir()
    dock.parent().destroyOnClose()
    assert not folder.exists()


def drop(dock, *paths):
    """Drop files on a dock, as Qt reports it."""
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    given = (Qt.DropAction.CopyAction, mime, Qt.MouseButton.LeftButton)
    none = Qt.KeyboardModifier.NoModifier
    entered = QDragEnterEvent(QPoint(20, 20), *given, none)
    QApplication.sendEvent(dock, entered)
    if not entered.isAccepted():
        return False
    QApplication.sendEvent(dock, QDropEvent(QPointF(20, 20), *given, none))
    return True


def test_files_are_dropped(viewer, add_dock, file, tmp_path):
    dock = add_dock(Characterize)
    again = tmp_path / "AGAIN.HDF5"
    again.write_bytes(file.read_bytes())
    assert drop(dock, file, again)
    assert [dock.found.list.item(row).text() for row in range(2)] == ["saved", "AGAIN"]
    assert errors() == []
    image = tmp_path / "image.png"
    assert drop(dock, image, file)
    [told] = errors()
    assert told.startswith("expected characterizations (.h5), got image.png: open images in the")
    assert dock.message.text() == told
    assert len(dock.found) == 3
    torn = tmp_path / "torn.h5"
    torn.write_bytes(file.read_bytes()[:700])
    assert drop(dock, torn)
    assert "torn.h5" in dock.message.text()
    assert "\n" not in dock.message.text()
    mime = QMimeData()
    mime.setText("a text from elsewhere")
    entered = QDragEnterEvent(
        QPoint(1, 1), Qt.DropAction.CopyAction, mime, Qt.MouseButton.LeftButton,
        Qt.KeyboardModifier.NoModifier,
    )  # fmt: skip
    entered.ignore()
    QApplication.sendEvent(dock, entered)
    assert not entered.isAccepted()
    assert len(viewer.layers) == 0
