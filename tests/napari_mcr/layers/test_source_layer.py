"""What is taken from a layer; no window is needed."""

import numpy as np
import pytest
from napari.components import ViewerModel
from shown import squares

from mcr_core.errors import InputError
from napari_mcr.layers.source_layer import (
    axes_of,
    extent_of,
    known_scale,
    microstructure_of,
    read_voxel_size,
)


@pytest.fixture
def model():
    return ViewerModel()


def taken(model, layer, one_plane=False, **options):
    axes = axes_of(layer, model.dims, one_plane)
    options = {"voxel_size": (1.0,), "unit": "pixel", **options}
    return microstructure_of(layer, model.dims, axes, **options)


def volume(shape=(5, 6, 7)):
    """Every plane differs from every other."""
    return (np.indices(shape).sum(0) % 5 < 2).astype(np.uint8)


def test_an_image(model):
    layer = model.add_labels(squares((6, 8)))
    found = taken(model, layer, voxel_size=(0.5, 0.5), unit="um")
    np.testing.assert_array_equal(found.values, layer.data)
    assert found.voxel_size == (0.5, 0.5)
    assert found.unit == "um"
    assert found.periodic is False
    assert found.mask is None


def test_booleans_and_two_floats_are_phases(model):
    flags = model.add_image(squares((6, 8)).astype(bool))
    assert taken(model, flags).phase_values == (0, 1)
    floats = model.add_image(squares((6, 8)) * 0.5)
    assert taken(model, floats).phase_values == (0, 0.5)


def test_label_0_may_be_outside(model):
    data = squares((6, 8)) + 1
    data[:2] = 0
    layer = model.add_labels(data)
    assert taken(model, layer).phase_values == (0, 1, 2)
    masked = taken(model, layer, zero_is_outside=True)
    assert masked.phase_values == (1, 2)
    assert not masked.mask[:2].any()
    assert masked.mask[2:].all()


def test_the_shown_plane(model):
    layer = model.add_labels(volume(), scale=(2, 1, 1))
    model.dims.set_point(0, 6)
    np.testing.assert_array_equal(taken(model, layer, True).values, layer.data[3])
    assert taken(model, layer).shape == (5, 6, 7)
    # Turned: the viewer shows the xz plane.
    model.dims.order = (1, 0, 2)
    model.dims.set_point(1, 4)
    np.testing.assert_array_equal(taken(model, layer, True).values, layer.data[:, 4])
    # Mirrored axes stay in the order of the data.
    model.dims.order = (0, 2, 1)
    np.testing.assert_array_equal(taken(model, layer, True).values, layer.data[3])
    # In 3D no plane is shown: that of the slider.
    model.dims.order = (0, 1, 2)
    model.dims.ndisplay = 3
    np.testing.assert_array_equal(taken(model, layer, True).values, layer.data[3])


def test_the_shown_time(model):
    series = np.stack([volume(), 1 - volume()])
    layer = model.add_labels(series)
    model.dims.set_point(0, 1)
    model.dims.set_point(1, 2)
    np.testing.assert_array_equal(taken(model, layer).values, series[1])
    np.testing.assert_array_equal(taken(model, layer, True).values, series[1, 2])
    assert extent_of(layer, axes_of(layer, model.dims, False)) == (5, 6, 7)


def test_a_layer_beside_one_of_more_axes(model):
    layer = model.add_labels(squares((6, 8)))
    model.add_labels(np.stack([volume(), volume()]))
    np.testing.assert_array_equal(taken(model, layer, True).values, layer.data)


def test_lazy_and_multiscale(model):
    dask = pytest.importorskip("dask.array")
    lazy = model.add_labels(dask.from_array(volume(), chunks=2))
    model.dims.set_point(0, 3)
    np.testing.assert_array_equal(taken(model, lazy, True).values, volume()[3])
    levels = model.add_labels([squares((8, 8)), squares((8, 8))[::2, ::2]], multiscale=True)
    np.testing.assert_array_equal(taken(model, levels).values, squares((8, 8)))


def test_too_large_is_said_before_it_is_loaded(model):
    dask = pytest.importorskip("dask.array")
    layer = model.add_labels(dask.zeros((2048, 2048, 2048), dtype=np.uint8, chunks=256))
    with pytest.raises(InputError, match=r"8,589,934,592 voxels, .* crop it"):
        taken(model, layer)


@pytest.mark.parametrize(
    ("scale", "units", "expected"),
    [
        ((1, 2), ("pixel", "pixel"), None),
        ((0.5, 0.5), ("um", "um"), ((0.5, 0.5), "um")),
        ((-0.5, 0.5), ("micrometer", "micrometer"), ((0.5, 0.5), "um")),
        ((3, 4), ("nm", "nm"), ((3, 4), "nm")),
        ((1, 500), ("um", "nm"), ((1, 0.5), "um")),
        ((1, 1), ("angstrom", "angstrom"), ((1e-4, 1e-4), "um")),
    ],
)
def test_units(model, scale, units, expected):
    layer = model.add_labels(squares((6, 8)), scale=scale, units=units)
    found = known_scale(layer.scale, layer.units)
    if expected is None:
        assert found is None
    else:
        assert found[0] == pytest.approx(expected[0])
        assert found[1] == expected[1]


def test_seconds_are_no_lengths(model):
    layer = model.add_labels(squares((6, 8)), units=("s", "s"))
    with pytest.raises(InputError, match="expected lengths as units of the layer, got second"):
        known_scale(layer.scale, layer.units)


@pytest.mark.parametrize(
    ("text", "sizes"),
    [("0.5", (0.5,)), ("1, 0.5, 0.5", (1, 0.5, 0.5)), (" 2 x 3 ", (2, 3)), ("1e-3", (1e-3,))],
)
def test_voxel_sizes_as_they_are_written(text, sizes):
    assert read_voxel_size(text) == sizes


@pytest.mark.parametrize("text", ["", "wide", "1; two"])
def test_voxel_sizes_that_are_none(text):
    with pytest.raises(InputError, match=r"expected a voxel size such as 0\.5"):
        read_voxel_size(text)
