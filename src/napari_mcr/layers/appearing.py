"""How a volume appears: in steps, between which the viewer looks after its events.

A new volume, its sliders, the turn to 3D and the first picture there take long, together longer
than a viewer may stand still.
"""

from __future__ import annotations

import importlib
import threading
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from qtpy.QtCore import QObject, QTimer
from qtpy.QtWidgets import QApplication, QMainWindow, QWidget

if TYPE_CHECKING:
    from napari.components import ViewerModel

#: Milliseconds between two steps.
_STEP_MS = 50
#: Milliseconds after which a canvas is painted again, whatever became of the steps.
_STILL_MS = 2000


def prepare() -> threading.Thread:
    """Load, in a thread, what napari loads when it turns to 3D for the first time.

    Under PySide, which looks into each module that is loaded, that takes up to 0.4 seconds.
    """
    thread = threading.Thread(
        target=importlib.import_module,
        args=("scipy.spatial.transform",),
        name="mcr-prepare-3d",
        daemon=True,
    )
    thread.start()
    return thread


def take(steps: Sequence[Callable[[], None]], parent: QObject | None = None) -> None:
    """Take one step after the other, from the event loop, as long as `parent` lives."""

    def first() -> None:
        timer.deleteLater()
        steps[0]()
        if steps[1:]:
            take(steps[1:], parent)

    timer = _once(_STEP_MS, first, parent)


def hold_still(canvas: QWidget) -> None:
    """Do not paint a canvas until its `setUpdatesEnabled`, or for some seconds at most.

    Each step would paint it anew, which takes as long as the step where software draws.
    """
    canvas.setUpdatesEnabled(False)

    def go_on() -> None:
        timer.deleteLater()
        canvas.setUpdatesEnabled(True)

    timer = _once(_STILL_MS, go_on, canvas)


def canvas_beside(widget: QWidget) -> QWidget | None:
    """Return what the window has in its middle that a widget is docked to."""
    parent: QWidget | None = widget
    while parent is not None:
        if isinstance(parent, QMainWindow):
            middle: QWidget | None = parent.centralWidget()
            return middle
        parent = parent.parentWidget()
    return None


def set_axes(viewer: ViewerModel, count: int) -> None:
    """Give the viewer the sliders of so many axes; where it looks to stays as it is.

    Before a layer comes that has them. napari cannot look at all layers until then.
    """
    if viewer.dims.ndim != count:
        with viewer.dims.events.order.blocker(viewer.fit_to_view):
            viewer.dims.ndim = count


def look_from_a_corner(viewer: ViewerModel) -> None:
    """Change to 3D, unless it is; napari looks along Z at first, and a volume seems flat."""
    if viewer.dims.ndisplay == 3 or viewer.dims.ndim < 3:
        return
    viewer.dims.ndisplay = 3
    viewer.reset_view()
    viewer.scene.camera.set_view_direction((0.5, -0.6, -0.6), (-1, 0, 0))
    # The corners of the volume reach out further than its faces.
    viewer.scene.camera.zoom *= 0.65


def _once(milliseconds: int, function: Callable[[], None], parent: QObject | None) -> QTimer:
    timer = QTimer(parent or QApplication.instance())
    timer.setSingleShot(True)
    timer.timeout.connect(function)
    timer.start(milliseconds)
    return timer
