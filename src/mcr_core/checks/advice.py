"""What to run an image with."""

from __future__ import annotations

from collections.abc import Sequence

from mcr_core.checks.check import Finding
from mcr_core.checks.features import Features
from mcr_core.microstructure import Microstructure
from mcr_core.presets import PRESETS

_LIMITS = (8, 12, 16)


def advice(image: Microstructure, features: Features, fractions: Sequence[float]) -> Finding:
    """Which preset, and which limit of S₃.

    The limit is the smallest of 8, 12 and 16 that the mean chord of the thinner phase and a half
    fits into, and the image (2 L − 1 pixels); the preset is the first with such a limit.
    """
    present = [p for p, f in enumerate(fractions) if f > 0]
    thinnest = min(features.chords[p] for p in present)
    fitting = [n for n in _LIMITS if 2 * n - 1 <= min(image.shape)] or [
        max(2, (min(image.shape) + 1) // 2)
    ]
    limit = next((n for n in fitting if n > 1.5 * thinnest), fitting[-1])
    preset = "balanced" if limit <= PRESETS["balanced"].near else "faithful"
    longer = f" --limit-to {limit}" if limit > PRESETS[preset].near else ""
    text = f"Take --preset {preset}{longer}."
    return Finding("advice", "ok", text, {"preset": preset, "limit_to": limit})
