"""The dock *Score* in a real viewer, with the real child."""

import json

import numpy as np
import pytest
from qtpy.QtCore import Qt
from qtpy.QtGui import QDesktopServices, QResizeEvent
from qtpy.QtTest import QTest

import mcr_core as mcr
from mcr_core.job import Inline, Job
from napari_mcr.docks.score import Score
from napari_mcr.layers.phase_layer import layer_attributes, metadata


def disks(shape, seed):
    """Discs that overlap, in a periodic image."""
    grid = np.indices(shape)
    image = np.zeros(shape, np.uint8)
    for centre in np.random.default_rng(seed).integers(0, min(shape), (14, len(shape))):
        squares = np.zeros(shape)
        for along, middle, extent in zip(grid, centre, shape, strict=True):
            apart = np.abs(along - middle)
            squares += np.minimum(apart, extent - apart) ** 2
        image[squares < 20] = 1
    return image


def structure(seed=0, shape=(48, 48), periodic=False):
    return mcr.Microstructure.from_array(
        disks(shape, seed),
        voxel_size=0.5,
        unit="um",
        periodic=periodic,
        phase_names=("matrix", "disc"),
    )


@pytest.fixture
def result_layer(viewer):
    """A result, and not the source of its job, which is inside of the job only."""
    made = structure(1, periodic=True)
    job = Job(source=Inline.of(structure(0), "slice.tif"), terms=["variation"], shape=(48, 48))
    return viewer.add_labels(
        made.values,
        name="made",
        metadata=metadata(made, job.to_json()),
        **layer_attributes(made),
    )


@pytest.fixture
def scored(result_layer, add_dock, wait):
    """Return a function that adds a dock which has scored the result."""

    def score():
        dock = add_dock(Score)
        dock.score()
        wait(lambda: not dock.is_busy)
        return dock

    return score


def line_of(dock, statistic, phase):
    for line in range(dock.table.rowCount()):
        row = dock._card["rows"][dock.table.item(line, 0).data(Qt.ItemDataRole.UserRole)]
        if (row["statistic"], row["phase"]) == (statistic, phase):
            return line
    raise LookupError(statistic)


def resize(table, width):
    """Resize a table; Qt puts off what is hidden."""
    table.resize(width, 300)
    table.resizeEvent(QResizeEvent(table.size(), table.size()))


def test_a_result_is_scored_against_the_source_of_its_job(scored):
    dock = scored()
    expected = mcr.score(structure(1, periodic=True), structure(0), names=("made", "slice.tif", ""))
    assert dock.summary.text().lower().startswith(expected.summary()[:40].lower())
    assert dock.table.rowCount() == len(expected.rows)
    assert dock._card["rows"] == json.loads(json.dumps(expected.to_json()["rows"]))
    assert (dock._card["result"], dock._card["target"]) == ("made", "slice.tif")
    words = {dock.table.item(line, 6).text() for line in range(dock.table.rowCount())}
    assert words <= {"within", "off", "far off", "predicted", "unknown"}
    assert dock.page.read_text().startswith("<!DOCTYPE html>")


def test_the_newest_result_is_chosen_and_no_state(viewer, result_layer, add_dock):
    made = structure(2)
    layers = []
    for name, run in (("ended", {"stop_reason": "MAX_ITER"}), ("a state", {"stop_reason": None})):
        meta = metadata(made, result_layer.metadata["mcr"]["job"], run=run)
        layers.append(viewer.add_labels(made.values, name=name, metadata=meta))
    viewer.add_labels(made.values, name="ended, state", metadata=metadata(made, None))
    dock = add_dock(Score)
    assert dock.result.layer is layers[0]
    # What is selected and a result comes first.
    viewer.layers.selection.active = result_layer
    assert add_dock(Score).result.layer is result_layer


def test_columns_sort_by_number_and_the_order_of_the_card_comes_first(scored):
    dock = scored()
    first = [dock.table.item(n, 0).data(Qt.ItemDataRole.UserRole) for n in range(3)]
    assert first == [0, 1, 2]
    dock.table.sortByColumn(5, Qt.SortOrder.DescendingOrder)
    texts = [dock.table.item(n, 5).text() for n in range(dock.table.rowCount())]
    numbers = [float(text) for text in texts if text]
    assert len(numbers) > 3
    assert numbers == sorted(numbers, reverse=True)


def test_the_table_folds_in_a_narrow_dock(scored):
    dock = scored()
    line = line_of(dock, "lineal path", "disc")
    resize(dock.table, 330)
    assert dock.table.isColumnHidden(1)
    assert "disc" in dock.table.item(line, 0).text()
    result, reference = dock.table.item(line, 3).text().split("\n")
    assert dock.table.item(line, 4).text() == reference
    resize(dock.table, 600)
    assert not dock.table.isColumnHidden(1)
    assert dock.table.item(line, 0).text() == "lineal path"
    assert dock.table.item(line, 1).text() == "disc"
    assert dock.table.item(line, 3).text() == result


def test_a_double_click_shows_the_largest_cluster(scored, viewer, wait):
    from mcr_core.scorecard.places import place

    dock = scored()
    dock.table.cellDoubleClicked.emit(line_of(dock, "largest cluster", "disc"), 0)
    wait(lambda: not dock.is_busy)
    layer = viewer.layers[-1]
    expected = place(structure(1, periodic=True), "largest cluster", 1)
    assert layer.name == "largest cluster of disc in made"
    np.testing.assert_array_equal(layer.data, expected.part)
    assert tuple(layer.scale) == (0.5, 0.5)
    assert f"{expected.voxels} voxels" in dock.message.text()
    # Again: one layer, not two.
    dock.table.cellDoubleClicked.emit(line_of(dock, "largest cluster", "disc"), 0)
    wait(lambda: not dock.is_busy)
    assert len(viewer.layers) == 2


def test_return_moves_the_sliders_to_the_thickest_spot(viewer, add_dock, wait):
    from mcr_core.scorecard.places import place

    made = structure(3, (24, 24, 24), periodic=True)
    viewer.add_labels(
        made.values, name="volume", metadata=metadata(made, None), **layer_attributes(made)
    )
    slice_ = viewer.add_labels(structure(0).values, name="slice", scale=(0.5, 0.5),
                               units=("um", "um"))  # fmt: skip
    dock = add_dock(Score)
    dock.result.choose(viewer.layers["volume"])
    dock.target.choose(slice_)
    dock.limit_to.setValue(4)
    dock.score()
    wait(lambda: not dock.is_busy)
    # Whatever the slice calls its phases, the volume is what is judged.
    dock.table.selectRow(line_of(dock, "local thickness", "disc"))
    dock.table.setCurrentCell(line_of(dock, "local thickness", "disc"), 0)
    QTest.keyClick(dock.table, Qt.Key.Key_Return)
    wait(lambda: not dock.is_busy)
    expected = place(made, "thickest spot", 1)
    np.testing.assert_allclose(viewer.dims.point, np.array(expected.position) * 0.5)
    assert "voxels across" in dock.message.text()


def test_rows_without_a_place_do_nothing(scored, viewer):
    dock = scored()
    dock.table.cellDoubleClicked.emit(line_of(dock, "lineal path", "disc"), 0)
    assert not dock.is_busy
    assert len(viewer.layers) == 1


def test_the_page_opens_and_saves(scored, tmp_path, monkeypatch):
    dock = scored()
    opened = []
    monkeypatch.setattr(QDesktopServices, "openUrl", lambda url: opened.append(url.toLocalFile()))
    dock.page_button.click()
    assert opened == [str(dock.page)]
    dock.save(str(tmp_path / "card.html"))
    assert (tmp_path / "card.html").read_text() == dock.page.read_text()
    dock.save(str(tmp_path / "card.json"))
    card = json.loads((tmp_path / "card.json").read_text())
    assert card["summary"] == dock._card["summary"]
    assert "cells" not in card
    dock.save(str(tmp_path / "card.docx"))
    assert "ends in .html or .json" in dock.message.text()


def test_a_layer_without_a_job_needs_a_target(viewer, slice_layer, add_dock):
    dock = add_dock(Score)
    dock.score()
    assert "carries no job" in dock.message.text()
    assert not dock.is_busy


def test_what_the_dock_wrote_goes_with_it(scored, wait):
    dock = scored()
    page = dock.page
    assert page.exists()
    dock.parent().destroyOnClose()
    wait(lambda: not page.parent.exists())
