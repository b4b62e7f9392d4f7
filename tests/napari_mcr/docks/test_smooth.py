"""The dock *Smooth* in a real viewer, with the real child."""

import numpy as np
import psutil
import pytest
from shown import errors

import mcr_core as mcr
from napari_mcr.docks.smooth import Smooth


def test_a_new_layer_has_the_smoothed_phases(viewer, slice_layer, add_dock, wait):
    dock = add_dock(Smooth)
    dock.sigma.setValue(1.5)
    dock.smooth()
    assert dock.is_busy
    assert not dock.smooth_button.isEnabled()
    assert dock.bar.isVisibleTo(dock)
    wait(lambda: not dock.is_busy)
    layer = viewer.layers[-1]
    assert layer.name == "slice smoothed"
    source = mcr.Microstructure.from_array(slice_layer.data, voxel_size=0.5, unit="um")
    np.testing.assert_array_equal(layer.data, mcr.smooth(source, sigma=1.5).values)
    assert tuple(layer.scale) == (0.5, 0.5)
    assert [str(unit) for unit in layer.units] == ["micrometer"] * 2
    np.testing.assert_array_equal(layer.get_color(1), slice_layer.get_color(1))
    assert "surface" in dock.message.text()
    assert dock.smooth_button.isEnabled()


def test_methods_have_their_own_option(slice_layer, add_dock):
    dock = add_dock(Smooth)
    assert dock.sigma.isVisibleTo(dock)
    assert not dock.edge.isVisibleTo(dock)
    dock.method.setCurrentText("majority")
    assert dock.edge.isVisibleTo(dock)
    assert not dock.sigma.isVisibleTo(dock)


def test_an_error_of_the_child_is_shown(slice_layer, add_dock, wait):
    dock = add_dock(Smooth)
    dock.method.setCurrentText("median")
    dock.edge.setValue(4)
    dock.smooth()
    wait(lambda: not dock.is_busy)
    assert "odd" in dock.message.text()
    assert any("odd" in text for text in errors())


def test_no_layer_is_said_so(viewer, slice_layer, add_dock):
    dock = add_dock(Smooth)
    viewer.layers.clear()
    dock.smooth()
    assert "expected a layer" in dock.message.text()
    assert not dock.is_busy


def test_cancel_ends_the_child_and_the_next_question_works(viewer, slice_layer, add_dock, wait):
    dock = add_dock(Smooth)
    dock.smooth()
    dock.cancel()
    assert not dock.is_busy
    assert dock.message.text() == "Cancelled."
    dock.smooth()
    wait(lambda: not dock.is_busy)
    assert viewer.layers[-1].name == "slice smoothed"


def test_the_layer_may_be_deleted_meanwhile(viewer, slice_layer, add_dock, wait):
    dock = add_dock(Smooth)
    dock.smooth()
    viewer.layers.clear()
    wait(lambda: not dock.is_busy)
    assert [layer.name for layer in viewer.layers] == ["slice smoothed"]


@pytest.mark.parametrize("how", ["viewer", "dock"])
def test_closed_meanwhile(viewer, slice_layer, add_dock, wait, how):
    dock = add_dock(Smooth)
    dock.smooth()
    child = psutil.Process(dock.questions._client.pid)
    if how == "viewer":
        viewer.close()
    else:
        # As the x of its title bar does.
        dock.parent().destroyOnClose()
    wait(lambda: not child.is_running())
