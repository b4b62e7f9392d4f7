"""How far a run is, and what was said about it."""

from __future__ import annotations

import math

from qtpy.QtCore import Qt
from qtpy.QtWidgets import QLabel, QProgressBar, QVBoxLayout, QWidget

from mcr_core.remote import Result, State
from napari_mcr.plots.loss_curve import LossCurve

_PHASES = {
    "loading": "Loading TensorFlow …",
    "compiling": "Compiling …",
    "finishing": "Finishing …",
}


class Progress(QWidget):
    """A bar, the loss and messages.

    Args:
        text_color: as #rrggbb, for the curve.
        error_color: for errors.
    """

    def __init__(self, text_color: str, error_color: str) -> None:
        super().__init__()
        self._error_color = error_color
        self._running_since: tuple[int, float] | None = None
        self._announced = False
        self.status = QLabel()
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
        for part in (self.status, self.bar, self.curve, self.message):
            layout.addWidget(part)
        self.reset("")
        self.bar.hide()
        self.curve.hide()

    def reset(self, status: str) -> None:
        """Begin anew."""
        self._running_since = None
        self._announced = False
        self.status.setText(status)
        self.status.setVisible(bool(status))
        self.curve.show_points([])
        self.say("")
        self.bar.show()
        self.bar.setRange(0, 0)

    def announce(self, status: str) -> None:
        """Say what was asked for; states that come until then do not overwrite it."""
        self._announced = True
        self.status.setText(status)

    def resume(self) -> None:
        """Go on after a rest, which says nothing about the pace."""
        self._announced = False
        self._running_since = None
        self.status.setText("Resuming …")

    def set_colors(self, text_color: str, error_color: str) -> None:
        """Follow the colours of the viewer."""
        self._error_color = error_color
        self.curve.set_color(text_color)

    def show_state(self, state: State) -> None:
        """Show the newest numbers."""
        if not self._announced:
            self.status.setText(self._words(state))
        if state.phase != "running":
            # How long that takes is not known.
            self.bar.setRange(0, 0)
            return
        self.curve.show()
        if math.isfinite(state.loss):
            self.curve.add_point(state.iteration, state.loss, state.parts)
        self.bar.setRange(0, max(state.max_iter, 1))
        self.bar.setValue(state.iteration)

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
        self.bar.setRange(0, 1)
        self.bar.setValue(0)
        self.bar.hide()
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
        loss = f" · loss {state.loss:.2e}" if math.isfinite(state.loss) else ""
        if state.phase != "running":
            return _PHASES.get(state.phase, state.phase) + loss
        left = self._time_left(state)
        return f"Iteration {state.iteration} of {state.max_iter}{loss}{left}"

    def _time_left(self, state: State) -> str:
        if self._running_since is None:
            self._running_since = state.iteration, state.seconds
        if state.iteration <= self._running_since[0]:
            return ""
        iterations = state.iteration - self._running_since[0]
        pace = (state.seconds - self._running_since[1]) / iterations
        left = duration(pace * (state.max_iter - state.iteration))
        return f" · {left} left" if left else ""


def duration(seconds: float) -> str:
    """Return a time in whole seconds, minutes or hours; nothing where that is too many."""
    for unit, size in (("s", 1), ("min", 60), ("h", 3600)):
        if round(seconds) < 100 * size:
            return f"{round(seconds) // size} {unit}"
    return ""
