"""The field for an option that no spin box, box or list of choices can hold."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from typing import Any

from qtpy.QtWidgets import QLineEdit

from mcr_core.errors import InputError

_NUMBERS = {"integer", "number"}


class TextEditor:
    """Text, a number, numbers or words separated by commas, or any JSON.

    An empty field is null where that is allowed.

    Args:
        name: of the option, for errors.
        kinds: the schemas of what it may be, without null.
        items: the schemas of what may stand in it if it is a list.
        nullable: whether it may be null.
    """

    def __init__(
        self,
        name: str,
        kinds: Sequence[Mapping[str, Any]],
        items: Sequence[Mapping[str, Any]],
        nullable: bool,
    ) -> None:
        self.widget = QLineEdit()
        self._name = name
        self._nullable = nullable
        self._types = {kind.get("type") for kind in kinds}
        self._items = {item.get("type") for item in items}
        if "array" in self._types:
            example = "one, another, …" if self._items == {"string"} else "1, 0.5, …"
        else:
            example = "default" if nullable else ""
        self.widget.setPlaceholderText(example)

    def value(self) -> Any:
        """Return the value as JSON data.

        Raises:
            InputError: the field holds none.
        """
        text = self.widget.text().strip()
        if not text and self._nullable:
            return None
        if self._types == {"string"}:
            return text
        try:
            return self._list(text) if "array" in self._types else self._single(text)
        except ValueError:
            raise InputError(f"{self._name}: expected {self._expected()}, got {text!r}") from None

    def set_value(self, value: Any) -> None:
        """Show a value, as it would be written by hand where that can be read back."""
        if value is None:
            self.widget.setText("")
        elif isinstance(value, str):
            as_it_is = self._types == {"string"} or _reads(self._single, value, value)
            self.widget.setText(value if as_it_is else json.dumps(value, ensure_ascii=False))
        elif isinstance(value, (list, tuple)):
            text = json.dumps(list(value), ensure_ascii=False)
            plain = ", ".join(v if isinstance(v, str) else json.dumps(v) for v in value)
            self.widget.setText(plain if _reads(self._list, plain, list(value)) else text)
        else:
            self.widget.setText(json.dumps(value))
        # A long text is read from its beginning.
        self.widget.setCursorPosition(0)

    def _single(self, text: str) -> Any:
        return _one(text, self._types)

    def _list(self, text: str) -> list[Any]:
        if text.startswith("["):
            found = _json(text)
        elif text.startswith('"'):
            found = _json(f"[{text}]")
        else:
            parts = [part.strip() for part in text.split(",")] if text else []
            if self._items == {"string"}:
                return parts
            found = [_one(part, self._items) for part in parts]
        if not isinstance(found, list):
            raise ValueError(text)
        return found

    def _expected(self) -> str:
        if "array" in self._types:
            what = "words" if self._items == {"string"} else "numbers"
            what = what if self._items <= {*_NUMBERS, "string"} else "values"
            what = f"{what} separated by commas"
        else:
            what = "a number" if self._types <= _NUMBERS else "a value"
        return f"{what} or nothing" if self._nullable else what


def _one(text: str, types: set[Any]) -> Any:
    """Read a single value: text only where it may be one."""
    if types and types <= _NUMBERS:
        return _number(text)
    try:
        return _json(text)
    except ValueError:
        if "string" in types:
            return text
        raise


def _number(text: str) -> int | float:
    """Read 7, .5 or 1e-3; a number that is none, or infinite, is refused."""
    try:
        return int(text)
    except ValueError:
        number = float(text)
    if not math.isfinite(number):
        raise ValueError(text)
    return number


def _json(text: str) -> Any:
    """Read JSON; NaN and Infinity are none."""
    return json.loads(text, parse_constant=_refused)


def _refused(word: str) -> Any:
    raise ValueError(word)


def _reads(read: Any, text: str, value: Any) -> bool:
    try:
        return bool(read(text) == value)
    except ValueError:
        return False
