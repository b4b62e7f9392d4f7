"""Whether one image can be that of the planes of three axes."""

from __future__ import annotations

from mcr_core.characterization import DirectionFinding
from mcr_core.checks.direction import measure_direction
from mcr_core.checks.features import measure_features
from mcr_core.microstructure import Microstructure

#: Shorter images have no waves to tell a direction from.
_SHORTEST = 8
_OTHER = {"X": "Y", "Y": "X", "the diagonal": "the antidiagonal"}


def direction_finding(image: Microstructure) -> DirectionFinding | None:
    """Return whether a 2D image has a preferred direction, as `mcr check` does.

    None of images with fewer than 8 pixels along an axis, or of one phase.
    """
    if min(image.shape) < _SHORTEST or max(image.phase_fractions) >= 1:
        return None
    found = measure_direction(image, measure_features(image).reach)
    return DirectionFinding(
        significant=found.significant,
        phase=image.phase_names[found.phase],
        longer=found.longer,
        shorter=_OTHER.get(found.longer, "the diagonal"),
        difference=abs(found.difference),
        error=found.error,
        lags=found.lags,
    )
