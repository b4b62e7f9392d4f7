"""An offer to go on with what was interrupted: runs, and jobs that waited."""

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
from napari_mcr.runs.checkpoints import Left
from napari_mcr.runs.kept_job import LeftJob


class InterruptedRuns(Box):
    """What is left, and buttons to go on, to look and to delete; hidden where there is nothing."""

    #: A `Left`, to go on from.
    proceed = Signal(object)
    #: A `Checkpoint`, to be shown.
    show_state = Signal(object)
    #: A `Left`, to be deleted.
    discard = Signal(object)

    def __init__(self) -> None:
        super().__init__("Interrupted")
        self._found: list[Left] = []
        self.choice = NarrowBox()
        self.choice.setToolTip(
            "Runs that were interrupted, the newest first; then jobs that had not begun."
        )
        self.choice.setAccessibleName("interrupted run")
        self.choice.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.words = QLabel()
        self.words.setWordWrap(True)
        self.proceed_button = QPushButton("Continue")
        self.proceed_button.setToolTip(
            "Run the iterations that are left, from the last state;\na job that had not begun, "
            "from its beginning."
        )
        self.show_button = QPushButton("Show")
        self.show_button.setToolTip("Add the last state as a layer.")
        self.discard_button = QPushButton("Discard")
        self.discard_button.setToolTip("Delete what is left of this run or job.")
        row = QHBoxLayout()
        row.setSpacing(4)
        for button, signal in (
            (self.proceed_button, self.proceed),
            (self.show_button, self.show_state),
            (self.discard_button, self.discard),
        ):
            row.addWidget(button, 1)
            button.clicked.connect(lambda _=False, signal=signal: signal.emit(self.chosen))
        self.proceed_all_button = QPushButton("Continue all")
        self.proceed_all_button.setToolTip(
            "Continue all that has not ended, one after the other, as they are listed."
        )
        self.proceed_all_button.clicked.connect(self._proceed_all)
        self.discard_all_button = QPushButton("Discard all …")
        self.discard_all_button.setToolTip("Delete what is left of all these runs and jobs.")
        self.discard_all_button.clicked.connect(self._discard_all)
        all_row = QHBoxLayout()
        all_row.setSpacing(4)
        all_row.addWidget(self.proceed_all_button, 1)
        all_row.addWidget(self.discard_all_button, 1)
        self.add(self.choice)
        self.add(self.words)
        self._column.addLayout(row)
        self._column.addLayout(all_row)
        self.choice.currentIndexChanged.connect(self._tell)
        self.hide()

    @property
    def found(self) -> tuple[Left, ...]:
        """What is offered."""
        return tuple(self._found)

    @property
    def chosen(self) -> Left:
        """The one that the buttons are about."""
        return self._found[max(self.choice.currentIndex(), 0)]

    def offer(self, found: Sequence[Left]) -> None:
        """Offer more."""
        known = {one.file for one in self._found}
        self._found += [one for one in found if one.file not in known]
        self._fill()

    def take_away(self, one: Left) -> None:
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
        self.proceed_all_button.setVisible(sum(map(_can_proceed, self._found)) > 1)
        self.setVisible(bool(self._found))
        self._tell()

    def _proceed_all(self) -> None:
        for one in filter(_can_proceed, self.found):
            self.proceed.emit(one)

    def _discard_all(self) -> None:
        asked = f"Delete what is left of {len(self._found)} runs?"
        answer = QMessageBox.question(self, "Discard all", asked)
        if answer == QMessageBox.StandardButton.Yes:
            for one in self.found:
                self.discard.emit(one)

    def _tell(self) -> None:
        if self._found:
            self.words.setText(sentence(self.chosen, datetime.now().astimezone()))
            self.proceed_button.setEnabled(_can_proceed(self.chosen))
            self.show_button.setEnabled(not isinstance(self.chosen, LeftJob))


def sentence(found: Left, now: datetime) -> str:
    """Say what was interrupted, and when.

    Args:
        found: the run, or the job.
        now: the time, with its zone.
    """
    if isinstance(found, LeftJob):
        return f"A job had not begun: {found.name}, asked for {moment(found.asked, now)}."
    when = moment(found.written, now)
    if found.ended:
        return f"The result of a run was not kept: {found.name}, {when}."
    return (
        f"A run was interrupted: {found.name}, iteration {found.iteration} of {found.max_iter}, "
        f"{when}."
    )


def _can_proceed(one: Left) -> bool:
    return isinstance(one, LeftJob) or not one.ended


def moment(then: datetime, now: datetime) -> str:
    """Say when something was, in words."""
    local = then.astimezone(now.tzinfo)
    days = (now.date() - local.date()) // timedelta(days=1)
    day = {0: "today", 1: "yesterday"}.get(days, f"{local:%Y-%m-%d}")
    return f"{day} {local:%H:%M}"
