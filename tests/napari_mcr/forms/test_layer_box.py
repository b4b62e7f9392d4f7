"""Which layers are offered, and which is chosen at first."""

import pytest
from napari.components import ViewerModel
from shown import squares

from napari_mcr.forms.layer_box import LayerBox
from napari_mcr.forms.region_form import RegionForm
from napari_mcr.forms.source_form import SourceForm


@pytest.fixture
def model():
    """A viewer without a window, with the Labels layers a, b and c."""
    model = ViewerModel()
    for name in "abc":
        model.add_labels(squares((12, 12)), name=name)
    return model


@pytest.fixture
def make(qtbot):
    """Return a function that makes a widget."""

    def make(kind, *arguments, **options):
        widget = kind(*arguments, **options)
        qtbot.addWidget(widget)
        return widget

    return make


def test_the_layer_that_is_preferred_is_chosen_at_first(model, make):
    def prefers(layer):
        return layer.name in "ab"

    box = make(LayerBox, model, prefers=prefers)
    assert box.layer.name == "b"  # the newest, though c is active
    model.layers.selection.active = model.layers["a"]
    assert box.layer.name == "b"
    model.layers.remove(box.layer)
    assert box.layer.name == "a"
    model.layers.remove(box.layer)
    assert box.layer.name == "c"


def test_a_second_box_begins_with_another_layer(model, make):
    first, second = (make(LayerBox, model) for _ in range(2))
    second.choose_next()
    assert [first.layer.name, second.layer.name] == ["c", "a"]
    model.layers.clear()
    second.choose_next()
    assert second.layer is None


def test_what_was_said_of_a_layer_stays_when_others_come_and_go(model, make):
    form = make(SourceForm, model)
    told = []
    form.changed.connect(lambda: told.append(form.layer.name))
    form.voxel_size.setText("3")
    other = model.add_image(squares((6, 6)), name="d")
    model.layers.move(3, 0)
    model.layers["c"].name = "renamed"
    model.layers.remove(other)
    assert (form.layer.name, form.layer_box.currentText()) == ("renamed", "renamed")
    assert form.voxel_size.text() == "3"
    assert told == []
    model.layers.remove(form.layer)
    assert told == [form.layer.name]
    assert form.voxel_size.text() == "1"


def test_a_region_is_shapes_or_labels_and_nothing_at_first(model, make):
    model.add_image(squares((12, 12)), name="image")
    shapes = model.add_shapes(name="shapes")
    form = make(RegionForm, model)
    offered = [form.layer_box.itemText(row) for row in range(form.layer_box.count())]
    assert offered == ["everything", "a", "b", "c", "shapes"]
    assert form.layer is None
    form.choose(shapes)
    assert form.side_box.isVisibleTo(form)
    model.layers.remove(shapes)
    assert form.layer is None
    assert not form.side_box.isVisibleTo(form)
