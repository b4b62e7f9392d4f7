"""Fields made from schemas."""

import re
from typing import ClassVar, Literal

import pytest
from pydantic import Field
from qtpy.QtCore import QPoint, QPointF, Qt
from qtpy.QtGui import QWheelEvent
from qtpy.QtWidgets import QApplication, QCheckBox, QComboBox, QLineEdit

from mcr_core.errors import InputError
from mcr_core.plugin import Plugin
from napari_mcr.forms.schema_form import SchemaForm
from napari_mcr.forms.wheel import IgnoreWheel
from napari_mcr.plots.loss_curve import LossCurve


class Everything(Plugin):
    """An option of every kind."""

    name: ClassVar[str] = "everything"

    count: int = Field(3, ge=2, lt=10, description="How many.")
    size: float = Field(1e-9, gt=0, description="How large.")
    kind: Literal["exact", "soft"] = "exact"
    level: Literal[2, 4] = 4
    only: Literal["one"] = "one"
    flag: bool = True
    text: str = "a word"
    perhaps: str | None = None
    number: int | None = None
    weights: tuple[float, ...] | None = None
    triple: tuple[float, float, float] = (1.0, 2.0, 3.0)
    either: int | str = 5
    words: tuple[str, ...] = ("one", "two")
    layers: tuple[Literal["a", "b"], ...] | None = None
    perhaps_kind: Literal["x", "y"] | None = None
    perhaps_flag: bool | None = None
    pairs: tuple[tuple[int, str], ...] = ((1, "a"), (2, "b"))
    mixed: tuple[int | str, ...] = ("a", 1)


@pytest.fixture
def form(qtbot):
    form = SchemaForm(Everything.model_json_schema())
    qtbot.addWidget(form)
    return form


def test_defaults_go_round(form):
    assert Everything(**form.values()) == Everything()
    assert form.names == list(Everything.model_fields)


def test_values_go_round(form):
    changed = Everything(
        count=9,
        size=12.5,
        kind="soft",
        level=2,
        flag=False,
        text="other",
        perhaps="so",
        number=7,
        weights=(1, 0.5),
        triple=(3, 2, 1),
        either="six",
        words=("three, four", ' "five"', ""),
        layers=("b", "a"),
        perhaps_kind="y",
        perhaps_flag=False,
        pairs=((3, "c"),),
        mixed=("1", 2),
    )
    form.set_values(**changed.model_dump(mode="json"))
    assert Everything(**form.values()) == changed


def test_bounds_choices_and_tooltips(form):
    fields = {name: form._editors[name].widget for name in form.names}
    assert (fields["count"].minimum(), fields["count"].maximum()) == (2, 9)
    assert fields["count"].toolTip() == "How many. (at least 2, less than 10)"
    assert fields["size"].minimum() == 0
    assert fields["size"].text() == "1e-09"
    assert isinstance(fields["kind"], QComboBox)
    assert fields["kind"].count() == 2
    assert isinstance(fields["flag"], QCheckBox)
    assert isinstance(fields["weights"], QLineEdit)
    kinds = fields["perhaps_kind"]
    assert [kinds.itemText(i) for i in range(kinds.count())] == ["default", "x", "y"]
    flags = fields["perhaps_flag"]
    assert [flags.itemText(i) for i in range(flags.count())] == ["default", "yes", "no"]
    assert fields["layers"].toolTip() == "(any of a, b)"


def test_the_arrows_start_from_zero(form):
    field = form._editors["size"].widget
    for value, steps, expected in ((0, 1, 0.1), (0, -1, 0), (0.5, 1, 0.51)):
        field.setValue(value)
        field.stepBy(steps)
        assert form.values()["size"] == pytest.approx(expected)


def test_numbers_as_they_are_written(form, qtbot):
    field = form._editors["size"].widget
    for text, value in (("2.5e-3", 2.5e-3), ("10", 10.0)):
        field.clear()
        qtbot.keyClicks(field, text)
        qtbot.keyClick(field, Qt.Key.Key_Enter)
        assert form.values()["size"] == value


def test_a_text_that_looks_like_a_number_stays_text(form):
    form.set_values(either="6")
    assert form.values()["either"] == "6"


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("number", "7", 7),
        ("weights", "1,.5, 2e-3", [1, 0.5, 2e-3]),
        ("weights", "[1, 0.5]", [1, 0.5]),
        ("words", "a b, c", ["a b", "c"]),
        ("words", '"a, b", "c"', ["a, b", "c"]),
        ("words", "", []),
        ("layers", "a", ["a"]),
        ("layers", " ", None),
        ("mixed", "1, a", [1, "a"]),
    ],
)
def test_lists_as_they_are_written(form, name, text, value):
    form._editors[name].widget.setText(text)
    assert form.values()[name] == value


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("weights", "one", "numbers separated by commas or nothing"),
        ("weights", "1,,2", "numbers separated by commas or nothing"),
        ("weights", "NaN", "numbers separated by commas or nothing"),
        ("number", "many", "a number or nothing"),
        ("number", "true", "a number or nothing"),
        ("number", "inf", "a number or nothing"),
        ("words", '"a', "words separated by commas"),
        ("pairs", "[NaN]", "values separated by commas"),
    ],
)
def test_fields_that_hold_no_value(form, name, text, expected):
    form._editors[name].widget.setText(text)
    with pytest.raises(InputError, match=f"{name}: expected {expected}, got '{re.escape(text)}'"):
        form.values()


def test_the_wheel_changes_no_field_by_accident(form):
    guard = IgnoreWheel(form)
    guard.watch(form)
    place = QPointF(5, 5)
    event = QWheelEvent(
        place,
        place,
        QPoint(0, 120),
        QPoint(0, 120),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(form._editors["count"].widget, event)
    QApplication.sendEvent(form._editors["level"].widget, event)
    assert Everything(**form.values()) == Everything()


def test_the_curve_takes_what_has_a_logarithm(qtbot):
    curve = LossCurve("#ffffff")
    qtbot.addWidget(curve)
    curve.show()
    for iteration, loss in enumerate((1.0, 0.0, float("nan"), 1e-30, 1e-30)):
        curve.add_point(iteration, loss)
        curve.grab()
    assert curve.points == [(0, 1.0), (3, 1e-30), (4, 1e-30)]
    curve.show_points([])
    curve.grab()


def test_the_curve_has_a_line_for_each_term(qtbot):
    curve = LossCurve("#ffffff")
    qtbot.addWidget(curve)
    curve.add_point(0, 1.0, {"two_point": 1.0})
    # One term is the loss itself.
    assert curve.terms == []
    assert not curve.legend.isVisibleTo(curve)
    for iteration in (1, 2):
        curve.add_point(iteration, 0.5, {"two_point": 0.5, "variation": 0.0})
        curve.grab()
    assert curve.terms == ["two_point", "variation"]
    assert "two&nbsp;point" in curve.legend.text()
    assert curve.legend.isVisibleTo(curve)
    iterations, values = curve._term_lines["two_point"].getOriginalDataset()
    assert list(zip(iterations, values, strict=True)) == [(0, 1.0), (1, 0.5), (2, 0.5)]
    curve.show_points([])
    assert curve.terms == []


def test_values_of_an_earlier_session(form):
    before = form.values()
    form.restore(None)
    form.restore({"count": "many", "kind": "gone", "layers": 3.5, "unknown": 1, "size": [1]})
    assert {**form.values(), "layers": None} == {**before, "layers": None}
    form.restore({"count": 7, "kind": "soft"})
    assert (form.value("count"), form.value("kind")) == (7, "soft")
