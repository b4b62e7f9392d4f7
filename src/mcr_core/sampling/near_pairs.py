"""Amplitudes of the waves in S₂ at a few lags, summed pixel by pixel."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from mcr_core.kernels.workers import Workers
from mcr_core.sampling.two_point_scatter import FEWEST_PAIRS

Array = npt.NDArray[Any]
Lags = npt.NDArray[np.int64]

#: Pixels of the rows that are taken together, about: their products at all lags fit into a cache.
_BLOCK = 2**13


def near_amplitudes(
    fields: Array, inside: Array, waves: Array, lags: Lags, *, periodic: bool
) -> tuple[Array, npt.NDArray[np.bool_]]:
    """Return the amplitudes of `TwoPointScatter` at a few lags without FFTs.

    With d_f = I_f − v_f on the valid pixels, the sums over pairs are those of d_f(x) d_f(x + r) and
    w_k(x) d_f(x) d_f(x + r), and of w_k(x) and w_k²(x). They are matrix products of the waves with
    the products at all lags, for some rows of the image at a time, in the precision of the waves.

    Args:
        fields: [F, H, W], 0 where a pixel does not count.
        inside: 1 where a pixel counts, [H, W].
        waves: [K, H, W], see `low_waves`.
        lags: (dy, dx), [n, 2].
        periodic: whether the image wraps around.

    Returns:
        [K, F, n], and at which lags they say something, [n].
    """
    pixels, count = float(inside.sum()), len(waves)
    means = fields.sum((1, 2)) / pixels
    apart = (fields - means[:, None, None]) * inside
    lengths = np.sqrt(np.einsum("kyx,kyx->k", waves, waves))
    linear = 2 * means * (np.tensordot(waves, apart, ((1, 2), (1, 2))) / lengths[:, None])
    if inside.all():
        first = _rectangle_sums(waves, lags, periodic=periodic)
        sums = _pair_sums(apart, waves, lags, periodic=periodic)
    else:
        whole = _pair_sums(np.stack([*apart, inside]), waves, lags, periodic=periodic, squares=True)
        first, sums = whole[:, -1], whole[: 1 + count, :-1]
    pairs = np.maximum(np.rint(first[0]), 1)
    shared = np.maximum(0.0, 2 * pairs - pixels)
    ends = np.sqrt(2 * pairs + 2 * shared) / (2 * pairs)
    total, squares = first[1 : 1 + count], first[1 + count :]
    size = np.sqrt(np.maximum(squares - total * total / pairs, 1e-12) * pairs)
    quadratic = (sums[1:] - total[:, None] * (sums[0] / pairs)) / size[:, None]
    known = pairs >= max(2.0, FEWEST_PAIRS * pixels)
    return linear[..., None] * ends + quadratic, known


def _rectangle_sums(waves: Array, lags: Lags, *, periodic: bool) -> Array:
    """Numbers of pairs, and sums of w and w² over their first pixels, [1 + 2 K, n]; no mask.

    In an open image these pixels are a rectangle: what lies beside it is taken away.
    """
    height, width = waves.shape[1:]
    rows = _wave_sums(waves)
    found = []
    for dy, dx in np.zeros_like(lags).tolist() if periodic else lags.tolist():
        top, bottom = max(0, -dy), height - max(0, dy)
        left, right = max(0, -dx), width - max(0, dx)
        beside = [
            _wave_sums(waves[:, top:bottom, part]) for part in (slice(left), slice(right, None))
        ]
        sums = rows[:, top:bottom].sum(1) - sum(part.sum(1) for part in beside)
        found.append([(bottom - top) * (right - left), *sums])
    return np.array(found).T


def _wave_sums(waves: Array) -> Array:
    """Sums of w and of w² over each row, [2 K, rows]."""
    return np.concatenate([waves.sum(2), np.einsum("kyx,kyx->ky", waves, waves)])


def _pair_sums(
    images: Array, waves: Array, lags: Lags, *, periodic: bool, squares: bool = False
) -> Array:
    """Sums over x of a(x) a(x + r) for each image: as they are, times each wave and its square.

    Returns:
        [1 + K, images, n], with squares [1 + 2 K, images, n].
    """
    reach = int(np.abs(lags).max())
    mode: Any = "wrap" if periodic else "constant"
    margins = ((0, 0), (reach, reach), (reach, reach))
    around = np.pad(images.astype(waves.dtype), margins, mode=mode)
    height, width = images.shape[1:]
    rows = max(1, _BLOCK // width)

    def sums(number: int) -> Array:
        top = number * rows
        part = waves[:, top : top + rows].reshape(len(waves), -1)
        factors = [np.ones((1, part.shape[1])), part, *([part**2] if squares else [])]
        near = around[:, reach + top : reach + min(top + rows, height), reach : reach + width]
        products = np.empty((len(images), len(lags), *near.shape[1:]), waves.dtype)
        for n, (dy, dx) in enumerate((lags + reach).tolist()):
            far = around[:, top + dy : top + dy + near.shape[1], dx : dx + width]
            np.multiply(near, far, out=products[:, n])
        flat = products.reshape(len(images) * len(lags), -1)
        found: Array = np.concatenate(factors, dtype=waves.dtype) @ flat.T
        return found.reshape(-1, len(images), len(lags))

    # Added up one after the other: the result does not depend on the number of threads.
    parts = Workers().map(sums, -(-height // rows))
    total: Array = sum((part.astype(np.float64) for part in parts), np.zeros(()))
    return total
