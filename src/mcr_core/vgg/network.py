"""The features that VGG-19 finds in images, on periodic and on open ones."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Any

from mcr_core.vgg.architecture import LAYERS, Layer, block
from mcr_core.vgg.weights import Weights

#: Features of a layer, and the weight of every feature pixel; None where all count alike.
Features = tuple[Any, Any | None]


def features(
    image: Any, valid: Any | None, weights: Weights, layers: Sequence[Layer], pooling: str
) -> dict[Layer, Features]:
    """Return the activations of layers, after the rectification.

    Every convolution takes its neighbours beyond the edge from the opposite side in periodic
    images, and repeats the edge pixels in open ones, so that a uniform image has uniform features
    in both. Between the blocks, 2 × 2 pixels are pooled; a remainder is left out.

    Args:
        image: colours, tensor [B, H, W, 3]: blue, green, red, from 0 to 1.
        valid: None for periodic images, else [1 or B, H, W] of ones and zeros.
        weights: of the network.
        layers: which ones.
        pooling: `average` or `max`.

    Returns:
        For every layer a tensor [B, h, w, channels], and the share of the pixels under each
        feature pixel that are valid, [1 or B, h, w], or None for periodic images.
    """
    import tensorflow as tf

    deepest = max(LAYERS.index(layer) for layer in layers)
    mean, *filters = _tensors(weights, image.dtype.name, deepest + 1)
    pool = tf.reduce_mean if pooling == "average" else tf.reduce_max
    found: dict[Layer, Features] = {}
    state = 255.0 * image - mean
    for layer, (kernel, turned, bias) in zip(LAYERS, filters, strict=False):
        if layer.endswith("_1") and block(layer):
            state = pool(_cells(state), [2, 4])
            if valid is not None:
                valid = tf.reduce_mean(_cells(valid), [2, 4])
        state = _convolution(_extended(state, valid is None), kernel, turned)
        state = tf.nn.relu(state + bias)
        if layer in layers:
            found[layer] = state, valid
    return found


def _cells(state: Any) -> Any:
    """Split into cells of 2 × 2 pixels, [B, H, W, ...] → [B, H // 2, 2, W // 2, 2, ...].

    Reductions over them, unlike the pooling functions, have a quick gradient in compiled code.
    """
    import tensorflow as tf

    batch, height, width, *rest = state.shape
    state = state[:, : height // 2 * 2, : width // 2 * 2]
    return tf.reshape(state, [batch, height // 2, 2, width // 2, 2, *rest])


def _extended(state: Any, periodic: bool) -> Any:
    """Add one pixel on every side."""
    import tensorflow as tf

    before, after = (slice(-1, None), slice(1)) if periodic else (slice(1), slice(-1, None))
    rows = tf.concat([state[:, before], state, state[:, after]], 1)
    return tf.concat([rows[:, :, before], rows, rows[:, :, after]], 2)


def _convolution(state: Any, kernel: Any, turned: Any) -> Any:
    """Cross-correlation with 3 × 3 filters, without the outermost pixels.

    The gradient is again a cross-correlation, with the filters turned by half a turn. Written so,
    and with filters that are turned once for all, compiled code is five times faster than with
    the gradient that TensorFlow derives.
    """
    import tensorflow as tf

    @tf.custom_gradient  # type: ignore[untyped-decorator]
    def correlate(image: Any) -> tuple[Any, Any]:
        def gradient(upstream: Any) -> Any:
            return _correlation(tf.pad(upstream, [[0, 0], [2, 2], [2, 2], [0, 0]]), turned)

        return _correlation(image, kernel), gradient

    return correlate(state)


def _correlation(state: Any, kernel: Any) -> Any:
    import tensorflow as tf

    if state.dtype != tf.float64:
        return tf.nn.conv2d(state, kernel, 1, "VALID")
    # XLA has a fast convolution on the CPU for float32 only: in float64 a matrix product is some
    # thirty times faster.
    batch, height, width, channels = state.shape
    near = [state[:, y : height - 2 + y, x : width - 2 + x] for y in range(3) for x in range(3)]
    flat = tf.reshape(tf.concat(near, -1), [-1, 9 * channels])
    product = tf.matmul(flat, tf.reshape(kernel, [9 * channels, -1]))
    return tf.reshape(product, [batch, height - 2, width - 2, -1])


@functools.lru_cache(maxsize=2)
def _tensors(weights: Weights, dtype: str, depth: int) -> tuple[Any, ...]:
    """Return the mean colour, and filters, turned filters and biases of the first layers.

    Made outside of the function that is being compiled: they are then arguments of the compiled
    code, which all compiled functions share, and not constants of 80 MB inside of each.
    """
    import tensorflow as tf

    with tf.init_scope():
        return (
            tf.constant(weights.mean, dtype),
            *(
                (
                    tf.constant(kernel, dtype),
                    tf.constant(kernel[::-1, ::-1].transpose(0, 1, 3, 2), dtype),
                    tf.constant(bias, dtype),
                )
                for kernel, bias in zip(
                    weights.kernels[:depth], weights.biases[:depth], strict=True
                )
            ),
        )
