"""The characterizations of a session: which are shown, each in a colour of its own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from qtpy.QtCore import Qt, Signal  # type: ignore[attr-defined]
from qtpy.QtGui import QColor, QKeySequence, QPixmap
from qtpy.QtWidgets import (  # type: ignore[attr-defined]
    QListWidget,
    QListWidgetItem,
    QShortcut,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from mcr_core.characterization import Characterization
from mcr_core.figures.overlay import Source
from mcr_core.figures.palette import overlay_colors
from mcr_core.wording import descriptor_name, source_name
from napari_mcr.forms.tooltips import wrapped

_ROWS = 4


@dataclass(frozen=True, eq=False)
class _Entry:
    source: Source
    item: QListWidgetItem


class CharacterizationList(QWidget):
    """A line for each characterization, with a box to check; `changed` tells of any change."""

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._entries: list[_Entry] = []
        self.list = QListWidget()
        self.list.setToolTip("Those that are checked are drawn; Delete removes one.")
        self.list.setUniformItemSizes(True)
        self.list.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.list)
        self.list.itemChanged.connect(lambda _: self.changed.emit())
        delete = QShortcut(QKeySequence(Qt.Key.Key_Delete), self.list)
        delete.setContext(Qt.ShortcutContext.WidgetShortcut)
        delete.activated.connect(self.remove)

    def __len__(self) -> int:
        return len(self._entries)

    @property
    def checked(self) -> list[Source]:
        """Those that are checked, from top to bottom."""
        on = Qt.CheckState.Checked
        return [entry.source for entry in self._entries if entry.item.checkState() == on]

    @property
    def current(self) -> Source | None:
        """The selected one."""
        row = self.list.currentRow()
        return self._entries[row].source if 0 <= row < len(self._entries) else None

    def add(self, name: str, characterization: Characterization) -> Source:
        """Add a characterization, checked and selected; its name may get a number."""
        names = {entry.source.name for entry in self._entries}
        free = name
        number = 1
        while free in names:
            number += 1
            free = f"{name} ({number})"
        source = Source(free, characterization, self._color())
        item = QListWidgetItem(free)
        item.setFlags(item.flags() | Qt.ItemFlag.ItemIsUserCheckable)
        item.setCheckState(Qt.CheckState.Checked)
        swatch = QPixmap(12, 12)
        swatch.fill(QColor(source.color))
        item.setIcon(swatch)
        item.setToolTip(_told(free, characterization))
        self._entries.append(_Entry(source, item))
        self.list.addItem(item)
        self.list.setCurrentItem(item)
        self._fit()
        self.changed.emit()
        return source

    def remove(self) -> None:
        """Remove the selected one."""
        row = self.list.currentRow()
        if 0 <= row < len(self._entries):
            del self._entries[row]
            self.list.takeItem(row)
            self._fit()
            self.changed.emit()

    def check(self, row: int, checked: bool) -> None:
        """Check a line, or not."""
        state = Qt.CheckState.Checked if checked else Qt.CheckState.Unchecked
        self._entries[row].item.setCheckState(state)

    def _color(self) -> str:
        """The colour that is used least; what is shown keeps its own."""
        taken = [entry.source.color for entry in self._entries]
        return min(overlay_colors(), key=taken.count)

    def _fit(self) -> None:
        height = max(self.list.sizeHintForRow(0), 16)
        frame = 2 * self.list.frameWidth() + 2
        self.list.setFixedHeight(min(max(len(self._entries), 1), _ROWS) * height + frame)


def _told(name: str, characterization: Characterization) -> str:
    descriptors: Sequence[str] = [descriptor_name(d) for d in characterization.descriptors]
    return wrapped(
        f"{name}: {source_name(characterization)}",
        "; ".join(descriptors),
        *characterization.notes,
    )
