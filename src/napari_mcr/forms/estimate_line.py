"""One line that says what a run would take."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from qtpy.QtWidgets import QGraphicsOpacityEffect
from superqt import QElidingLabel

from napari_mcr.forms.tooltips import wrapped
from napari_mcr.runs.progress import duration

_MB, _GB = 1e6, 1e9
#: How much is seen of words that no longer hold.
_DIM = 0.45
_ALL = (
    "What the run would take: memory, and time from some of its iterations. It may end earlier; "
    "swaps after the last iteration come on top."
)
_TOO_MUCH = "Choose a smaller extent, another preset, or under Advanced another optimizer."
#: Pixels that styles leave beside the words of a label.
_PADDING = 10
#: What an empty line holds: its height is kept, and nothing below it moves.
_NOTHING = "\N{NO-BREAK SPACE}"


class EstimateLine(QElidingLabel):
    """Memory at once, time a little later; or why not. Empty while nothing is known.

    What is too long for the line is cut short.
    """

    def __init__(self) -> None:
        super().__init__(_NOTHING)
        self.setEllipsesWidth(_PADDING)
        self._error_color = ""
        self._problem = ""
        self._dimmed = QGraphicsOpacityEffect(self)
        self._dimmed.setOpacity(_DIM)
        self._dimmed.setEnabled(False)
        self.setGraphicsEffect(self._dimmed)
        self.setToolTip(wrapped(_ALL))
        self.setAccessibleName("estimate")

    @property
    def words(self) -> str:
        """What it says."""
        return self.text().strip()

    @property
    def is_stale(self) -> bool:
        """Whether it is dimmed: the forms have changed since."""
        return self._dimmed.isEnabled()

    def set_error_color(self, color: str) -> None:
        """Follow the colours of the viewer."""
        self._error_color = color
        self._paint(self._problem)

    def empty(self) -> None:
        """Say nothing."""
        self._paint("")
        self.show_stale(False)
        self.setText(_NOTHING)

    def show_stale(self, stale: bool = True) -> None:
        """Dim what it says, or no longer."""
        self._dimmed.setEnabled(stale)

    def show_found(self, found: Mapping[str, Any], seeds: int, *, timing: bool) -> None:
        """Show an estimate.

        Args:
            found: the answer of the child.
            seeds: how many runs there would be.
            timing: the time is still to come.
        """
        self._paint("" if found["fits"] else _TOO_MUCH)
        self.show_stale(False)
        space, limit = _size(found["memory"]), found["limit"]
        if limit is not None:
            space += f" of {_size(limit)}"
        if self._problem:
            self.setText(f"Does not fit: {space}")
            return
        if timing:
            self.setText(f"{space} · timing …")
            return
        device = str(found["device"]).upper()
        if found["seconds"] is None:  # it ends before its pace is known
            self.setText(f"A few iterations · {space} · {device}")
            return
        each = " each" if seeds > 1 else ""
        time = duration(found["seconds"]) or "more than 100 h"
        self.setText(f"About {time}{each} · {space} · {device}")

    def show_refusal(self, error: str) -> None:
        """Show that a run would be refused; its tooltip says all of the reason.

        Args:
            error: in one line.
        """
        self._paint(error)
        self.show_stale(False)
        self.setText(f"Refused: {error}")

    def _paint(self, problem: str) -> None:
        """Show whether there is a problem, and what it is, in the colour and the tooltip."""
        self._problem = problem
        self.setStyleSheet(f"color: {self._error_color};" if problem else "")
        self.setToolTip(wrapped(problem or _ALL))


def _size(memory: float) -> str:
    """Bytes as text."""
    if memory < _GB:
        return f"{memory / _MB:.0f} MB"
    return f"{memory / _GB:.1f} GB" if memory < 10 * _GB else f"{memory / _GB:.0f} GB"
