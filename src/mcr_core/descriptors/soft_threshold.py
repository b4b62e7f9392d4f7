"""The soft threshold of the literature."""

from __future__ import annotations

import math
from typing import Any

_STEEPNESS, _THRESHOLD = 10.0, 0.75


def soft_threshold(mean: Any) -> Any:
    """Differentiable stand-in for "the mean of all pixels is 1": 0 → 0, ½ → 0.08, 1 → 1.

    A sigmoid of steepness 10 at 0.75, scaled and shifted so that it passes through 0 and 1
    (Seibert et al., Integrating Materials and Manufacturing Innovation 11, 450 (2022), fig. 10).
    """
    import tensorflow as tf

    low, high = (1 / (1 + math.exp(-_STEEPNESS * (bound - _THRESHOLD))) for bound in (0, 1))
    return (tf.sigmoid(_STEEPNESS * (mean - _THRESHOLD)) - low) / (high - low)
