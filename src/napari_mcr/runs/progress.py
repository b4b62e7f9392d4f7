"""How far a run is, and what was said about it."""

from __future__ import annotations

import math

from qtpy.QtCore import Qt
from qtpy.QtWidgets import QLabel, QProgressBar, QVBoxLayout, QWidget

from mcr_core.grey import DECIDED
from mcr_core.remote import Result, State
from napari_mcr.forms.tooltips import wrapped
from napari_mcr.plots.loss_curve import LossCurve

_PHASES = {
    "loading": "Loading TensorFlow …",
    "compiling": "Compiling …",
    "finishing": "Finishing …",
}
_GREY = (
    f"Grey: the share of voxels of which no phase has {DECIDED:.0%} yet; at the end each gets one."
)


class Progress(QWidget):
    """A bar, the loss and messages.

    Args:
        text_color: as #rrggbb, for the curve.
        error_color: for errors.
    """

    def __init__(self, text_color: str, error_color: str) -> None:
        super().__init__()
        self._error_color = error_color
        self._announced = False
        self.status = QLabel()
        self.numbers = QLabel()
        self.numbers.setToolTip(wrapped(_GREY))
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.bar.setFixedHeight(10)
        self.curve = LossCurve(text_color)
        self.message = QLabel()
        self.message.setWordWrap(True)
        self.message.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        for part in (self.status, self.bar, self.numbers, self.curve, self.message):
            layout.addWidget(part)
        self.reset("")
        self.bar.hide()
        self.curve.hide()

    def reset(self, status: str) -> None:
        """Begin anew."""
        self._announced = False
        self.status.setText(status)
        self.status.setVisible(bool(status))
        self.numbers.hide()
        self.curve.show_points([])
        self.say("")
        self.bar.show()
        self.bar.setRange(0, 0)

    def announce(self, status: str) -> None:
        """Say what was asked for; states that come until then do not overwrite it."""
        self._announced = True
        self.status.setText(status)

    def resume(self) -> None:
        """Go on after a rest."""
        self._announced = False
        self.status.setText("Resuming …")

    def set_colors(self, text_color: str, error_color: str) -> None:
        """Follow the colours of the viewer."""
        self._error_color = error_color
        self.curve.set_color(text_color)

    def show_state(self, state: State) -> None:
        """Show the newest numbers."""
        if not self._announced:
            self.status.setText(self._words(state))
        numbers = _numbers(state)
        if numbers:
            self.numbers.setText(numbers)
            self.numbers.show()
        if state.phase != "running":
            # How long that takes is not known.
            self.bar.setRange(0, 0)
            return
        self.curve.show()
        if math.isfinite(state.loss):
            self.curve.add_point(state.iteration, state.loss, state.parts)
        # A progress bar paints itself at once, and with it a canvas that software draws.
        self.bar.setUpdatesEnabled(False)
        self.bar.setRange(0, max(state.max_iter, 1))
        self.bar.setValue(state.iteration)
        self.bar.setUpdatesEnabled(True)

    def show_result(self, result: Result) -> None:
        """Show the end of a run."""
        self.end("Done" if result.stop_reason != "STOPPED" else "Stopped")
        points = [(record["iteration"], record["loss"]) for record in result.history]
        parts = [(record["iteration"], record.get("parts") or {}) for record in result.history]
        self.curve.show_points(points, parts)
        self.message.clear()
        fractions = ", ".join(
            f"{name} {share:.1%}"
            for name, share in zip(
                result.microstructure.phase_names,
                result.microstructure.phase_fractions,
                strict=True,
            )
        )
        self.tell(
            f"{result.stop_sentence[0].upper()}{result.stop_sentence[1:]}. "
            f"{fractions}; loss of the result {result.loss:.2e}; {result.seconds:.0f} s."
        )
        for note in result.notes:
            self.tell(f"Note: {note}.")

    def end(self, status: str) -> None:
        """Nothing runs any more."""
        self.status.setText(status)
        self.status.setVisible(bool(status))
        self.bar.hide()
        self.bar.setRange(0, 1)
        self.bar.setValue(0)
        self.numbers.hide()
        if not self.curve.points:
            self.curve.hide()

    def say(self, text: str) -> None:
        """Show only a message; an empty one hides the line."""
        self.message.setStyleSheet("")
        self.message.setText(text)
        self.message.setVisible(bool(text))

    def tell(self, text: str) -> None:
        """Add a message."""
        self.message.setStyleSheet("")
        before = self.message.text()
        self.message.setText(f"{before}\n{text}" if before else text)
        self.message.show()

    def show_error(self, text: str) -> None:
        """Show only an error."""
        self.message.setStyleSheet(f"color: {self._error_color};")
        self.message.setText(text)
        self.message.show()

    def _words(self, state: State) -> str:
        if state.phase != "running":
            return _PHASES.get(state.phase, state.phase)
        time = duration(state.left) if math.isfinite(state.left) else ""
        left = f" · {time} left" if time else ""
        return f"Iteration {state.iteration} of {state.max_iter}{left}"


def _numbers(state: State) -> str:
    """Loss and grey voxels, as far as they are known: beside the time they would not fit."""
    loss = f"loss {_short(state.loss)}" if math.isfinite(state.loss) else ""
    grey = f"{100 * state.grey:.0f} % grey voxels" if math.isfinite(state.grey) else ""
    return " · ".join(part for part in (loss, grey) if part)


def _short(loss: float) -> str:
    """A loss of two digits, without the zeros of its exponent."""
    digits, exponent = f"{loss:.1e}".split("e")
    return f"{digits}e{int(exponent)}"


def duration(seconds: float) -> str:
    """Return a time in whole seconds, minutes or hours; nothing where that is too many."""
    for unit, size in (("s", 1), ("min", 60), ("h", 3600)):
        if round(seconds) < 100 * size:
            return f"{round(seconds) // size} {unit}"
    return ""
