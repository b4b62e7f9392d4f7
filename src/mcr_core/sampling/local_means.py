"""Amplitudes of waves in means over local quantities: boundaries, segments, triples of pixels."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from mcr_core.descriptors.bresenham import line
from mcr_core.kernels.workers import Workers

Array = npt.NDArray[Any]
Lags = npt.NDArray[np.int64]

#: Tiles along an axis, in which a wave is taken as constant.
_TILES = 8


def mean_amplitudes(quantity: Array, counts: Array, waves: Array) -> Array:
    """Return the amplitudes [K] in the mean of a quantity over the pixels that count.

    b_k = Σ_x c (w_k − m_k) (q − ⟨q⟩) / √(n_k N) with c = 1 at the N pixels that count, and m_k and
    n_k the mean and the sum of squares of w_k (of w_k − m_k) there: their mean square is the
    variance of ⟨q⟩, before the correction of `image_scatter`.
    """
    number = max(float(counts.sum()), 1.0)
    apart = (quantity - float(np.sum(quantity * counts)) / number) * counts
    flat = (waves * counts).reshape(len(waves), -1)
    size = np.square(flat).sum(1) - np.square(flat.sum(1)) / number
    found: Array = flat @ apart.ravel() / np.sqrt(np.maximum(size, 1e-12) * number)
    return found


def shifted(image: Array, lag: Sequence[int], *, periodic: bool) -> Array:
    """I(x + r), 0 beyond an open image; of images [..., H, W]."""
    if periodic:
        rolled: Array = np.roll(image, (-lag[0], -lag[1]), (-2, -1))
        return rolled
    result = np.zeros_like(image)
    here, there = [], []
    for step, extent in zip(lag, image.shape[-2:], strict=True):
        here.append(slice(max(0, -step), extent - max(0, step)))
        there.append(slice(max(0, step), extent - max(0, -step)))
    result[..., here[0], here[1]] = image[..., there[0], there[1]]
    return result


def variation_amplitudes(field: Array, inside: Array, waves: Array, *, periodic: bool) -> Array:
    """Amplitudes [K] in the mean absolute difference of neighbours, both directions added."""
    total: Any = 0.0
    for lag in ((1, 0), (0, 1)):
        counts = inside * shifted(inside, lag, periodic=periodic)
        steps = np.abs(field - shifted(field, lag, periodic=periodic))
        total = total + mean_amplitudes(steps, counts, waves)
    return np.asarray(total)


def segment_amplitudes(
    field: Array, inside: Array, waves: Array, ends: Lags, *, periodic: bool
) -> Array:
    """Amplitudes [K, n] in the mean products along lines from x to x + r."""
    found = []
    for dy, dx in ends.tolist():
        pixels = [(y, x) for y, x, _ in line(dy, dx)]
        product, counts = field, inside
        for pixel in pixels[1:]:
            product = product * shifted(field, pixel, periodic=periodic)
            counts = counts * shifted(inside, pixel, periodic=periodic)
        found.append(mean_amplitudes(product, counts, waves))
    return np.stack(found, axis=1)


def triple_amplitudes(
    fields: Array, inside: Array, waves: Array, lags: Lags, *, periodic: bool
) -> Array:
    """Amplitudes [K, F, C, C] in ⟨I(x) I(x + r_a) I(x + r_b)⟩ for all pairs of lags.

    A wave is taken as constant, its mean, in each of 8 × 8 tiles: the sums of T_a T_b over a tile,
    with the features T_r(x) = I(x) I(x + r), then serve all waves.
    """
    count, pairs = len(lags), len(lags) ** 2
    images = [*fields, inside]
    around = [_around(image, lags, periodic=periodic) for image in images]
    rows, columns = (np.array_split(np.arange(n), min(_TILES, n)) for n in inside.shape)

    def sums(number: int) -> Array:
        """Σ_x of the products over a row of tiles: with 1, each wave and its square."""
        row = rows[number]
        parts = [(slice(row[0], row[-1] + 1), slice(c[0], c[-1] + 1)) for c in columns]
        level = np.stack([waves[:, y, x].mean((1, 2)) for y, x in parts], axis=1)
        weights = np.concatenate([np.ones((1, len(parts))), level, level**2]).astype(np.float32)
        products = np.empty((len(parts), pairs), np.float32)
        found = []
        for image, whole in zip(images, around, strict=True):
            for product, part in zip(products, parts, strict=True):
                features = _features(image[part], whole, part, lags)
                np.matmul(features, features.T, out=product.reshape(count, count))
            found.append(weights @ products)
        return np.stack(found)

    # Added up one after the other: the result does not depend on the number of threads.
    totals: Any = sum(each.astype(np.float64) for each in Workers().map(sums, len(rows)))
    number = np.maximum(totals[-1, 0], 1)
    mass, squares = np.split(totals[-1, 1:], 2)
    size = np.sqrt(np.maximum(squares - mass * mass / number, 1e-12) * number)
    waved = totals[:-1, 1 : 1 + len(waves)] - mass * (totals[:-1, :1] / number)
    found: Array = (waved / size).transpose(1, 0, 2).reshape(len(waves), -1, count, count)
    return found


def _around(image: Array, lags: Lags, *, periodic: bool) -> npt.NDArray[np.float32]:
    """The image with what lies within the longest lag around it: its other side, or zeros."""
    reach = int(np.abs(lags).max())
    mode: Any = "wrap" if periodic else "constant"
    return np.pad(image.astype(np.float32), reach, mode=mode)


def _features(
    near: Array, around: Array, part: tuple[slice, slice], lags: Lags
) -> npt.NDArray[np.float32]:
    """I(x) I(x + r) of the pixels of a tile, [C, pixels]."""
    reach = int(np.abs(lags).max())
    features = np.empty((len(lags), *near.shape), np.float32)
    rows, columns = part
    for row, (dy, dx) in zip(features, lags.tolist(), strict=True):
        far = around[
            rows.start + reach + dy : rows.stop + reach + dy,
            columns.start + reach + dx : columns.stop + reach + dx,
        ]
        np.multiply(near, far, out=row)
    return features.reshape(len(lags), -1)
