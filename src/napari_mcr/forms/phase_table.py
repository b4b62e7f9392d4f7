"""Which class of pixels is which phase, and how phases are called and coloured."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from qtpy.QtCore import Qt, Signal  # type: ignore[attr-defined]
from qtpy.QtGui import QColor
from qtpy.QtWidgets import (
    QAbstractItemView,
    QColorDialog,
    QHeaderView,
    QSizePolicy,
    QSpinBox,
    QTableWidget,
    QTableWidgetItem,
    QToolButton,
)

from napari_mcr.forms.wheel import IgnoreWheel
from napari_mcr.layers.phase_layer import PALETTE

_HEADS = ("value", "share", "phase", "name", "")
_VALUE, _SHARE, _PHASE, _NAME, _COLOR = range(5)
_TIPS = (
    "The value in the layer, or the grey values.",
    "Share of the pixels.",
    "The phase value in the new layer: give several rows the same one to merge them.",
    "What the phase is called; it travels with the layer.",
    "The colour of the phase.",
)
_OUTSIDE = -1
#: Label TIFFs hold no larger one.
LARGEST_PHASE = 65535
_ROW_HEIGHT = 26
_HEAD_HEIGHT = 24
#: Room for *outside* between the arrows.
_SPIN_WIDTH = 92
_MOST_ROWS = 8


@dataclass(frozen=True)
class Row:
    """A class of pixels.

    Attributes:
        text: the values that belong to it.
        share: of the pixels, 0 to 1.
        phase: the phase value that stands for it; None if it is no part of the image.
    """

    text: str
    share: float
    phase: int | None


class PhaseTable(QTableWidget):
    """One line for every class; `changed` tells that phases, names or colours are others."""

    changed = Signal()

    def __init__(self) -> None:
        super().__init__(0, len(_HEADS))
        for column, (head, tip) in enumerate(zip(_HEADS, _TIPS, strict=True)):
            item = QTableWidgetItem(head)
            item.setToolTip(tip)
            self.setHorizontalHeaderItem(column, item)
        header = self.horizontalHeader()
        header.setMinimumSectionSize(28)
        header.setFixedHeight(_HEAD_HEIGHT)
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(_NAME, QHeaderView.ResizeMode.Stretch)
        for column, width in ((_PHASE, _SPIN_WIDTH), (_COLOR, 32)):
            header.setSectionResizeMode(column, QHeaderView.ResizeMode.Fixed)
            self.setColumnWidth(column, width)
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(_ROW_HEIGHT)
        self.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.setTabKeyNavigation(False)
        self.names: dict[int, str] = {}
        self.colors: dict[int, str] = {}
        self._phases: list[int | None] = []
        self._texts: list[str] = []
        self._spins: list[QSpinBox] = []
        self._fills = False
        self._wheel = IgnoreWheel(self)
        self.itemChanged.connect(self._rename)
        self.set_rows((), {}, {})

    @property
    def phases(self) -> list[int | None]:
        """The phase value of every class; None where it is outside."""
        return list(self._phases)

    @property
    def texts(self) -> list[str]:
        """What the rows say of their classes."""
        return list(self._texts)

    @property
    def used(self) -> list[int]:
        """The phase values, ascending."""
        return sorted({phase for phase in self._phases if phase is not None})

    def set_rows(
        self, rows: Sequence[Row], names: Mapping[int, str], colors: Mapping[int, str]
    ) -> None:
        """Show other classes.

        Args:
            rows: from top to bottom.
            names: of phases; those that are missing are numbered.
            colors: of phases, as #rrggbb; those that are missing come from the palette.
        """
        self._fills = True
        self.names, self.colors = dict(names), dict(colors)
        self._phases = [row.phase for row in rows]
        self._texts = [row.text for row in rows]
        self._spins = [self._spin_box(index, row.phase) for index, row in enumerate(rows)]
        self.setRowCount(0)
        self.setRowCount(len(rows))
        for index in range(len(rows)):
            self.setItem(index, _NAME, QTableWidgetItem())
            self.setCellWidget(index, _PHASE, self._spins[index])
            self.setCellWidget(index, _COLOR, self._swatch(index))
        self.set_shares(self._texts, [row.share for row in rows])
        self._show_phases()
        shown = min(max(len(rows), 1), _MOST_ROWS)
        self.setFixedHeight(_HEAD_HEIGHT + _ROW_HEIGHT * shown + 4)
        self._wheel.watch(self)

    def set_shares(self, texts: Sequence[str], shares: Sequence[float]) -> None:
        """Change what the rows say of their classes."""
        self._fills = True
        self._texts = list(texts)
        right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        for index, (text, share) in enumerate(zip(texts, shares, strict=True)):
            for column, shown in ((_VALUE, text), (_SHARE, _percent(share))):
                item = QTableWidgetItem(shown)
                item.setFlags(Qt.ItemFlag.ItemIsEnabled)
                if column == _SHARE:
                    item.setTextAlignment(right)
                self.setItem(index, column, item)
        self._fills = False

    def set_phase(self, row: int, phase: int | None) -> None:
        """Give a class another phase."""
        self._spins[row].setValue(_OUTSIDE if phase is None else phase)

    def set_color(self, row: int, color: str) -> None:
        """Give the phase of a row another colour."""
        phase = self._phases[row]
        if phase is not None:
            self.colors[phase] = color
            self._show_phases()
            self.changed.emit()

    def _spin_box(self, row: int, phase: int | None) -> QSpinBox:
        box = QSpinBox()
        box.setRange(_OUTSIDE, LARGEST_PHASE)
        box.setSpecialValueText("outside")
        box.setKeyboardTracking(False)
        # Its own hint is wider than the column, and would hide what stands beside it.
        box.setFixedWidth(_SPIN_WIDTH)
        box.setValue(_OUTSIDE if phase is None else phase)
        box.setToolTip(f"{_TIPS[_PHASE]} Below 0: outside (masked).")
        box.valueChanged.connect(lambda value: self._choose(row, value))
        return box

    def _swatch(self, row: int) -> QToolButton:
        button = QToolButton()
        button.setToolTip("Choose the colour of this phase.")
        button.clicked.connect(lambda: self._ask_color(row))
        return button

    def _choose(self, row: int, value: int) -> None:
        self._phases[row] = None if value == _OUTSIDE else value
        self._show_phases()
        self.changed.emit()

    def _rename(self, item: QTableWidgetItem) -> None:
        if self._fills or item.column() != _NAME:
            return
        phase = self._phases[item.row()]
        if phase is not None:
            self.names[phase] = item.text().strip() or f"phase {phase}"
            self._show_phases()
            self.changed.emit()

    def _ask_color(self, row: int) -> None:
        phase = self._phases[row]
        if phase is None:
            return
        color = QColorDialog.getColor(
            QColor(self.colors[phase]), self, f"Colour of {self.names[phase]}"
        )
        if color.isValid():
            self.set_color(row, color.name())

    def _show_phases(self) -> None:
        """Show names and colours, new ones for phases that have none."""
        self._fills = True
        for used in self.used:
            self.names.setdefault(used, f"phase {used}")
            if used not in self.colors:
                taken = {self.colors[other] for other in self.used if other in self.colors}
                free = [color for color in PALETTE if color not in taken] or PALETTE
                self.colors[used] = free[0]
        for index, phase in enumerate(self._phases):
            name: Any = self.item(index, _NAME)
            flags = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsEditable
            name.setFlags(Qt.ItemFlag.NoItemFlags if phase is None else flags)
            name.setText("" if phase is None else self.names[phase])
            swatch = self.cellWidget(index, _COLOR)
            swatch.setEnabled(phase is not None)
            color = "transparent" if phase is None else self.colors[phase]
            swatch.setStyleSheet(
                f"QToolButton {{ background: {color}; border: 1px solid #808080; "
                "border-radius: 3px; margin: 4px; }"
            )
        self._fills = False


def _percent(share: float) -> str:
    return f"{100 * share:.1f} %" if share >= 0.001 or share == 0 else "<0.1 %"
