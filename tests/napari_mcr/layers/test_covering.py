"""Layers that make way for another."""

import pytest
from napari.components import ViewerModel
from shown import squares

from napari_mcr.layers.covering import cover, overlap


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


@pytest.mark.parametrize(
    ("shape", "options", "expected"),
    [
        ((6, 6), {}, True),
        ((6, 6), {"translate": (0, 6)}, False),  # side by side
        ((6, 6), {"translate": (0, 5.9)}, True),
        ((6, 6), {"scale": (0.1, 0.1), "translate": (3, 3)}, True),
        ((4, 6, 6), {}, True),
        ((4, 6, 6), {"translate": (0, -6, 0)}, False),
    ],
)
def test_places_in_common(model, shape, options, expected):
    other = model.add_labels(squares(shape), **options)
    assert overlap(model.layers["a"], other, model.dims) is expected
    assert overlap(other, model.layers["a"], model.dims) is expected


def test_units_count_where_places_are_compared():
    model = ViewerModel()
    given = {"units": ("um", "um"), "translate": (0, 10)}
    first = model.add_labels(squares((6, 6)), **given)
    other = model.add_labels(
        squares((6, 6)), units=("nm", "nm"), scale=(1e3, 1e3), translate=(0, 12e3)
    )
    assert overlap(first, other, model.dims)
    other.translate = (0, 12)
    assert not overlap(first, other, model.dims)
