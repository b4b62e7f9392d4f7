"""The longest waves that fit into an image: what the scatter of its mean is read from."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]

#: Fewest and most waves, and independent pieces of the image for each of them.
FEWEST, MOST = 8, 24
_PIECES = 16


def wave_count(pieces: float) -> int:
    """Number of waves for an image of so many independent pieces (N / integral range).

    Many make the error less noisy, and must still be long against the features.
    """
    return int(np.clip(round(pieces / _PIECES), FEWEST, MOST))


def low_waves(
    shape: tuple[int, int], valid: Array | None, *, periodic: bool, count: int
) -> npt.NDArray[np.float64]:
    """Return waves that are orthogonal to each other and to a constant, each with Σ w² = 1.

    Open images: cos(π a (y + 1/2) / H) cos(π b (x + 1/2) / W), those of the lowest frequencies
    (a / H)² + (b / W)² > 0. Their pairs with a constant are those of a reflected image, so that
    edges need no taper. Periodic images: cosine and sine of 2π (a y / H + b x / W). With a mask
    they are made orthogonal on the valid pixels.

    Args:
        shape: H and W.
        valid: which pixels count, [H, W]; None: all.
        periodic: whether the image wraps around.
        count: how many.

    Returns:
        [count, H, W], 0 where a pixel does not count; fewer waves if the image has fewer pixels.
    """
    height, width = shape
    inside = np.ones(shape) if valid is None else valid.astype(np.float64)
    count = min(count, int(inside.sum()) - 1)
    waves = _waves(height, width, periodic, count)
    if valid is None:  # these are orthogonal as they are
        waves /= np.sqrt(np.einsum("kyx,kyx->k", waves, waves))[:, None, None]
        return waves
    flat = (waves * inside).reshape(len(waves), -1)
    kept = inside.ravel() > 0
    columns = np.column_stack([np.ones(kept.sum()), flat[:, kept].T])
    orthogonal, _ = np.linalg.qr(columns)
    flat[:, kept] = orthogonal[:, 1:].T
    return flat.reshape(-1, height, width)


def _waves(height: int, width: int, periodic: bool, count: int) -> Array:
    reach = range(count + 1)
    if periodic:
        numbers = [
            (a, b) for a, b in itertools.product(reach, range(-count, count + 1)) if a or b > 0
        ]
    else:
        numbers = [(a, b) for a, b in itertools.product(reach, reach) if a or b]
        numbers = [(a, b) for a, b in numbers if a < height and b < width]
    numbers.sort(key=lambda k: (round((k[0] / height) ** 2 + (k[1] / width) ** 2, 9), k))
    y, x = np.arange(height) / height, np.arange(width) / width
    waves = np.empty((count if periodic else len(numbers[:count]), height, width))
    if periodic:
        for pair, (a, b) in enumerate(numbers[: (count + 1) // 2]):
            turning = np.outer(np.exp(2j * np.pi * a * y), np.exp(2j * np.pi * b * x))
            for wave, values in zip(waves[2 * pair :], (turning.real, turning.imag), strict=False):
                wave[...] = values
        return waves
    y, x = y + 0.5 / height, x + 0.5 / width
    for wave, (a, b) in zip(waves, numbers, strict=False):
        np.outer(np.cos(np.pi * a * y), np.cos(np.pi * b * x), out=wave)
    return waves
