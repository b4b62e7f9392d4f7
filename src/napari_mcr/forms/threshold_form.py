"""Grey values between which phases lie: found by Otsu's method, or given."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from qtpy.QtCore import Signal  # type: ignore[attr-defined]
from qtpy.QtWidgets import QAbstractSpinBox, QComboBox, QGridLayout, QSpinBox, QVBoxLayout, QWidget

from mcr_core.errors import InputError
from mcr_core.images.threshold import MOST_OTSU_PHASES, checked_limits, otsu_limits
from mcr_core.microstructure import MAX_PHASES
from napari_mcr.forms.float_box import FloatBox
from napari_mcr.forms.schema_form import add_row, form_layout
from napari_mcr.plots.grey_histogram import GreyHistogram

_PER_ROW = 3


class ThresholdForm(QWidget):
    """Method, number of phases, and the limits between them; `changed` tells of others.

    Args:
        color: of text, as #rrggbb.
    """

    changed = Signal()

    def __init__(self, color: str) -> None:
        super().__init__()
        self._values: npt.NDArray[Any] | None = None
        self._shows = False
        self.problem = ""
        self.method = QComboBox()
        self.method.addItem("Otsu", "otsu")
        self.method.addItem("numbers", "numbers")
        self.method.setToolTip(
            "Otsu's method finds the limits that separate the histogram best, for several phases, "
            "too (multi-Otsu); or give them by hand."
        )
        self.phases = QSpinBox()
        self.phases.setRange(2, MOST_OTSU_PHASES)
        self.phases.setToolTip("How many phases the image has; some may be merged below.")
        self.histogram = GreyHistogram(color)
        self.boxes: list[FloatBox] = []
        limits = QWidget()
        self._limits = QGridLayout(limits)
        self._limits.setContentsMargins(0, 0, 0, 0)
        self._limits.setSpacing(4)
        top = QWidget()
        form = form_layout(top)
        add_row(form, "method", self.method, self.method.toolTip())
        add_row(form, "how many", self.phases, self.phases.toolTip())
        add_row(form, "limits", limits, "A pixel belongs to the phase above where it is greater.")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addWidget(top)
        column.addWidget(self.histogram)
        self.method.currentIndexChanged.connect(self._choose)
        self.phases.valueChanged.connect(self._choose)
        self.histogram.dragged.connect(self._drag)

    @property
    def limits(self) -> tuple[float, ...]:
        """The limits, ascending.

        Raises:
            InputError: two are equal, or the method finds none.
        """
        if self.problem:
            raise InputError(self.problem)
        return checked_limits([box.value() for box in self.boxes])

    def show_values(self, values: npt.NDArray[Any], limits: Sequence[float] = ()) -> None:
        """Take other grey values; Otsu's limits follow.

        Args:
            values: finite numbers, any shape.
            limits: to begin with; default: Otsu's.
        """
        self._values = values.astype(np.uint8) if values.dtype.kind == "b" else values
        self.histogram.show_values(self._values)
        self._shows = True
        if limits:
            self.method.setCurrentIndex(self.method.findData("numbers"))
            self._bound_phases()
            self.phases.setValue(len(limits) + 1)
            self._show_limits(limits)
        self._shows = False
        self._choose()

    def _choose(self) -> None:
        if self._shows or self._values is None:
            return
        self._bound_phases()
        count = self.phases.value() - 1
        self.problem = ""
        if self.method.currentData() == "otsu":
            try:
                self._show_limits(otsu_limits(self._values, count + 1))
            except InputError as error:
                self.problem = str(error)
        else:
            limits = [box.value() for box in self.boxes][:count]
            high = float(self._values.max())
            low = limits[-1] if limits else float(self._values.min())
            more = count - len(limits)
            self._show_limits([*limits, *np.linspace(low, high, more + 2)[1:-1]])
        self.changed.emit()

    def _bound_phases(self) -> None:
        otsu = self.method.currentData() == "otsu"
        shows, self._shows = self._shows, True
        self.phases.setMaximum(MOST_OTSU_PHASES if otsu else MAX_PHASES)
        self._shows = shows

    def _show_limits(self, limits: Sequence[float]) -> None:
        if self._values is None:
            return
        whole = self._values.dtype.kind in "iu"
        shows, self._shows = self._shows, True
        while len(self.boxes) > len(limits):
            box = self.boxes.pop()
            self._limits.removeWidget(box)
            box.deleteLater()
        while len(self.boxes) < len(limits):
            box = FloatBox()
            box.setMinimumWidth(60)
            box.setToolTip("A grey value: pixels that are greater belong to the phase above.")
            box.valueChanged.connect(self._type)
            self._limits.addWidget(box, len(self.boxes) // _PER_ROW, len(self.boxes) % _PER_ROW)
            self.boxes.append(box)
        for box, limit in zip(self.boxes, limits, strict=True):
            box.setRange(float(self._values.min()), float(self._values.max()))
            steps = QAbstractSpinBox.StepType
            box.setStepType(steps.DefaultStepType if whole else steps.AdaptiveDecimalStepType)
            box.setValue(self._rounded(limit))
        self.histogram.show_limits([box.value() for box in self.boxes])
        self._shows = shows

    def _type(self) -> None:
        if self._shows:
            return
        self._by_hand()
        self.histogram.show_limits([box.value() for box in self.boxes])
        self.changed.emit()

    def _drag(self, index: int, value: float) -> None:
        self._shows = True
        self.boxes[index].setValue(self._rounded(value))
        self._shows = False
        self._by_hand()
        self.changed.emit()

    def _rounded(self, value: float) -> float:
        """A limit with as many digits as the range of the values deserves."""
        if self._values is None or self._values.dtype.kind in "iu":
            return round(value)
        spread = float(self._values.max()) - float(self._values.min())
        return round(value, 4 - math.floor(math.log10(spread))) if spread > 0 else value

    def _by_hand(self) -> None:
        self.problem = ""
        self._shows = True
        self.method.setCurrentIndex(self.method.findData("numbers"))
        self._bound_phases()
        self._shows = False
