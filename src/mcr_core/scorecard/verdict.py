"""What a distance says, in words."""

from __future__ import annotations

from typing import Final, Literal

Verdict = Literal["within scatter", "off", "far off", "prediction", "not known"]
Against = Literal["better", "tie", "worse"]

WITHIN: Final = "within scatter"
OFF: Final = "off"
FAR_OFF: Final = "far off"
PREDICTION: Final = "prediction"
UNKNOWN: Final = "not known"

#: Times the limit from which on a distance is far.
_FAR = 2.0
#: Distances that differ by less are not told apart: each is known to one unit of scatter.
_TIE = 1.0


def verdict(distance: float | None, limit: float) -> Verdict:
    """Judge the distance of a result from its reference, both in units of scatter."""
    if distance is None:
        return UNKNOWN
    if distance <= limit:
        return WITHIN
    return OFF if distance <= _FAR * limit else FAR_OFF


def against(distance: float | None, null: float | None, limit: float) -> Against | None:
    """Compare a result with the null model: a tie if both are within scatter, or nearly alike."""
    if distance is None or null is None:
        return None
    if (distance <= limit and null <= limit) or abs(distance - null) < _TIE:
        return "tie"
    return "better" if distance < null else "worse"
