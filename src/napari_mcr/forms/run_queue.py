"""Jobs that wait until the run before them has ended."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from qtpy.QtCore import Qt, Signal  # type: ignore[attr-defined]
from qtpy.QtGui import QKeySequence, QShortcut  # type: ignore[attr-defined]
from qtpy.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QLabel,
    QListWidget,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from napari_mcr.layers.result_layers import ResultLayers

_HEIGHT = 92


@dataclass(frozen=True, eq=False)
class Waiting:
    """A job, and where its result goes.

    Attributes:
        job: JSON data.
        layers: what shows it.
        batch: jobs that were asked for at once have the same.
        replaces: the recording that the job goes on from; it goes when there is one of this job.
    """

    job: Mapping[str, Any]
    layers: ResultLayers
    batch: int
    replaces: Path | None = None


class RunQueue(QWidget):
    """A list of jobs, the next one first; hidden while it is empty."""

    #: A `Waiting` that will not run.
    removed = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self._jobs: list[Waiting] = []
        self._title = QLabel()
        self.list = QListWidget()
        self.list.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.list.setMaximumHeight(_HEIGHT)
        self.list.setToolTip("Jobs that run when those before them have ended.")
        self.list.setAccessibleName("queue")
        self.remove_button = QPushButton("Remove")
        self.remove_button.setToolTip("Take the selected jobs off the queue (Del).")
        self.remove_button.clicked.connect(self.remove_selected)
        delete = QShortcut(QKeySequence(Qt.Key.Key_Delete), self.list)
        delete.setContext(Qt.ShortcutContext.WidgetShortcut)
        delete.activated.connect(self.remove_selected)
        head = QHBoxLayout()
        head.addWidget(self._title, 1)
        head.addWidget(self.remove_button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        layout.addLayout(head)
        layout.addWidget(self.list)
        self.list.itemSelectionChanged.connect(self._enable)
        self._show()

    def __len__(self) -> int:
        return len(self._jobs)

    def add(self, jobs: Iterable[Waiting]) -> None:
        """Put jobs at the end."""
        self._jobs += jobs
        self._show()

    def pop(self) -> Waiting | None:
        """Take the next job."""
        first = self._jobs.pop(0) if self._jobs else None
        self._show()
        return first

    def drop(self, batch: int) -> None:
        """Remove the jobs of a batch."""
        self._remove([job for job in self._jobs if job.batch == batch])

    def remove_selected(self) -> None:
        """Remove what is selected."""
        rows = {self.list.row(item) for item in self.list.selectedItems()}
        self._remove([job for row, job in enumerate(self._jobs) if row in rows])

    def _remove(self, jobs: Sequence[Waiting]) -> None:
        self._jobs = [job for job in self._jobs if job not in jobs]
        self._show()
        for job in jobs:
            self.removed.emit(job)

    def _show(self) -> None:
        self.list.clear()
        self.list.addItems([job.layers.title for job in self._jobs])
        count = len(self._jobs)
        self._title.setText(f"Queue: {count} job{'s' if count > 1 else ''}")
        self.setVisible(count > 0)
        self._enable()

    def _enable(self) -> None:
        self.remove_button.setEnabled(bool(self.list.selectedItems()))
