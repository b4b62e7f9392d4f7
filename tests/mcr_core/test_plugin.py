"""Options of plugins: typed, bounded, frozen; and sentences that help."""

from typing import ClassVar, Literal

import pydantic
import pytest
from pydantic import Field

from mcr_core.errors import OptionError
from mcr_core.plugin import Frozen, Plugin, nearest


class Lamp(Plugin):
    """Shines.

    And more.
    """

    name: ClassVar[str] = "lamp"
    watts: int = Field(60, ge=1, le=100, description="Power.")
    colour: Literal["white", "yellow"] = "white"
    sizes: tuple[float, float] = (1.0, 2.0)


class Room(Frozen):
    lamp: Lamp
    number: int


def test_defaults_equality_and_hash():
    assert Lamp() == Lamp(watts=60)
    assert Lamp() != Lamp(watts=50)
    assert len({Lamp(), Lamp(watts=60), Lamp(watts=50)}) == 2


def test_specification():
    assert Lamp(watts=5).spec() == {
        "name": "lamp",
        "options": {"watts": 5, "colour": "white", "sizes": [1.0, 2.0]},
    }
    assert Lamp.summary() == "Shines."


def test_is_frozen():
    with pytest.raises(pydantic.ValidationError, match="frozen"):
        Lamp().watts = 5


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"wats": 5}, r"^lamp has no option 'wats': did you mean 'watts'\?$"),
        ({"x": 5}, r"^lamp has no option 'x': known: colour, sizes, watts$"),
        ({"self": 5}, r"^lamp has no option 'self': known: colour, sizes, watts$"),
        ({"watts": 0}, r"^lamp: watts: expected greater than or equal to 1, got 0$"),
        ({"watts": 1.5}, r"^lamp: watts: expected a valid integer.*, got 1\.5$"),
        ({"watts": None}, r"^lamp: watts: expected a valid integer, got None$"),
        ({"colour": "blue"}, r"^lamp: colour: expected 'white' or 'yellow', got 'blue'$"),
        ({"sizes": (1,)}, r"^lamp: sizes: expected more values, got \(1,\)$"),
        ({"sizes": (1, "a")}, r"^lamp: sizes\.1: expected a valid number.*, got 'a'$"),
    ],
)
def test_wrong_option(options, message):
    with pytest.raises(OptionError, match=message):
        Lamp(**options)


def test_long_input_is_shown_in_short():
    with pytest.raises(OptionError, match=r"\.\.\.") as caught:
        Lamp(watts="x" * 10_000)
    assert len(str(caught.value)) < 250
    with pytest.raises(OptionError):
        Lamp(watts=10**1000)


def test_nested_options_name_the_inner_class():
    with pytest.raises(OptionError, match=r"^lamp has no option 'wat'"):
        Room(lamp={"wat": 1}, number=1)
    with pytest.raises(OptionError, match=r"^Room needs the option 'lamp'"):
        Room(number=1)


@pytest.mark.parametrize(
    ("word", "known", "sentence"),
    [
        ("corelations", ["correlations", "variation"], "did you mean 'correlations'?"),
        ("VARIATION", ["correlations", "variation"], "did you mean 'variation'?"),
        ("zzz", ["b", "a"], "known: a, b"),
        ("zzz", [], "none is known"),
    ],
)
def test_nearest(word, known, sentence):
    assert nearest(word, known) == sentence
