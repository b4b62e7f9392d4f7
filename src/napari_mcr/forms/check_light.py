"""What `check` has found, as a traffic light with its sentences."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from qtpy.QtCore import Qt
from qtpy.QtWidgets import QGridLayout, QLabel, QVBoxLayout, QWidget

from napari_mcr.forms.in_docks import in_docks

#: Colours that differ in lightness, a sign and a word: no colour has to be told from another.
_LIGHTS = {
    "ok": ("#2ba36b", "✓", "Good"),
    "note": ("#f2c14e", "!", "Worth knowing"),
    "problem": ("#d1495b", "✕", "Not as it is"),
}


class CheckLight(QWidget):
    """A light and a word for the whole image, and one for every finding."""

    def __init__(self) -> None:
        super().__init__()
        self.light, self.word = QLabel(), QLabel()
        self._findings: QWidget | None = None
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        top = QWidget()
        row = QGridLayout(top)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.light, 0, 0)
        row.addWidget(self.word, 0, 1)
        row.setColumnStretch(1, 1)
        self._column.addWidget(top)
        self.texts: list[str] = []

    def show_check(self, found: Mapping[str, Any], subject: str) -> None:
        """Show findings.

        Args:
            found: `Check.as_dict()`.
            subject: what was checked.
        """
        self.clear()
        _shine(self.light, found["level"], 22)
        self.word.setText(f"<b>{_LIGHTS[found['level']][2]}</b> · {subject}")
        self._findings = QWidget()
        grid = QGridLayout(self._findings)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setVerticalSpacing(6)
        grid.setColumnStretch(1, 1)
        worst_first = sorted(found["findings"], key=lambda one: -list(_LIGHTS).index(one["level"]))
        for index, finding in enumerate(worst_first):
            dot, told = QLabel(), _told(finding)
            text = QLabel(f"<b>{finding['name'].capitalize()}.</b> {_escaped(told)}")
            _shine(dot, finding["level"], 16)
            text.setTextFormat(Qt.TextFormat.RichText)
            text.setWordWrap(True)
            text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            grid.addWidget(dot, index, 0, Qt.AlignmentFlag.AlignTop)
            grid.addWidget(text, index, 1)
            self.texts.append(told)
        self._column.addWidget(self._findings)

    def clear(self) -> None:
        """Forget the findings."""
        if self._findings is not None:
            self._column.removeWidget(self._findings)
            self._findings.deleteLater()
            self._findings = None
        self.texts = []
        self.word.setText("")


def _told(finding: Mapping[str, Any]) -> str:
    """The text of a finding, and on lines of their own what to do."""
    to_do = in_docks(finding["command"], finding["numbers"])
    return "".join((finding["text"], *map("\n→ {}".format, to_do)))


def _shine(label: QLabel, level: str, size: int) -> None:
    color, sign, word = _LIGHTS[level]
    label.setText(sign)
    label.setToolTip(word)
    label.setAccessibleName(word)
    label.setAlignment(Qt.AlignmentFlag.AlignCenter)
    label.setFixedSize(size, size)
    label.setStyleSheet(
        f"background: {color}; color: #10141c; font-weight: bold; "
        f"border-radius: {size // 2}px; font-size: {size * 6 // 10}px;"
    )


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace("\n", "<br>")
