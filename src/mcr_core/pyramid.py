"""Image pyramids of planes: level k averages 2^k × 2^k pixels."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt


def level_count(height: int, width: int, smallest_extent: int) -> int:
    """Number of levels k = 0, 1, … with min(height, width) / 2^k ≥ smallest_extent."""
    levels = 0
    extent = float(min(height, width))
    while extent >= smallest_extent and extent >= 1:
        levels += 1
        extent /= 2
    return levels


def remainder(height: int, width: int, levels: int) -> tuple[int, int]:
    """Rows and columns of the finest level that the coarsest of `levels` levels leaves out."""
    step = 2 ** (levels - 1) if levels else 1
    return height % step, width % step


def coarsen(fields: Any, valid: Any | None) -> tuple[Any, Any | None]:
    """Average blocks of 2 × 2 pixels; an odd last row or column is left out.

    Args:
        fields: tensor or array [B, F, H, W].
        valid: None, or the like of [1 or B, H, W]; a coarse pixel is valid if all four of its
            pixels are, so that no coarse value mixes in pixels that were masked.

    Returns:
        fields [B, F, H // 2, W // 2] and the validity [1 or B, H // 2, W // 2].
    """
    coarse = _mean_of_four(fields)
    if valid is None:
        return coarse, None
    whole = _mean_of_four(valid) == 1
    if isinstance(valid, np.ndarray):
        return coarse, whole.astype(valid.dtype)
    import tensorflow as tf

    return coarse, tf.cast(whole, valid.dtype)


def coarsen_gradient(slope: npt.NDArray[Any], shape: Sequence[int]) -> npt.NDArray[Any]:
    """Gradient by pixels [B, H, W] from that by the coarse pixels [B, H // 2, W // 2]."""
    result = np.zeros(shape, slope.dtype)
    planes, height, width = slope.shape
    four = np.broadcast_to(0.25 * slope[:, :, None, :, None], (planes, height, 2, width, 2))
    result[:, : 2 * height, : 2 * width] = four.reshape(planes, 2 * height, 2 * width)
    return result


def _mean_of_four(image: Any) -> Any:
    height, width = image.shape[-2] // 2 * 2, image.shape[-1] // 2 * 2
    image = image[..., :height, :width]
    # Slices and sums, not a reshape and a reduction: XLA fuses these into their consumer.
    top = image[..., 0::2, 0::2] + image[..., 0::2, 1::2]
    bottom = image[..., 1::2, 0::2] + image[..., 1::2, 1::2]
    return 0.25 * (top + bottom)
