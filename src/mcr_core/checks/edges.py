"""What the edges of an image show: whether it continues on the other side, and frames."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mcr_core.microstructure import Microstructure

#: From this share of the way to unrelated edges on, opposite edges do not fit.
_FITS, _OPEN = 0.3, 0.6
#: Neighbours that differ so nearly as often as unrelated pixels tell nothing.
_TELLS = 0.6
#: A frame: so many rows of one phase, which takes at most this share of the image.
_FRAME_ROWS, _FRAME_SHARE = 3, 0.9


@dataclass(frozen=True)
class Edges:
    """How often two pixels are of different phases.

    Attributes:
        inside: neighbours in the image.
        across: pixels on opposite edges, the mean of both directions.
        unrelated: two pixels by chance, 1 − Σ φ².
        frame: rows or columns at an edge that hold one phase only, of the edge with the most; 0 if
            fewer than three.
        side: which edge that is.
    """

    inside: float
    across: float
    unrelated: float
    frame: int
    side: str

    @property
    def periodic(self) -> bool | None:
        """Whether opposite edges fit; None where that cannot be told."""
        if self.inside > _TELLS * self.unrelated:
            return None
        way = (self.across - self.inside) / (self.unrelated - self.inside)
        return True if way < _FITS else False if way > _OPEN else None


def measure_edges(image: Microstructure) -> Edges:
    """Look at the edges of a 2D image; pixels under a mask do not count."""
    labels = image.labels.astype(np.int64)
    valid = np.ones(image.shape, bool) if image.mask is None else image.mask
    across, differ, count = [], 0, 0
    for axis in (0, 1):
        here, known = np.moveaxis(labels, axis, 0), np.moveaxis(valid, axis, 0)
        both = known[1:] & known[:-1]
        differ += int(np.sum((here[1:] != here[:-1]) & both))
        count += int(both.sum())
        seam = known[0] & known[-1]
        across.append(float(np.mean((here[0] != here[-1])[seam])) if seam.any() else 1.0)
    fractions = image.phase_fractions
    frame, side = _frame(labels, valid, fractions)
    return Edges(
        inside=differ / max(count, 1),
        across=float(np.mean(across)),
        unrelated=float(1 - np.sum(fractions**2)),
        frame=frame,
        side=side,
    )


def _frame(
    labels: np.ndarray[tuple[int, ...], np.dtype[np.int64]],
    valid: np.ndarray[tuple[int, ...], np.dtype[np.bool_]],
    fractions: np.ndarray[tuple[int, ...], np.dtype[np.float64]],
) -> tuple[int, str]:
    best = (0, "")
    for side, rows, known in (
        ("upper", labels, valid),
        ("lower", labels[::-1], valid[::-1]),
        ("left", labels.T, valid.T),
        ("right", labels.T[::-1], valid.T[::-1]),
    ):
        first = rows[0, 0]
        alike = np.all((rows == first) & known, axis=1)
        depth = int(np.argmin(alike)) if not alike.all() else len(alike)
        if depth >= _FRAME_ROWS and fractions[first] <= _FRAME_SHARE:
            best = max(best, (depth, side))
    return best
