"""Products of arrays by BLAS without its threads.

A BLAS with threads shares out every product above some size. For products of a millisecond, and
swaps need nothing but such ones, this gains little; and where other work keeps the cores busy,
waiting for the other threads takes ten times as long as the product. So these are cut into
pieces that OpenBLAS, the BLAS of NumPy's wheels, leaves to one thread. The results then do not
depend on the number of threads.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt

#: OpenBLAS shares out matrix products of more than 2^18 multiplications, and scalar products of
#: more than 10^4 numbers in float64; those in float32 it leaves to one thread anyway.
_PRODUCTS, _LENGTH = 2**18, 8192
#: Most rows of a piece of a matrix product.
_ROWS = 48


def dot(first: npt.NDArray[Any], second: npt.NDArray[Any]) -> float:
    """Return Σ first · second of two arrays [n]."""
    length = len(first)
    if length <= _LENGTH or first.dtype == np.float32:
        return float(np.dot(first, second))
    total = 0.0
    for start in range(0, length, _LENGTH):
        piece = slice(start, start + _LENGTH)
        total += float(np.dot(first[piece], second[piece]))
    return total


def add_gram(features: npt.NDArray[Any], total: npt.NDArray[Any]) -> None:
    """Add features · featuresᵀ, [n, n], to `total`, for features [n, m]."""
    count, columns = features.shape
    blocks = math.ceil(count / _ROWS)
    rows = math.ceil(count / blocks)
    depth = _PRODUCTS // (rows * (rows + 1))
    filled = np.zeros((blocks * rows, columns), features.dtype)
    filled[:count] = features
    pieces = filled.reshape(blocks, rows, columns)
    product = np.empty((blocks, rows, blocks, rows), features.dtype)
    for block in range(blocks):
        one, others = pieces[block], pieces[block:].transpose(0, 2, 1)
        sums = np.zeros((blocks - block, rows, rows), features.dtype)
        part = np.empty_like(sums)
        for start in range(0, columns, depth):
            np.matmul(one[:, start : start + depth], others[:, start : start + depth], out=part)
            sums += part
        product[block, :, block:] = sums.transpose(1, 0, 2)
        product[block:, :, block] = sums.transpose(0, 2, 1)
    total += product.reshape(blocks * rows, blocks * rows)[:count, :count]
