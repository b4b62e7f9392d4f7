"""An offer to go on with runs that were interrupted."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from qtpy.QtCore import Signal  # type: ignore[attr-defined]
from qtpy.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QMessageBox,
    QPushButton,
    QSizePolicy,
)

from napari_mcr.docks.layout import Box
from napari_mcr.forms.narrow_box import NarrowBox
from napari_mcr.runs.checkpoints import Checkpoint


class InterruptedRuns(Box):
    """What runs have left, and buttons to go on, to look and to delete; hidden without any."""

    #: A `Checkpoint`, to go on from.
    proceed = Signal(object)
    #: A `Checkpoint`, to be shown.
    show_state = Signal(object)
    #: A `Checkpoint`, to be deleted.
    discard = Signal(object)

    def __init__(self) -> None:
        super().__init__("Interrupted")
        self._found: list[Checkpoint] = []
        self.choice = NarrowBox()
        self.choice.setToolTip("Runs that were interrupted, the newest first.")
        self.choice.setAccessibleName("interrupted run")
        self.choice.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.words = QLabel()
        self.words.setWordWrap(True)
        self.proceed_button = QPushButton("Continue")
        self.proceed_button.setToolTip("Run the iterations that are left, from the last state.")
        self.show_button = QPushButton("Show")
        self.show_button.setToolTip("Add the last state as a layer.")
        self.discard_button = QPushButton("Discard")
        self.discard_button.setToolTip("Delete what is left of the run.")
        row = QHBoxLayout()
        row.setSpacing(4)
        for button, signal in (
            (self.proceed_button, self.proceed),
            (self.show_button, self.show_state),
            (self.discard_button, self.discard),
        ):
            row.addWidget(button, 1)
            button.clicked.connect(lambda _=False, signal=signal: signal.emit(self.chosen))
        self.discard_all_button = QPushButton("Discard all …")
        self.discard_all_button.setToolTip("Delete what is left of all these runs.")
        self.discard_all_button.clicked.connect(self._discard_all)
        row.addWidget(self.discard_all_button)
        self.add(self.choice)
        self.add(self.words)
        self._column.addLayout(row)
        self.choice.currentIndexChanged.connect(self._tell)
        self.hide()

    @property
    def found(self) -> tuple[Checkpoint, ...]:
        """What is offered."""
        return tuple(self._found)

    @property
    def chosen(self) -> Checkpoint:
        """The one that the buttons are about."""
        return self._found[max(self.choice.currentIndex(), 0)]

    def offer(self, found: Sequence[Checkpoint]) -> None:
        """Offer more."""
        known = {one.file for one in self._found}
        self._found += [one for one in found if one.file not in known]
        self._fill()

    def take_away(self, one: Checkpoint) -> None:
        """Offer one no longer."""
        self._found = [other for other in self._found if other.file != one.file]
        self._fill()

    def _fill(self) -> None:
        self.choice.blockSignals(True)
        self.choice.clear()
        self.choice.addItems([one.name for one in self._found])
        self.choice.blockSignals(False)
        for part in (self.choice, self.discard_all_button):
            part.setVisible(len(self._found) > 1)
        self.setVisible(bool(self._found))
        self._tell()

    def _discard_all(self) -> None:
        asked = f"Delete what is left of {len(self._found)} runs?"
        answer = QMessageBox.question(self, "Discard all", asked)
        if answer == QMessageBox.StandardButton.Yes:
            for one in self.found:
                self.discard.emit(one)

    def _tell(self) -> None:
        if self._found:
            self.words.setText(sentence(self.chosen, datetime.now().astimezone()))
            self.proceed_button.setEnabled(not self.chosen.ended)


def sentence(found: Checkpoint, now: datetime) -> str:
    """Say what was interrupted, and when.

    Args:
        found: the run.
        now: the time, with its zone.
    """
    when = moment(found.written, now)
    if found.ended:
        return f"The result of a run was not kept: {found.name}, {when}."
    return (
        f"A run was interrupted: {found.name}, iteration {found.iteration} of {found.max_iter}, "
        f"{when}."
    )


def moment(then: datetime, now: datetime) -> str:
    """Say when something was, in words."""
    local = then.astimezone(now.tzinfo)
    days = (now.date() - local.date()) // timedelta(days=1)
    day = {0: "today", 1: "yesterday"}.get(days, f"{local:%Y-%m-%d}")
    return f"{day} {local:%H:%M}"
