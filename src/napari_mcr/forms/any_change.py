"""One signal for all fields of a form."""

from __future__ import annotations

from qtpy.QtCore import QObject, Signal  # type: ignore[attr-defined]
from qtpy.QtWidgets import QAbstractSpinBox, QCheckBox, QComboBox, QLineEdit, QWidget


class AnyChange(QObject):
    """Tells that some field within a widget has changed, whatever made the form."""

    changed = Signal()

    def watch(self, root: QWidget) -> None:
        """Listen to all fields that are within a widget now."""
        for box in root.findChildren(QComboBox):
            box.currentIndexChanged.connect(self.changed)
        for check in root.findChildren(QCheckBox):
            check.toggled.connect(self.changed)
        for line in root.findChildren(QLineEdit):
            line.textChanged.connect(self.changed)
        # The line inside of one says nothing where the number is set, as by the arrows.
        for spin in root.findChildren(QAbstractSpinBox):
            spin.valueChanged.connect(self.changed)  # type: ignore[attr-defined]
