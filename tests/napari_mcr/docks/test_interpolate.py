"""The dock *Interpolate* in a real viewer, with the real child."""

import numpy as np
import pytest
from shown import squares

from napari_mcr.docks.interpolate import Interpolate


@pytest.fixture
def ends(viewer):
    """Two layers of the same pixels, one with the phases of the other exchanged."""
    image = squares((24, 24))
    scale = {"scale": (0.5, 0.5), "units": ("um", "um")}
    return [
        viewer.add_labels(image, name="few", **scale),
        viewer.add_labels(1 - image, name="many", **scale),
    ]


@pytest.fixture
def make(add_dock):
    def make(dimensions, edge):
        dock = add_dock(Interpolate)
        dock.ends[0].choose(dock._viewer.layers["few"])
        dock.ends[1].choose(dock._viewer.layers["many"])
        dock.steps.setValue(3)
        dock.preset.setCurrentText("fast")
        dock.dimensions.setCurrentIndex(dock.dimensions.findData(dimensions))
        dock.edge.setValue(edge)
        return dock

    return make


def test_one_layer_with_a_step_axis(viewer, ends, make, wait):
    viewer.dims.ndisplay = 3
    dock = make(2, 20)
    dock.interpolate()
    wait(lambda: not dock.is_busy)
    layer = viewer.layers[-1]
    # The steps have a slider.
    assert viewer.dims.ndisplay == 2
    assert viewer.dims.not_displayed == (0,)
    assert viewer.dims.nsteps[0] == 3
    assert layer.name == "few → many"
    assert layer.data.shape == (3, 20, 20)
    assert tuple(layer.scale) == (1, 0.5, 0.5)
    assert layer.axis_labels == ("step", "y", "x")
    shares = layer.data.mean(axis=(1, 2))
    first, last = (end.data.mean() for end in ends)
    np.testing.assert_allclose(shares, [first, (first + last) / 2, last], atol=0.5 / 400 + 1e-9)
    np.testing.assert_array_equal(layer.get_color(1), ends[0].get_color(1))
    assert "3 steps" in dock.message.text()


def test_volumes_side_by_side(viewer, ends, make, wait):
    dock = make(3, 12)
    dock.grid.setChecked(True)
    dock.interpolate()
    wait(lambda: not dock.is_busy)
    assert [layer.name for layer in viewer.layers[2:]] == [
        f"few → many ({step} of 3)" for step in (1, 2, 3)
    ]
    assert {layer.data.shape for layer in viewer.layers[2:]} == {(12, 12, 12)}
    assert viewer.canvas.grid.enabled


def test_the_ends_are_two_layers_at_first(viewer, ends, add_dock):
    dock = add_dock(Interpolate)
    assert {end.layer.name for end in dock.ends} == {"few", "many"}


def test_the_same_layer_twice_is_refused(viewer, ends, make):
    dock = make(2, 20)
    dock.ends[1].choose(viewer.layers["few"])
    dock.interpolate()
    assert "'few' is both" in dock.message.text()
    assert not dock.is_busy


def test_other_phases_are_refused_by_the_child(viewer, ends, make, wait):
    viewer.layers["many"].data = squares((24, 24)) + 3
    dock = make(2, 20)
    dock.interpolate()
    wait(lambda: not dock.is_busy)
    assert "phases" in dock.message.text()
    assert len(viewer.layers) == 2


def test_cancel_between_steps(viewer, ends, make, wait):
    dock = make(2, 20)
    dock.interpolate()
    wait(lambda: "Step" in dock.message.text())
    dock.cancel()
    assert not dock.is_busy
    assert len(viewer.layers) == 2
