"""How often a growing volume is drawn."""

from __future__ import annotations

import time
from collections.abc import Callable

#: Drawing may take this share of the viewer's time at most.
_SHARE = 0.07
#: A graphics card takes some milliseconds for a picture; software takes the cores for longer.
_SLOW = 0.15


class DrawingPace:
    """Leaves previews out where drawing one takes long, as without a graphics card.

    The viewer draws when its event loop comes to it, so that what it took shows in how late the
    next look at the child is.

    Args:
        interval: seconds between two looks.
        clock: tells the time in seconds.

    Attributes:
        is_slow: whether drawing a preview has taken so long that the cores must do it.
    """

    def __init__(self, interval: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._interval = interval
        self._clock = clock
        self._shown: float | None = None
        self._rests_until = -float("inf")
        self.is_slow = False

    def look(self) -> None:
        """Tell that it is time for a look."""
        if self._shown is not None:
            took = max(0.0, self._clock() - self._shown - self._interval)
            self._rests_until = self._clock() + took / _SHARE
            self.is_slow = self.is_slow or took > _SLOW
            self._shown = None

    def takes_preview(self) -> bool:
        """Return whether a preview is to be shown now."""
        if self._clock() < self._rests_until:
            return False
        self._shown = self._clock()
        return True
