"""Layers of a run: where previews of coarser volumes lie."""

import numpy as np
import pytest
from napari.components import ViewerModel
from qtpy.QtWidgets import QWidget

from mcr_core.microstructure import Microstructure
from mcr_core.remote import Result
from napari_mcr.layers.result_layers import ResultLayers, colors_of

SIZE = 0.5


def microstructure(extent, ndim=3):
    """Of a cube, or square, of a fixed edge length."""
    labels = np.indices((extent,) * ndim).sum(0) % 2
    return Microstructure.from_array(labels, voxel_size=SIZE * 16 / extent, unit="um")


@pytest.fixture
def viewer():
    return ViewerModel()


@pytest.fixture
def settle(qtbot, viewer):
    """Wait for the last volume to appear, which takes some steps."""
    return lambda: qtbot.waitUntil(lambda: viewer.layers[-1].visible)


@pytest.fixture
def layers(viewer):
    source = microstructure(16, ndim=2)
    shown = viewer.add_labels(source.labels, name="slice", scale=source.voxel_size)
    shown.visible = False
    return ResultLayers(
        viewer,
        name="slice reconstruction",
        title="slice reconstruction (seed 0)",
        colors=colors_of(shown, source),
        voxel_size=source.voxel_size,
        turn_to_3d=False,
    )


def result_of(made):
    return Result(
        job=1,
        microstructure=made,
        history=(),
        stop_reason="MAX_ITER",
        stop_sentence="done",
        loss=0.0,
        seconds=1.0,
        notes=(),
        job_data={},
    )


def corners(layer):
    """The outermost points of voxels, not their centres."""
    low, high = layer.extent.world
    half = np.asarray(layer.scale) / 2
    return np.stack([low - half, high + half])


def test_coarse_previews_fill_the_place_of_the_result(viewer, layers):
    made = [microstructure(extent) for extent in (4, 8, 16)]
    places = []
    for moment in made:
        layers.show_preview(moment)
        (preview,) = (layer for layer in viewer.layers if layer.name != "slice")
        assert preview.data.shape == moment.shape
        assert tuple(preview.scale) == moment.voxel_size
        places.append(corners(preview))
        if len(places) == 1:
            viewer.dims.set_point(0, 5.0)
        assert viewer.dims.point[0] == pytest.approx(5.0, abs=1.0)
    layers.show_result(result_of(made[-1]))
    assert [layer.name for layer in viewer.layers] == ["slice", "slice reconstruction (seed 0)"]
    result = viewer.layers[-1]
    np.testing.assert_array_equal(result.translate, 0)
    for place in places:
        np.testing.assert_allclose(place, corners(result))


def test_a_preview_that_was_deleted_stays_so(viewer, layers):
    layers.show_preview(microstructure(8))
    viewer.layers.remove(viewer.layers[-1])
    layers.show_preview(microstructure(16))
    assert [layer.name for layer in viewer.layers] == ["slice"]


@pytest.fixture
def batch(viewer):
    """The layers of three runs that were asked for at once."""
    made = []
    for seed in range(3):
        made.append(
            ResultLayers(
                viewer,
                name="growing",
                title=f"seed {seed}",
                colors=None,
                voxel_size=(SIZE,) * 3,
                turn_to_3d=False,
                before=made[-1] if made else None,
            )
        )
    return made


def seen(viewer):
    return [layer.name for layer in viewer.layers if layer.visible]


def test_of_a_batch_the_newest_is_seen(viewer, batch, settle):
    made = microstructure(16)
    viewer.add_labels(made.labels, name="mine")
    batch[0].show_preview(made)
    batch[0].show_result(result_of(made))
    settle()
    assert seen(viewer) == ["mine", "seed 0"]
    batch[1].show_preview(made)
    assert seen(viewer) == ["mine", "seed 0"]
    settle()
    assert seen(viewer) == ["mine", "growing"]
    batch[1].show_result(result_of(made))
    assert seen(viewer) == ["mine", "seed 1"]
    # A result that comes without any preview, and one that is shown again by hand.
    viewer.layers["seed 0"].visible = True
    batch[2].show_result(result_of(made))
    settle()
    assert seen(viewer) == ["mine", "seed 0", "seed 2"]


def test_a_run_without_a_result_gives_the_place_back(viewer, batch, settle):
    made = microstructure(16)
    batch[0].show_result(result_of(made))
    settle()
    batch[1].show_preview(made)
    settle()
    batch[1].remove_preview()  # discarded
    assert seen(viewer) == ["seed 0"]
    batch[2].show_preview(made)
    batch[2].remove_preview()
    settle()
    assert seen(viewer) == ["seed 0"]


def test_a_result_that_follows_at_once_is_seen(viewer, batch, settle):
    made = microstructure(16)
    batch[0].show_result(result_of(made))
    settle()
    batch[1].show_preview(made)
    batch[1].show_result(result_of(made))
    settle()
    assert seen(viewer) == ["seed 1"]
    batch[2].show_preview(made)
    settle()
    assert seen(viewer) == ["growing"]
    batch[2].show_result(result_of(made))
    assert seen(viewer) == ["seed 2"]


def test_what_the_user_hides_or_deletes_stays_so(viewer, batch, settle):
    made = microstructure(16)
    batch[0].show_result(result_of(made))
    settle()
    viewer.layers["seed 0"].visible = False
    batch[1].show_preview(made)
    settle()
    batch[1].remove_preview()
    assert seen(viewer) == []
    viewer.layers["seed 0"].visible = True
    batch[2].show_preview(made)
    settle()
    viewer.layers["growing"].visible = False
    viewer.layers.remove(viewer.layers["seed 0"])
    batch[2].show_result(result_of(made))
    assert [layer.name for layer in viewer.layers] == ["seed 2"]
    assert seen(viewer) == []


def test_the_layer_that_grew_becomes_the_result(viewer, layers):
    layers.show_preview(microstructure(16))
    grown = viewer.layers[-1]
    values = grown.data
    other = Microstructure.from_array(1 - microstructure(16).labels, voxel_size=SIZE, unit="um")
    assert layers.show_result(result_of(other)) is grown
    assert grown.data is values  # its shaders stay
    np.testing.assert_array_equal(values, other.labels)
    assert grown.name == "slice reconstruction (seed 0)"
    assert "preview" not in grown.metadata["mcr"]
    assert viewer.layers.selection.active is grown


def test_what_was_painted_cannot_be_undone_onto_the_result(viewer, layers):
    layers.show_preview(microstructure(16))
    painted = viewer.layers[-1]
    painted.paint((3, 3, 3), 0)
    result = layers.show_result(result_of(microstructure(16)))
    assert result is not painted
    assert painted not in viewer.layers
    result.undo()
    np.testing.assert_array_equal(result.data, microstructure(16).labels)


def test_a_volume_appears_in_steps_and_in_3d(viewer, settle):
    layers = ResultLayers(
        viewer, name="n", title="t", colors=None, voxel_size=(SIZE,) * 3, turn_to_3d=True
    )
    layers.show_preview(microstructure(16))
    assert (viewer.dims.ndisplay, viewer.layers[-1].visible) == (2, False)
    settle()
    assert (viewer.dims.ndisplay, viewer.layers[-1].visible) == (3, True)
    viewer.dims.ndisplay = 2  # the user's choice from then on
    layers.show_preview(microstructure(16))
    assert viewer.dims.ndisplay == 2


def appearing(viewer, layers, canvas, made):
    """Show a preview as a run does; the viewer has only planes before."""
    assert viewer.dims.ndim == 2
    layers.show_preview(made, canvas)
    assert (len(viewer.layers), canvas.updatesEnabled()) == (1, False)


@pytest.fixture
def canvas(qtbot):
    made = QWidget()
    qtbot.addWidget(made)
    return made


def test_a_volume_of_a_run_appears_while_the_canvas_rests(qtbot, viewer, layers, canvas):
    zoom = viewer.scene.camera.zoom
    appearing(viewer, layers, canvas, microstructure(16))
    layers.show_preview(microstructure(8), canvas)  # too early: left out
    qtbot.waitUntil(lambda: viewer.dims.ndim == 3)
    assert (len(viewer.layers), viewer.scene.camera.zoom) == (1, zoom)
    qtbot.waitUntil(canvas.updatesEnabled)
    assert viewer.layers[-1].visible
    assert viewer.layers[-1].data.shape == (16, 16, 16)
    layers.show_preview(microstructure(8), canvas)
    assert viewer.layers[-1].data.shape == (8, 8, 8)
    assert canvas.updatesEnabled()


@pytest.mark.parametrize("with_result", [False, True])
def test_a_run_that_ends_while_its_volume_appears(qtbot, viewer, layers, canvas, with_result):
    appearing(viewer, layers, canvas, microstructure(16))
    qtbot.waitUntil(lambda: viewer.dims.ndim == 3)
    if with_result:
        layers.show_result(result_of(microstructure(16)))
    else:
        layers.remove_preview()
    qtbot.waitUntil(canvas.updatesEnabled)
    assert len(viewer.layers) == 1 + with_result
    assert viewer.dims.ndim == 2 + with_result
    viewer.reset_view()
