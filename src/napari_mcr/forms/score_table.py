"""The rows of a scorecard as a table that can be sorted, and that fits into a dock."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from qtpy.QtCore import QEvent, Qt, Signal  # type: ignore[attr-defined]
from qtpy.QtGui import QColor, QKeyEvent, QResizeEvent
from qtpy.QtWidgets import QAbstractItemView, QHeaderView, QTableWidget, QTableWidgetItem

Row = Mapping[str, Any]

_HEADS = ("statistic", "phase", "where", "result", "ref.", "dist.", "verdict")
_STATISTIC, _PHASE, _WHERE, _RESULT, _REFERENCE, _DISTANCE, _VERDICT = range(len(_HEADS))
#: Below this width phase and place stand under the statistic, and the reference under the result.
_NARROW = 500
#: Words, and colours that differ in lightness, too; from good to bad, then what nothing judges.
_VERDICTS = {
    "within scatter": ("within", "#2b5d73"),
    "off": ("off", "#e6a532"),
    "far off": ("far off", "#ff7a4d"),
    "prediction": ("predicted", ""),
    "not known": ("unknown", ""),
}
#: What columns must hold; the statistic takes what is left.
_WIDEST = {
    _PHASE: "phase 000",
    _WHERE: "along x",
    _RESULT: "-0.00123",
    _REFERENCE: "-0.00123",
    _DISTANCE: "100.0",
    _VERDICT: "predicted",
}
_MARGIN = 14
_DARK, _LIGHT = "#111111", "#ffffff"
_HEAD_TIPS = {
    _RESULT: "Value of the result; of a curve the mean over its entries.",
    _REFERENCE: "Value of the target, or of the truth.",
    _DISTANCE: "Distance of the result from the reference, in units of natural scatter.",
    _VERDICT: "Within scatter: no further off than 19 of 20 true samples. Far off: twice that.",
}


class ScoreTable(QTableWidget):
    """Rows of a scorecard; `chosen` tells of one that was double-clicked, or entered by Return.

    Args:
        linked: statistics that have a place in the viewer; they are marked.
    """

    chosen = Signal(int)

    def __init__(self, linked: Sequence[str]) -> None:
        super().__init__(0, len(_HEADS))
        self._linked = tuple(linked)
        self._rows: Sequence[Row] = ()
        self._narrow = True
        self.setHorizontalHeaderLabels(list(_HEADS))
        for column, tip in _HEAD_TIPS.items():
            head = self.horizontalHeaderItem(column)
            if head is not None:
                head.setToolTip(tip)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setWordWrap(False)
        # The margins of napari's style would leave no room for the names of statistics.
        self.setStyleSheet(
            "QHeaderView::section {padding: 3px 2px;} QTableWidget::item {padding: 0px 3px;}"
        )
        self.setTabKeyNavigation(False)
        self.setMinimumHeight(120)
        rows, columns = self.verticalHeader(), self.horizontalHeader()
        if rows is not None and columns is not None:
            rows.hide()
            columns.setMinimumSectionSize(24)
            columns.setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
            columns.setSectionResizeMode(_STATISTIC, QHeaderView.ResizeMode.Stretch)
            for column, text in _WIDEST.items():
                width = self.fontMetrics().horizontalAdvance(text) + _MARGIN
                columns.resizeSection(column, width)
        self.cellDoubleClicked.connect(lambda row, column: self._choose(row))
        self._fold()

    def show_rows(self, rows: Sequence[Row]) -> None:
        """Show the rows of a scorecard, as JSON data, in their order."""
        self._rows = rows
        self.setSortingEnabled(False)
        self.setRowCount(len(rows))
        for number, row in enumerate(rows):
            tip = self._tip(row)
            for column, item in enumerate(self._items(number, row)):
                item.setToolTip(tip)
                self.setItem(number, column, item)
        self._fold()
        # As they are given: prescribed first, predictions last.
        columns = self.horizontalHeader()
        if columns is not None:
            columns.setSortIndicator(-1, Qt.SortOrder.AscendingOrder)
        self.setSortingEnabled(True)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Qt calls this when the width changes."""
        super().resizeEvent(event)
        if (self.width() < _NARROW) != self._narrow:
            self._fold()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Return does what a double click does."""
        returns = (Qt.Key.Key_Return, Qt.Key.Key_Enter)
        if event.type() == QEvent.Type.KeyPress and event.key() in returns:
            if self.currentRow() >= 0:
                self._choose(self.currentRow())
            return
        super().keyPressEvent(event)

    def _choose(self, line: int) -> None:
        item = self.item(line, _STATISTIC)
        if item is not None:
            self.chosen.emit(item.data(Qt.ItemDataRole.UserRole))

    def _items(self, number: int, row: Row) -> list[_Item]:
        word, color = _VERDICTS.get(row["verdict"], (row["verdict"], ""))
        order = [*_VERDICTS].index(row["verdict"]) if row["verdict"] in _VERDICTS else 9
        items = [
            _Item(_name(row, self._linked), row["statistic"]),
            _Item(row["phase"], row["phase"]),
            _Item(_where(row), row["where"]),
            *(_Item(_number(row[key]), row[key]) for key in ("result", "reference")),
            _Item("" if row["distance"] is None else f"{row['distance']:.1f}", row["distance"]),
            _Item(word, order),
        ]
        items[_STATISTIC].setData(Qt.ItemDataRole.UserRole, number)
        for item in items[_RESULT : _DISTANCE + 1]:
            item.setTextAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        items[_VERDICT].setTextAlignment(Qt.AlignmentFlag.AlignCenter)
        if color:
            items[_VERDICT].setBackground(QColor(color))
            dark = QColor(color).lightness() > 120
            items[_VERDICT].setForeground(QColor(_DARK if dark else _LIGHT))
        return items

    def _fold(self) -> None:
        """Put phase and place under the statistic where columns of their own do not fit."""
        self._narrow = self.width() < _NARROW
        sorting = self.isSortingEnabled()
        self.setSortingEnabled(False)
        for column in (_PHASE, _WHERE, _REFERENCE):
            self.setColumnHidden(column, self._narrow)
        head = self.horizontalHeaderItem(_RESULT)
        if head is not None:
            head.setText("result\nref." if self._narrow else "result")
        for line in range(self.rowCount()):
            item, result = self.item(line, _STATISTIC), self.item(line, _RESULT)
            if item is None or result is None:
                continue
            row = self._rows[item.data(Qt.ItemDataRole.UserRole)]
            below = ", ".join(part for part in (row["phase"], _where(row)) if part)
            name = _name(row, self._linked)
            item.setText(f"{name}\n{below}" if self._narrow and below else name)
            both = "\n".join(_number(row[key]) for key in ("result", "reference"))
            result.setText(both if self._narrow else _number(row["result"]))
        self.resizeRowsToContents()
        self.setSortingEnabled(sorting)

    def _tip(self, row: Row) -> str:
        unit = f" {row['unit']}" if row["unit"] else ""
        where = f", {row['where']}" if row["where"] else ""
        parts = [f"{row['statistic']} of {row['phase']}{where} ({row['family']})"]
        if row["compared_with"] == "nothing":
            parts.append("a prediction: nothing is known to compare it with")
        else:
            parts.append(f"compared with the {row['compared_with']}")
        for key, text in (("result", "result"), ("reference", "reference"),
                          ("null_model", "null model")):  # fmt: skip
            if row[key] is not None:
                parts.append(f"{text} {row[key]:.4g}{unit}")
        if row["against_null"]:
            words = {"tie": "a tie with"}.get(row["against_null"], f"{row['against_null']} than")
            parts.append(f"{words} the null model")
        if row["statistic"] in self._linked:
            parts.append("double click or Return: show the place")
        return "\n".join(parts)


class _Item(QTableWidgetItem):
    """A cell that is sorted by a value, not by its text; cells without one come last."""

    def __init__(self, text: str, value: str | float | None) -> None:
        super().__init__(text)
        self._key = (value is None, value if value is not None else 0)

    def __lt__(self, other: QTableWidgetItem) -> bool:
        if isinstance(other, _Item) and type(self._key[1]) is type(other._key[1]):
            return bool(self._key < other._key)
        return isinstance(other, _Item) and self._key[0] < other._key[0]


def _name(row: Row, linked: Sequence[str]) -> str:
    return f"{row['statistic']} ◎" if row["statistic"] in linked else str(row["statistic"])


def _where(row: Row) -> str:
    """`xy` for `xy planes`: a table that must be narrow."""
    return str(row["where"]).removesuffix(" planes")


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.3g}"
