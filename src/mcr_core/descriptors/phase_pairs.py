"""Correlations between every two phases: values, what the entries mean, pictures."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations, count
from typing import Any

import numpy as np
import numpy.typing as npt

from mcr_core.descriptors.lag_map import draw_profiles, window_lags
from mcr_core.descriptors.pair_shares import pair_shares


def cross_shares(fields: Any, valid: Any | None, reaches: Sequence[int]) -> Any:
    """Return ⟨I_p(x) I_q(x + r)⟩ for all phases p < q, [B, K, …lags…]; see `pair_shares`."""
    import tensorflow as tf

    phases = tf.unstack(fields, axis=1)
    return tf.stack(
        [pair_shares(p, q, valid, reaches, half=False) for p, q in combinations(phases, 2)], 1
    )


def cross_entries(shape: tuple[int, ...]) -> npt.NDArray[np.int64]:
    """Rows (number of the pair, lag) of a block [K, …lags…]."""
    lags = window_lags(shape[1:], half=False)
    pairs = np.repeat(np.arange(shape[0]), len(lags))
    return np.column_stack([pairs, np.tile(lags, (shape[0], 1))])


def draw_cross(axes: Any, block: npt.NDArray[Any], label: str) -> None:
    """Draw the profiles of every pair of phases."""
    phases = next(n for n in count(2) if n * (n - 1) // 2 >= len(block))
    for (p, q), square in zip(combinations(range(phases), 2), block, strict=True):
        draw_profiles(axes, square, f"{label}, {p} to {q}")
