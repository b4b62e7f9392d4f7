"""Images for the viewer, and what it has shown."""

import numpy as np
from napari.utils.notifications import notification_manager

# A viewer and a child on a busy machine: a guard against hanging, not a promise.
PATIENCE_MS = 120_000


def squares(shape, values=(0, 1)):
    """An image of two values without a preferred direction."""
    picked = np.all(np.indices(shape) % 5 < 3, axis=0)
    return np.where(picked, values[1], values[0]).astype(np.uint8)


def errors():
    """The errors that napari has shown."""
    return [str(r.message) for r in notification_manager.records if r.severity.value == "error"]
