"""One input field for one option, made from its JSON schema."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from qtpy.QtWidgets import QCheckBox, QComboBox, QWidget
from superqt import QLargeIntSpinBox

from napari_mcr.forms.float_box import FloatBox
from napari_mcr.forms.text_editor import TextEditor
from napari_mcr.forms.tooltips import wrapped

Kinds = Sequence[Mapping[str, Any]]

_LARGEST_FLOAT = 1e12


class Editor(Protocol):
    """A widget that holds the value of an option."""

    @property
    def widget(self) -> QWidget:
        """The field itself."""

    def value(self) -> Any:
        """Return the value as JSON data."""

    def set_value(self, value: Any) -> None:
        """Show a value."""


def editor_for(name: str, schema: Mapping[str, Any], definitions: Mapping[str, Any]) -> Editor:
    """Return the editor that fits an option.

    Args:
        name: of the option.
        schema: its JSON schema.
        definitions: what `$ref` points to.
    """
    kinds, nullable = _kinds(schema, definitions)
    kind = kinds[0] if len(kinds) == 1 else {}
    editor: Editor
    if "enum" in kind:
        editor = _Choice([None, *kind["enum"]] if nullable else kind["enum"])
    elif kind.get("type") == "boolean":
        editor = _Choice([None, True, False]) if nullable else _Switch()
    elif kind.get("type") == "integer" and not nullable:
        editor = _Integer(kind)
    elif kind.get("type") == "number" and not nullable:
        editor = _Number(kind)
    else:
        editor = TextEditor(name, kinds, _item_kinds(kinds, definitions), nullable)
    if "default" in schema:
        editor.set_value(schema["default"])
    editor.widget.setToolTip(_tooltip(schema, kind, _item_kinds(kinds, definitions)))
    editor.widget.setAccessibleName(name)
    return editor


def _kinds(
    schema: Mapping[str, Any], definitions: Mapping[str, Any]
) -> tuple[list[Mapping[str, Any]], bool]:
    """Return the alternatives of a schema without null, and whether null is one."""
    if "$ref" in schema:
        target = definitions.get(str(schema["$ref"]).rsplit("/", 1)[-1], {})
        return _kinds({**target, **{k: v for k, v in schema.items() if k != "$ref"}}, definitions)
    if "anyOf" in schema:
        found: list[Mapping[str, Any]] = []
        for one in schema["anyOf"]:
            found += _kinds(one, definitions)[0]
        return found, any(one.get("type") == "null" for one in schema["anyOf"])
    if schema.get("type") == "null":
        return [], True
    if "const" in schema:
        return [{**schema, "enum": [schema["const"]]}], False
    return [schema], False


def _item_kinds(kinds: Kinds, definitions: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Return the alternatives of what stands in a list."""
    found: list[Mapping[str, Any]] = []
    for kind in kinds:
        items = kind.get("items")
        listed = [items] if isinstance(items, Mapping) else []
        for one in [*kind.get("prefixItems", []), *listed]:
            found += _kinds(one, definitions)[0]
    return found


def _tooltip(schema: Mapping[str, Any], kind: Mapping[str, Any], items: Kinds) -> str:
    words = [schema.get("description", "")]
    names = {
        "minimum": "at least",
        "exclusiveMinimum": "more than",
        "maximum": "at most",
        "exclusiveMaximum": "less than",
    }
    bounds = [f"{word} {kind[key]:g}" for key, word in names.items() if key in kind]
    if bounds:
        words.append(f"({', '.join(bounds)})")
    choices = [str(choice) for one in items for choice in one.get("enum", ())]
    if choices:
        words.append(f"(any of {', '.join(choices)})")
    return wrapped(" ".join(word for word in words if word))


class _Choice:
    def __init__(self, choices: list[Any]) -> None:
        self.widget = QComboBox()
        words = {None: "default", True: "yes", False: "no"}
        for choice in choices:
            # 1 equals True.
            named = choice is None or isinstance(choice, bool)
            self.widget.addItem(words[choice] if named else str(choice), choice)

    def value(self) -> Any:
        return self.widget.currentData()

    def set_value(self, value: Any) -> None:
        index = self.widget.findData(value)
        if index >= 0:
            self.widget.setCurrentIndex(index)


class _Switch:
    def __init__(self) -> None:
        self.widget = QCheckBox()

    def value(self) -> bool:
        return bool(self.widget.isChecked())

    def set_value(self, value: Any) -> None:
        self.widget.setChecked(bool(value))


class _Integer:
    def __init__(self, schema: Mapping[str, Any]) -> None:
        self.widget = QLargeIntSpinBox()
        low, high = _bounds(schema, 1, 2**63 - 1)
        self.widget.setRange(math.ceil(low), math.floor(high))

    def value(self) -> int:
        return int(self.widget.value())

    def set_value(self, value: Any) -> None:
        self.widget.setValue(int(value))


class _Number:
    def __init__(self, schema: Mapping[str, Any]) -> None:
        self.widget = FloatBox()
        low, high = _bounds(schema, 0, _LARGEST_FLOAT)
        self.widget.setRange(low, high)

    def value(self) -> float:
        return float(self.widget.value())

    def set_value(self, value: Any) -> None:
        self.widget.setValue(float(value))


def _bounds(schema: Mapping[str, Any], step: int, largest: float) -> tuple[float, float]:
    """Return the bounds of a spin box; open bounds of integers are moved inside.

    An open bound of a float cannot be told from a closed one here: the child refuses it by name.
    """
    low = schema.get("minimum", schema.get("exclusiveMinimum", -largest - step))
    high = schema.get("maximum", schema.get("exclusiveMaximum", largest + step))
    if "minimum" not in schema:
        low += step
    if "maximum" not in schema:
        high -= step
    return low, high
