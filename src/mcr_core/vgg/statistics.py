"""What is kept of the features of a layer: how often they meet, or how they are distributed."""

from __future__ import annotations

from typing import Any

import numpy as np


def gram(features: Any, weight: Any | None) -> Any:
    """Mean products of all pairs of features.

    G_ab = Σ_x w(x) F_a(x) F_b(x) / Σ_x w(x).

    Args:
        features: F, tensor [B, h, w, C].
        weight: w, [1 or B, h, w]; None counts every pixel once.

    Returns:
        [B, C, C]; NaN where no pixel counts.
    """
    import tensorflow as tf

    batch, height, width, channels = features.shape
    left = right = tf.reshape(features, [batch, height * width, channels])
    total: Any = float(height * width)
    if weight is not None:
        left = left * tf.reshape(weight, [-1, height * width, 1])
        total = tf.reduce_sum(weight, [1, 2])[:, None, None]
    if batch == 1:
        # A product of rank 2 reaches the threaded matrix library on a CPU, one of rank 3 does not.
        return tf.matmul(left[0], right[0], transpose_a=True)[None] / total
    return tf.matmul(left, right, transpose_a=True) / total


def sorted_projections(
    features: Any, weight: Any | None, directions: np.ndarray[Any, Any], quantiles: int
) -> Any:
    """Distributions of the features along directions.

    The projections θ · F(x) of all pixels are sorted; the K values are the means of K parts of
    equal weight, K ∫ Q(t) dt from k/K to (k+1)/K with the quantile function Q. They do not depend
    on the number of pixels, all pixels enter, and with as many parts as pixels they are the
    sorted values themselves. The mean square difference of two such blocks is the squared
    sliced-Wasserstein distance.

    Args:
        features: F, tensor [B, h, w, C].
        weight: [1 or B, h, w]; None counts every pixel once.
        directions: unit vectors θ, [D, C].
        quantiles: K.

    Returns:
        [B, D, K], ascending in the last axis; NaN where no pixel counts.
    """
    import tensorflow as tf

    batch, height, width, channels = features.shape
    pixels = height * width
    flat = tf.reshape(features, [batch * pixels, channels])
    axes = tf.constant(directions, features.dtype)
    values = tf.reshape(tf.matmul(flat, axes, transpose_b=True), [batch, pixels, -1])
    values = tf.linalg.matrix_transpose(values)
    if weight is None:
        upper = tf.range(1, pixels + 1, dtype=features.dtype) / pixels
        lower = tf.range(0, pixels, dtype=features.dtype) / pixels
        share = _overlap(lower, upper, quantiles)
        return tf.matmul(tf.sort(values), share)
    order = tf.argsort(tf.stop_gradient(values))
    values = tf.gather(values, order, batch_dims=2)
    weight = tf.broadcast_to(tf.reshape(weight, [-1, 1, pixels]), values.shape)
    weight = tf.gather(weight, order, batch_dims=2)
    weight /= tf.reduce_sum(weight, -1, keepdims=True)
    upper = tf.cumsum(weight, -1)
    # ∫ Q up to each edge k/K: the whole pixels below it, and the part of the one across it. Shares
    # of all pixels in all parts would take K times the memory.
    below = tf.cumsum(weight * values, -1, exclusive=True)
    edges = tf.range(1, quantiles, dtype=values.dtype) / quantiles
    edges = tf.broadcast_to(edges, [*values.shape[:2], quantiles - 1])
    place = tf.searchsorted(tf.reshape(upper, [-1, pixels]), tf.reshape(edges, [-1, quantiles - 1]))
    place = tf.minimum(tf.reshape(place, edges.shape), pixels - 1)

    def there(quantity: Any) -> Any:
        return tf.gather(quantity, place, batch_dims=2)

    inner = there(below) + (edges - there(upper - weight)) * there(values)
    total = tf.reduce_sum(weight * values, -1, keepdims=True)
    integral = tf.concat([tf.zeros_like(total), inner, total], -1)
    return quantiles * (integral[..., 1:] - integral[..., :-1])


def directions(count: int, channels: int, seed: int) -> np.ndarray[Any, Any]:
    """Return unit vectors, [count, channels], uniform on the sphere; more begin with the fewer."""
    found = np.random.default_rng([seed, channels]).standard_normal((count, channels))
    normed: np.ndarray[Any, Any] = found / np.linalg.norm(found, axis=1, keepdims=True)
    return normed


def _overlap(lower: Any, upper: Any, parts: int) -> Any:
    """Share of each interval in the parts of [0, 1], times their number: [..., N] → [..., N, K]."""
    import tensorflow as tf

    edges = tf.range(parts + 1, dtype=lower.dtype) / parts
    first = tf.maximum(lower[..., None], edges[:-1])
    last = tf.minimum(upper[..., None], edges[1:])
    return parts * tf.nn.relu(last - first)
