"""A form for the options of a plugin, or for settings, made from their JSON schema."""

from __future__ import annotations

import contextlib
from collections.abc import Collection, Mapping
from typing import Any

from qtpy.QtWidgets import QFormLayout, QLabel, QWidget

from napari_mcr.forms.editors import Editor, editor_for

_LABEL_WIDTH = 92
_FIELD_WIDTH = 60


class SchemaForm(QWidget):
    """One line for every option.

    Args:
        schema: JSON schema of a model.
        leave_out: options that have no place here.
    """

    def __init__(self, schema: Mapping[str, Any], leave_out: Collection[str] = ()) -> None:
        super().__init__()
        layout = form_layout(self)
        self._editors: dict[str, Editor] = {}
        definitions = schema.get("$defs", {})
        for name, option in schema.get("properties", {}).items():
            if name in leave_out:
                continue
            editor = editor_for(name, option, definitions)
            add_row(layout, name.replace("_", " "), editor.widget, editor.widget.toolTip())
            self._editors[name] = editor

    @property
    def names(self) -> list[str]:
        """The options that the form shows."""
        return list(self._editors)

    def values(self) -> dict[str, Any]:
        """Return the options as JSON data.

        Raises:
            InputError: a field holds no value.
        """
        return {name: editor.value() for name, editor in self._editors.items()}

    def value(self, name: str) -> Any:
        """Return one option as JSON data.

        Raises:
            InputError: its field holds no value.
        """
        return self._editors[name].value()

    def set_values(self, **values: Any) -> None:
        """Show values."""
        for name, value in values.items():
            self._editors[name].set_value(value)

    def restore(self, values: Any) -> None:
        """Show values of an earlier session, as far as there are such options still."""
        if not isinstance(values, Mapping):
            return
        for name, editor in self._editors.items():
            if name in values:
                with contextlib.suppress(TypeError, ValueError, OverflowError):
                    editor.set_value(values[name])


def form_layout(parent: QWidget) -> QFormLayout:
    """Return a layout of labels and fields, tight, whose fields take the width there is."""
    layout = QFormLayout(parent)
    layout.setContentsMargins(0, 0, 0, 0)
    layout.setVerticalSpacing(4)
    layout.setHorizontalSpacing(8)
    layout.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
    return layout


def add_row(
    layout: QFormLayout,
    text: str,
    field: QWidget,
    tooltip: str = "",
    label_width: int = _LABEL_WIDTH,
) -> None:
    """Add a line; fields of several forms that stand above each other begin at one place."""
    label = QLabel(text)
    label.setMinimumWidth(label_width)
    label.setToolTip(tooltip)
    # The hint of a field says how wide it would like to be; a narrow dock must not cut it.
    field.setMinimumWidth(_FIELD_WIDTH)
    layout.addRow(label, field)
