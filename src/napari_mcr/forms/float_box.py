"""A field for numbers of any size."""

from __future__ import annotations

from qtpy.QtCore import QSize
from qtpy.QtGui import QValidator
from qtpy.QtWidgets import QAbstractSpinBox, QDoubleSpinBox


class FloatBox(QDoubleSpinBox):
    """Numbers as they are written by hand: 10, 0.02, 1e-9."""

    def __init__(self) -> None:
        super().__init__()
        self.setDecimals(12)
        self.setStepType(QAbstractSpinBox.StepType.AdaptiveDecimalStepType)
        self.setKeyboardTracking(False)

    def textFromValue(self, value: float) -> str:
        """Qt calls this to show a value."""
        return f"{value:.12g}"

    def valueFromText(self, text: str) -> float:
        """Qt calls this to read the field."""
        try:
            return float(text)
        except ValueError:
            return float(self.value())

    def validate(self, text: str, position: int) -> tuple[QValidator.State, str, int]:
        """Qt calls this at every key."""
        try:
            fits = self.minimum() <= float(text) <= self.maximum()
        except ValueError:
            started = set(text) <= set("+-.eE0123456789")
            state = QValidator.State.Intermediate if started else QValidator.State.Invalid
            return state, text, position
        state = QValidator.State.Acceptable if fits else QValidator.State.Intermediate
        return state, text, position

    def stepBy(self, steps: int) -> None:
        """Qt calls this for the arrows; its own step at 0 is the smallest number there is."""
        if self.value() == 0:
            self.setValue(0.1 * steps)
        else:
            super().stepBy(steps)

    def sizeHint(self) -> QSize:
        """Qt reserves room for the longest number of the range, all decimals of it."""
        size = super().sizeHint()
        size.setWidth(90)
        return size

    minimumSizeHint = sizeHint
