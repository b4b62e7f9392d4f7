"""Correlations of two images at many lags at once, by FFT."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any


def pair_shares(
    first: Any, second: Any, valid: Any | None, reaches: Sequence[int], *, half: bool
) -> Any:
    """Return ⟨first(x) second(x + r)⟩ over x, for all lags r within a reach along each axis.

    The cost is that of three FFTs whatever the number of lags, some 30 times less than one
    product of images a lag at 113 lags.

    Args:
        first: tensor [B, …spatial…]; where not valid, 0.
        second: likewise.
        valid: None for periodic images, else [1 or B, …] of ones and zeros; all three must then
            be zero-padded by the reach at the end of each axis.
        reaches: longest lag along each axis.
        half: whether the lags of the first axis start at 0 instead of −reach.

    Returns:
        Tensor [B, …], lag 0 at the index `reach` of each axis (0 of the first if `half`); NaN
        where no pair of pixels is valid.
    """
    import tensorflow as tf

    sums = _window(_correlate(first, second), reaches, half=half)
    if valid is None:
        return sums / math.prod(first.shape[1:])
    pairs = tf.round(_window(_correlate(valid, valid), reaches, half=half))
    return tf.where(pairs > 0, sums / tf.maximum(pairs, 1), tf.constant(math.nan, dtype=sums.dtype))


def pad_for(image: Any, reaches: Sequence[int]) -> Any:
    """Append zeros, at least `reach` along each of the last axes, up to a fast length."""
    import tensorflow as tf
    from scipy.fft import next_fast_len

    extent = image.shape[-len(reaches) :]
    more = [[0, next_fast_len(n + r) - n] for n, r in zip(extent, reaches, strict=True)]
    return tf.pad(image, [[0, 0]] * (len(image.shape) - len(reaches)) + more)


def _correlate(first: Any, second: Any) -> Any:
    """Σ first(x) second(x + r) for every cyclic lag r, lag 0 at index 0.

    With spectra A and B it is F⁻¹[A* B], and the gradients for an upstream G are F⁻¹[G* B] and
    F⁻¹[G A]: TensorFlow has no gradient of the three-dimensional inverse.
    """
    import tensorflow as tf

    extent = list(first.shape[1:])
    if len(extent) == 2:
        forward, back = tf.signal.rfft2d, tf.signal.irfft2d
    else:
        forward, back = tf.signal.rfft3d, tf.signal.irfft3d

    @tf.custom_gradient  # type: ignore[untyped-decorator]
    def correlate(first: Any, second: Any) -> tuple[Any, Any]:
        spectra = forward(first), forward(second)

        def gradient(upstream: Any) -> tuple[Any, Any]:
            slope = forward(upstream)
            return (
                back(tf.math.conj(slope) * spectra[1], extent),
                back(slope * spectra[0], extent),
            )

        return back(tf.math.conj(spectra[0]) * spectra[1], extent), gradient

    return correlate(first, second)


def _window(cyclic: Any, reaches: Sequence[int], *, half: bool) -> Any:
    import tensorflow as tf

    for axis, reach in enumerate(reaches, start=1):
        before = [slice(None)] * axis
        positive = cyclic[(*before, slice(0, reach + 1))]
        if half and axis == 1:
            cyclic = positive
        elif reach:
            cyclic = tf.concat([cyclic[(*before, slice(-reach, None))], positive], axis)
        else:
            cyclic = positive
    return cyclic
