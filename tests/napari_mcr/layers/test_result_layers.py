"""Layers of a run: where previews of coarser volumes lie."""

import numpy as np
import pytest
from napari.components import ViewerModel

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
    layers.show_result(
        Result(
            job=1,
            microstructure=made[-1],
            history=(),
            stop_reason="MAX_ITER",
            stop_sentence="done",
            loss=0.0,
            seconds=1.0,
            notes=(),
            job_data={},
        )
    )
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
