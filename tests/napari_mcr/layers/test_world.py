"""Layers of different units in one viewer, which shows them in the smallest unit."""

import numpy as np
import pytest
from napari.components import ViewerModel
from shown import squares

from napari_mcr.layers.place_layer import _go_to
from napari_mcr.layers.region_mask import region_mask
from napari_mcr.layers.source_layer import place_of
from napari_mcr.layers.world import to_data, to_world

CORNERS = np.array([[2.0, 1.0], [2.0, 6.5], [7.5, 6.5], [7.5, 1.0]])  # in µm


@pytest.fixture
def model():
    return ViewerModel()


@pytest.fixture
def image(model):
    """24 × 20 pixels of 0.5 µm."""
    return model.add_labels(squares((24, 20)), scale=(0.5, 0.5), units=("um", "um"))


def rows_and_columns(mask):
    return [np.unique(found).tolist() for found in np.nonzero(mask)]


EXPECTED = [list(range(4, 16)), list(range(2, 14))]


def test_a_region_in_another_unit(model, image):
    shapes = model.add_shapes([CORNERS * 1000], units=("nm", "nm"))
    assert [str(unit) for unit in model.dims.units] == ["nanometer"] * 2
    found = region_mask(shapes, image, model.dims, (0, 1), (24, 20))
    assert rows_and_columns(found) == EXPECTED
    flat = np.zeros((12, 10), int)
    flat[2:8, 1:7] = 1
    labels = model.add_labels(flat, scale=(0.001, 0.001), translate=(0.00025,) * 2,
                              units=("mm", "mm"))  # fmt: skip
    found = region_mask(labels, image, model.dims, (0, 1), (24, 20))
    assert rows_and_columns(found) == EXPECTED


def test_a_region_in_pixels_is_where_the_viewer_shows_it(model, image):
    shapes = model.add_shapes([CORNERS])  # without scale and unit
    assert model.dims.units is None
    found = region_mask(shapes, image, model.dims, (0, 1), (24, 20))
    assert rows_and_columns(found) == EXPECTED
    # What is drawn in a layer that napari makes is in the units of the image.
    shapes.scale, shapes.units = (0.5, 0.5), ("um", "um")
    shapes.data = [CORNERS / 0.5]
    found = region_mask(shapes, image, model.dims, (0, 1), (24, 20))
    assert rows_and_columns(found) == EXPECTED


def test_the_shown_plane_whatever_the_units_of_others(model):
    volume = model.add_labels(squares((9, 8, 7)), scale=(2, 1, 1), units=("um",) * 3)
    for others in (None, "nm", "mm", "pixel"):
        if others:
            model.add_image(np.zeros((4, 5)), units=(others,) * 2)
        for plane in (0, 5, 8):
            _go_to(model, volume, (plane, 3, 2))
            assert place_of(volume, model.dims, (1, 2)) == (plane, slice(None), slice(None))
            assert place_of(volume, model.dims, ()) == (plane, 3, 2)
        world = to_world(volume, (5, 3, 2), model.dims)
        np.testing.assert_allclose(to_data(volume, world, model.dims), (5, 3, 2))
