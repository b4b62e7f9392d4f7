"""What to run an image with."""

from __future__ import annotations

from collections.abc import Sequence

from mcr_core.checks.check import Finding
from mcr_core.checks.features import Features
from mcr_core.microstructure import Microstructure

_LIMITS = (8, 12, 16)
#: S₂ goes by FFT: long lags cost nothing. Further, few independent pairs are left in an image.
_FAR = 24


def advice(image: Microstructure, features: Features, fractions: Sequence[float]) -> Finding:
    """Which terms, and which limits.

    S₂ of the mean of planes up to 24 pixels, as far as the image goes, and S₂ and S₃ of every
    plane. Their limit is the smallest of 8, 12 and 16 that the mean chord of the thinner phase and
    a half fits into, and the image (2 L − 1 pixels).
    """
    present = [p for p, f in enumerate(fractions) if f > 0]
    thinnest = min(features.chords[p] for p in present)
    fitting = [n for n in _LIMITS if 2 * n - 1 <= min(image.shape)] or [
        max(2, (min(image.shape) + 1) // 2)
    ]
    limit = next((n for n in fitting if n > 1.5 * thinnest), fitting[-1])
    far = max(limit, min(_FAR, (min(image.shape) + 1) // 2))
    terms = f"-d two_point:limit_to={far},over=mean,weight=10 -d correlations:limit_to={limit}"
    return Finding("advice", "ok", f"Take {terms}.", {"limit_to": limit, "far": far})
