"""The estimate of the dock *Reconstruct*, which comes by itself."""

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter
from shown import errors, squares

from napari_mcr.plots.theme_colors import error_color


@pytest.fixture
def shown(viewer):
    """The viewer, on the screen."""
    viewer.window._qt_window.show()
    return viewer


WHAT_TO_DO = "→ Reconstruct: from orthogonal slices, or Reconstruct, Advanced: symmetry cubic"


def grains(edges):
    """An image of grains, half and half, with standard deviations along Y and X."""
    grey = gaussian_filter(np.random.default_rng(0).random((64, 64)), edges, mode="wrap")
    return (grey > np.median(grey)).astype(np.uint8)


def choose(dock, voxels, preset="fast"):
    dock.result.preset.choose(preset)
    for field in dock.result.extents.values():
        field.setValue(voxels)


def words(dock):
    return dock.result.estimate.words


def test_it_comes_by_itself_and_follows_the_forms(shown, slice_layer, make_dock, wait, qtbot):
    dock = make_dock()
    line = dock.result.estimate
    before = line.height()
    choose(dock, 16)
    wait(lambda: words(dock).startswith("About "))
    assert words(dock).endswith(" · CPU")
    assert not line.is_stale
    assert line.height() == before
    assert line.sizeHint().width() <= line.width()
    first, child = words(dock), dock.questions._client.pid
    # What does not matter is not asked again.
    dock.result.show_in_3d.toggle()
    assert line.is_stale
    wait(lambda: not line.is_stale)
    assert words(dock) == first
    dock.result.seeds.setValue(3)
    assert line.is_stale
    wait(lambda: words(dock) == first.replace(" · ", " each · ", 1))
    dock.result.settings.set_values(memory="1KB")
    assert line.is_stale
    wait(lambda: words(dock).startswith("Does not fit: "))
    assert error_color(shown) in line.styleSheet()
    dock.result.settings.set_values(memory=None)
    wait(lambda: " each · " in words(dock))
    assert line.styleSheet() == ""
    assert dock.questions._client.pid == child
    assert not dock.progress.message.text()
    assert errors() == []


def test_forms_that_describe_no_job_have_no_estimate(shown, slice_layer, make_dock, wait, qtbot):
    dock = make_dock()
    choose(dock, 16)
    wait(lambda: words(dock).startswith("About "))
    # The child refuses this one.
    dock.result.extents["Z"].setText("")
    wait(lambda: words(dock).startswith("Refused: expected a shape of numbers greater than 0"))
    dock.result.extents["Z"].setText("16")
    wait(lambda: words(dock).startswith("About "))
    # The forms themselves refuse these.
    dock.result.preset.choose("own terms")
    for row in dock.terms.rows.values():
        row.check.setChecked(False)
    wait(lambda: words(dock) == "")
    dock.result.preset.choose("fast")
    wait(lambda: words(dock).startswith("About "))
    shown.layers.remove(slice_layer)
    wait(lambda: words(dock) == "")
    height = dock.result.estimate.height()
    shown.add_labels(squares((20, 20)), name="another")
    wait(lambda: words(dock).startswith("About "))
    assert dock.result.estimate.height() == height
    assert not dock.progress.message.text()
    assert errors() == []


def test_what_would_be_refused_is_said_before_run_is_pressed(shown, slice_layer, make_dock, wait):
    dock = make_dock()
    line = dock.result.estimate
    choose(dock, 16)
    wait(lambda: words(dock).startswith("About "))
    height = line.height()
    dock.source.choose(shown.add_labels(grains((1, 5)), name="elongated"))
    choose(dock, 16)
    wait(lambda: words(dock).startswith("Refused: the image is anisotropic, "))
    assert line.height() == height
    assert line.sizeHint().width() <= line.width()
    assert error_color(shown) in line.styleSheet()
    tip = " ".join(line.toolTip().split())
    assert tip.endswith(WHAT_TO_DO)
    assert errors() == []
    # Of as many realizations as one likes.
    dock.result.seeds.setValue(3)
    wait(lambda: not line.is_stale)
    assert words(dock).startswith("Refused: ")
    dock.result.seeds.setValue(1)
    # The same words when it is started all the same.
    dock.run()
    wait(lambda: not dock.is_running)
    assert dock.progress.message.text() == tip
    assert errors() == [tip]
    assert "--" not in tip
    dock.result.settings.set_values(symmetry="cubic")
    wait(lambda: words(dock).startswith("About "))
    assert line.styleSheet() == ""
    assert line.toolTip() != tip
    # What has no phases is refused before it is sent anywhere.
    grey = shown.add_image(np.random.default_rng(0).random((32, 32)), name="grey")
    dock.source.choose(grey)
    wait(lambda: "looks like a grey image" in words(dock))
    dock.source.choose(slice_layer)
    choose(dock, 16)
    wait(lambda: words(dock).startswith("About "))


def test_slices_of_several_planes_may_have_a_direction(shown, make_dock, wait):
    long, short = (shown.add_labels(grains(edges), name=str(edges)) for edges in ((1, 5), (1, 1)))
    dock = make_dock()
    dock.target.kind.setCurrentText("orthogonal slices")
    dock.target.planes.choose(xy=long, xz="as:xy", yz=short)
    choose(dock, 16)
    wait(lambda: words(dock).startswith("About "))
    assert errors() == []


def test_nothing_is_asked_before_the_dock_is_seen(viewer, slice_layer, make_dock, wait, qtbot):
    dock = make_dock()
    choose(dock, 16)
    qtbot.wait(1000)
    assert dock.questions._client.pid is None
    assert not dock._estimates.timer.isActive()
    viewer.window._qt_window.show()
    wait(lambda: words(dock).startswith("About "))


def test_a_run_goes_first(shown, slice_layer, make_dock, wait, qtbot):
    dock = make_dock()
    choose(dock, 64, "balanced")
    wait(lambda: words(dock).endswith("timing …"))
    dock.result.run.set_values(max_iter=1_000_000)
    dock.run()
    assert dock.questions._client.pid is None
    assert words(dock) == ""
    # The next one of the queue is not estimated while one runs.
    choose(dock, 16)
    wait(lambda: len(dock.progress.curve.points) > 1)
    qtbot.wait(1000)
    assert dock.questions._client.pid is None
    assert not dock.questions.is_busy
    dock.result.run.set_values(max_iter=30)
    dock.stop()
    wait(lambda: not dock.is_running)
    wait(lambda: words(dock).startswith("About "))
    assert errors() == []


def test_a_preview_goes_first(shown, slice_layer, make_dock, wait):
    dock = make_dock()
    choose(dock, 64, "balanced")
    wait(lambda: words(dock).endswith("timing …"))
    choose(dock, 16)
    dock.buttons.preview.click()
    assert dock.questions.is_busy
    assert "Canc" in dock.buttons.preview.text()
    wait(lambda: not dock.questions.is_busy)
    assert shown.layers["slice preview"].data.shape == (16, 16, 16)
    assert "eview" in dock.buttons.preview.text()
    assert "S2 is off by" in dock.progress.message.text()
    wait(lambda: words(dock).startswith("About "))
    assert "S2 is off by" in dock.progress.message.text()


def test_the_newest_forms_count(shown, slice_layer, make_dock, wait):
    dock = make_dock()
    choose(dock, 64, "balanced")
    wait(lambda: words(dock).endswith("timing …"))
    dock.result.settings.set_values(memory="1KB")
    wait(lambda: words(dock).startswith("Does not fit"))
    assert not dock.questions._timer.isActive()
    np.testing.assert_array_equal(slice_layer.data, squares((24, 20)))
