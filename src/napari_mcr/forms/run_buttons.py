"""The buttons of a run, and when each of them can be pressed."""

from __future__ import annotations

from qtpy.QtWidgets import QPushButton


class RunButtons:
    """Two lines of buttons: what comes before a run, and what steers it."""

    def __init__(self) -> None:
        self.preview = _button("Pr&eview", "What the run would start from, as a layer, at once.")
        self.proceed = _button(
            "&Continue", "Go on from the selected result, for as many iterations as stand above."
        )
        self.run = _button("&Run", "Start the run.")
        self.pause = _button("Pa&use", "Let the run rest; its numbers stay in memory.")
        self.stop = _button("&Stop", "End the run and keep what there is.")
        self.discard = _button("&Discard", "End the run and keep nothing.")
        self.asking = (self.preview, self.proceed)
        self.steering = (self.run, self.pause, self.stop, self.discard)
        self.is_paused = self.is_discarding = self._ends = False

    def show_paused(self, paused: bool) -> None:
        """Offer to resume, or to pause."""
        self.is_paused = paused
        self.pause.setText("Res&ume" if paused else "Pa&use")

    def begin(self) -> None:
        """A run begins: nobody has asked it to end."""
        self._ends = self.is_discarding = False
        self.show_paused(False)

    def end(self, *, discard: bool) -> None:
        """A run was asked to end: it is asked no more, though a stop may become a discard."""
        self._ends = True
        self.is_discarding = discard
        self.pause.setEnabled(False)
        self.stop.setEnabled(False)
        self.discard.setEnabled(not discard)

    def enable(
        self, *, loaded: bool, describing: bool, running: bool, asking: bool, result: bool
    ) -> None:
        """Enable what can be pressed now.

        Args:
            loaded: the forms are there.
            describing: they are on their way.
            running: a run goes on.
            asking: an answer is awaited.
            result: a result is selected.
        """
        self.run.setText("Try again" if not loaded else "&Queue" if running else "&Run")
        self.run.setToolTip("Run it after those that wait." if running else "Start the run.")
        self.run.setEnabled(not describing)
        if not running:
            self.begin()
        self.pause.setEnabled(running and not self._ends)
        self.stop.setEnabled(running and not self._ends)
        self.discard.setEnabled(running and not self.is_discarding)
        self.preview.setText("Canc&el" if asking else "Pr&eview")
        self.preview.setEnabled(loaded)
        self.proceed.setEnabled(loaded and result)


def _button(text: str, tooltip: str) -> QPushButton:
    button = QPushButton(text)
    button.setToolTip(tooltip)
    return button
