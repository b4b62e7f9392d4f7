"""The dock *Compare* in a real viewer, with the real child."""

import numpy as np
import pytest
from shown import errors, squares

import mcr_core as mcr
from napari_mcr.docks.compare import Compare


@pytest.fixture
def file(tmp_path):
    """A characterization that needs no TensorFlow."""
    image = mcr.Microstructure.from_array(1 - squares((24, 20)), voxel_size=0.5, unit="um")
    found = mcr.characterize(image, ["lineal_path", "volume_fractions"], limit_to=4)
    return mcr.write_characterization(tmp_path / "saved.h5", found)


def test_two_layers(viewer, slice_layer, add_dock, wait):
    other = viewer.add_labels(
        1 - squares((24, 20)), name="other", scale=(0.5, 0.5), units=("um",) * 2
    )
    dock = add_dock(Compare)
    for side, layer in zip(dock.sides, (slice_layer, other), strict=True):
        side.source.choose(layer)
    assert dock.sides[0].source.periodic.isVisibleTo(dock)
    dock.compare()
    wait(lambda: not dock.is_busy)
    assert errors() == []
    names = {row.descriptor.split()[0] for row in dock.comparison.rows}
    assert {"correlations", "variation", "volume_fractions"} <= names
    assert dock.comparison.names == ("slice", "other")
    shares = [row.relative or 0 for row in dock.comparison.rows]
    assert dock.table.item(0, 2).text() == mcr_percent(max(shares))
    assert dock.message.text().startswith(f"Largest: {dock.table.item(0, 0).text()}: ")
    texts = [dock.table.item(row, 0).text() for row in range(dock.table.rowCount())]
    assert "S₃, phase 1, correlations" in texts
    assert "variation, phase 1" in texts
    # Beside the results, how layers are read is folded; it can be had again, layer by layer.
    source = dock.sides[0].source
    for unfolded in (False, True):
        dock.details_button.setChecked(unfolded)
        assert source.periodic.isVisibleTo(dock) is unfolded
        assert source.zero_box.isVisibleTo(dock) is unfolded
        assert source.layer_box.isVisibleTo(dock)
        assert not source.part_box.isVisibleTo(dock)
    dock.details_button.setChecked(False)
    source.choose(other)
    assert not source.periodic.isVisibleTo(dock)
    # Below the curves is the difference.
    dock.plot.statistic_box.setCurrentText("S₂ along the axes")
    dock.plot.redraw()
    above, below = dock.plot.figure.axes
    expected = above.lines[2].get_ydata() - above.lines[0].get_ydata()
    np.testing.assert_allclose(below.lines[0].get_ydata(), expected, atol=1e-9)


def mcr_percent(share):
    """A share as the core writes it."""
    from mcr_core.wording import percent

    return percent(share)


def test_a_layer_with_a_file_takes_its_descriptors(viewer, slice_layer, add_dock, wait, file):
    dock = add_dock(Compare)
    dock.sides[0].kind_box.setCurrentText("file")
    assert not dock.sides[0].source.isVisibleTo(dock)
    dock.sides[0].path.setText(str(file))
    dock.sides[1].source.choose(slice_layer)
    dock.compare()
    wait(lambda: not dock.is_busy)
    assert errors() == []
    first, second = dock.comparison.shared
    assert [d.name for d in first.descriptors] == ["lineal_path", "volume_fractions"]
    assert first.descriptors == second.descriptors
    assert dock.comparison.names == ("saved", "slice")


def test_two_files_need_no_child(viewer, add_dock, file):
    dock = add_dock(Compare)
    dock.compare()
    assert "expected a layer" in dock.message.text()
    for side in dock.sides:
        side.kind_box.setCurrentText("file")
        side.path.setText(str(file))
    dock.compare()
    assert not dock.is_busy
    assert dock.comparison.names == ("saved (1)", "saved (2)")
    assert not dock.details_button.isChecked()
    assert all(row.rms == 0 for row in dock.comparison.rows)


def test_what_cannot_be_compared_is_said(viewer, slice_layer, add_dock, wait):
    coarse = viewer.add_labels(squares((24, 20)), name="coarse", scale=(2, 2), units=("um",) * 2)
    dock = add_dock(Compare)
    dock.sides[0].source.choose(slice_layer)
    dock.sides[1].source.choose(coarse)
    dock.compare()
    wait(lambda: not dock.is_busy)
    assert "expected pixels of one size on both sides" in dock.message.text()


def test_rows_begin_with_what_tells_them_apart(add_dock, tmp_path):
    paths = []
    for number, data in enumerate((squares((40, 40)), 1 - squares((40, 40)))):
        image = mcr.Microstructure.from_array(data)
        found = mcr.characterize(image, ["two_point"], limit_to=4)
        paths.append(mcr.write_characterization(tmp_path / f"{number}.h5", found))
    dock = add_dock(Compare)
    for side, path in zip(dock.sides, paths, strict=True):
        side.kind_box.setCurrentText("file")
        side.path.setText(str(path))
    dock.compare()
    texts = {dock.table.item(row, 0).text() for row in range(dock.table.rowCount())}
    assert {"S₂, level 1, phase 1, two_point", "S₂, phase 1, two_point"} <= texts
