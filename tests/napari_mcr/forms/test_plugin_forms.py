"""The form of every plugin there is, made from the description that the child sends."""

import json

import pytest
from qtpy.QtWidgets import QCheckBox, QComboBox, QLineEdit
from superqt import QLargeIntSpinBox

from mcr_core import descriptors, losses, optimizers, starts
from mcr_core.errors import OptionError
from mcr_core.presets import PRESETS
from mcr_core.remote.description import describe
from mcr_core.settings import Settings
from mcr_core.term import Term
from napari_mcr.forms.float_box import FloatBox
from napari_mcr.forms.plugin_forms import PluginChoice, TermList
from napari_mcr.forms.result_form import ResultForm
from napari_mcr.forms.schema_form import SchemaForm

REGISTRIES = {
    "descriptors": descriptors,
    "losses": losses,
    "optimizers": optimizers,
    "starts": starts,
}
ENTRIES = [(kind, name) for kind, module in REGISTRIES.items() for name in module.registry.names()]
#: The field for the values of an option; a number that may be left out is written.
EDITORS = {bool: QCheckBox, int: QLargeIntSpinBox, float: FloatBox, tuple: QLineEdit}


@pytest.fixture(scope="module")
def content():
    """The description, as it comes out of a pipe."""
    return json.loads(json.dumps(describe()))


def found(content, kind, name):
    """The description of one plugin."""
    [plugin] = [plugin for plugin in content[kind]["plugins"] if plugin["name"] == name]
    return plugin


def one_line(text):
    """A tooltip without its line breaks."""
    return " ".join(text.split())


def other(default, schema):
    """A value that an option may have and that is not its default."""
    kinds = [schema, *schema.get("anyOf", ())]
    items = [choice for kind in kinds for choice in kind.get("items", {}).get("enum", ())]
    choices = [choice for kind in kinds for choice in kind.get("enum", ())]
    if items:
        return items[1:3]
    if choices:
        return next(choice for choice in choices if choice != default)
    if isinstance(default, bool):
        return not default
    if isinstance(default, str) and any(kind.get("type") == "number" for kind in kinds):
        return 0.25  # instead of a word
    if default is None:
        text = "name:" + "0" * 64  # also an identity of weights
        return {"string": text, "integer": 7, "number": 0.25}[kinds[1]["type"]]
    return default + 1 if isinstance(default, int) else default / 2 or 0.5


@pytest.mark.parametrize(("kind", "name"), ENTRIES)
def test_the_form_of_a_plugin(qtbot, content, kind, name):
    registry = REGISTRIES[kind].registry
    schema = found(content, kind, name)["schema"]
    form = SchemaForm(schema)
    qtbot.addWidget(form)
    plugin = registry.get(name)
    assert form.names == list(plugin.model_fields)
    values = json.loads(json.dumps(form.values()))
    default = registry.create(name)
    assert registry.create({"name": name, "options": values}) == default
    assert values == default.spec()["options"]
    for option in form.names:
        field = form._editors[option].widget
        value = getattr(default, option)
        choices = schema["properties"][option].get("enum")
        assert isinstance(field, QComboBox if choices else EDITORS.get(type(value), QLineEdit))
        assert one_line(field.toolTip()).startswith(plugin.model_fields[option].description)
        assert max(map(len, field.toolTip().splitlines())) < 80
        if choices:
            assert [field.itemData(i) for i in range(field.count())] == choices
    for option, value in values.items():
        changed = other(value, schema["properties"][option])
        form.set_values(**{option: changed})
        assert plugin(**form.values()).spec()["options"] == {**values, option: changed}
        form.set_values(**{option: value})


def test_layers_are_written_as_words(qtbot, content):
    form = SchemaForm(found(content, "descriptors", "gram_matrices")["schema"])
    qtbot.addWidget(form)
    field = form._editors["layers"].widget
    assert field.text() == "conv1_2, conv2_2, conv3_4, conv4_4, conv5_4"
    assert "(any of conv1_1, conv1_2, " in one_line(field.toolTip())
    field.setText("conv2_1,conv1_1")
    plugin = descriptors.registry.create({"name": "gram_matrices", "options": form.values()})
    assert plugin.layers == ("conv1_1", "conv2_1")
    field.setText("conv2_9")
    with pytest.raises(OptionError, match=r"layers\.0: expected 'conv1_1', .*got 'conv2_9'"):
        descriptors.registry.create({"name": "gram_matrices", "options": form.values()})


def test_the_settings_go_round(qtbot, content):
    form = ResultForm(content)
    qtbot.addWidget(form)
    values = json.loads(json.dumps(form.values()))
    assert Settings(**values) == Settings(**PRESETS["balanced"].settings)  # of auto, for 64³
    assert set(values) == set(Settings.model_fields)
    form.settings.set_values(finish_sweeps=3)
    for name in optimizers.registry.names():
        form.optimizer.box.setCurrentText(name)
        settings = Settings(**form.values())
        assert settings.optimizer == optimizers.registry.create(name)
        assert settings.finish_sweeps == 3
        said = one_line(form.optimizer.box.toolTip())
        assert said.startswith(optimizers.registry.get(name).summary())


def test_every_descriptor_has_a_row(qtbot, content):
    terms = TermList(content["descriptors"], content["term"], ["correlations"], ["swaps"])
    qtbot.addWidget(terms)
    assert list(terms.rows) == descriptors.registry.names()
    layout = terms.layout()
    shown = [layout.itemAt(i).widget() for i in range(layout.count())]
    assert shown[0] is terms.rows["correlations"]
    assert "swaps" in terms.condition.text()
    below = shown[shown.index(terms.condition) + 1 :]
    for name, row in terms.rows.items():
        plugin = descriptors.registry.get(name)
        assert (row in below) is not plugin.differentiable
        assert one_line(row.check.toolTip()) == f"{plugin.summary()} {plugin.reference}"
        row.check.setChecked(True)
    found = [Term(**value) for value in json.loads(json.dumps(terms.values()))]
    assert [term.descriptor for term in found] == [
        descriptors.registry.create(name) for name in terms.rows
    ]


def test_without_foreign_descriptors_there_may_be_no_condition(qtbot, content):
    smooth = {**content["descriptors"], "plugins": [found(content, "descriptors", "variation")]}
    terms = TermList(smooth, content["term"], ["variation"], [])
    qtbot.addWidget(terms)
    assert terms.layout().indexOf(terms.condition) < 0


def test_descriptors_that_are_only_computed_have_no_weights(qtbot, content):
    terms = TermList(content["descriptors"], None, ["correlations"])
    qtbot.addWidget(terms)
    assert terms.layout().indexOf(terms.condition) < 0
    assert all(row.weights.names == [] for row in terms.rows.values())
    assert terms.rows["volume_fractions"].unfold.isHidden()
    assert not terms.rows["correlations"].unfold.isHidden()
    default = descriptors.registry.create("correlations").spec()
    assert json.loads(json.dumps(terms.values())) == [{"descriptor": default}]


def test_the_gradient_free_optimizers_are_known(content):
    free = [p["name"] for p in content["optimizers"]["plugins"] if not p["needs_gradient"]]
    assert free == optimizers.gradient_free()


def test_a_choice_of_losses(qtbot, content):
    choice = PluginChoice("loss", content["losses"], "rms")
    qtbot.addWidget(choice)
    assert choice.value() == {"name": "rms", "options": {}}
