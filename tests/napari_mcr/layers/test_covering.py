"""Layers that make way for another."""

import pytest
from napari.components import ViewerModel
from shown import squares

from napari_mcr.layers.covering import cover


@pytest.fixture
def model():
    """A viewer without a window, with the layers a, b, c and d; b is hidden."""
    model = ViewerModel()
    for name in "abcd":
        model.add_labels(squares((6, 6)), name=name, visible=name != "b")
    return model


def seen(model):
    return [layer.name for layer in model.layers if layer.visible]


def test_what_was_seen_is_seen_again(model):
    cover(model, model.layers["c"], [model.layers["a"], model.layers["b"]])
    assert seen(model) == ["c", "d"]
    model.layers.remove("d")
    assert seen(model) == ["c"]
    model.layers.remove("c")
    assert seen(model) == ["a"]


def test_not_in_place_of_a_layer_that_nobody_sees(model):
    cover(model, model.layers["c"], [model.layers["a"]])
    cover(model, model.layers["d"], [model.layers["c"]])
    model.layers.remove("c")
    assert seen(model) == ["d"]


def test_what_is_gone_stays_so(model):
    cover(model, model.layers["c"], [model.layers["a"]])
    model.layers.remove("a")
    model.layers.remove("c")
    assert seen(model) == ["d"]
