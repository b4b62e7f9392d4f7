"""S₂ and S₃ by one matrix product, and their gradient by another."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import as_strided

from mcr_core.kernels.kernel import Array, Blocks, Kernel, Pullback

#: Features of a strip of rows that are held at once: few megabytes, that a cache can hold.
_STRIP_VALUES = 2**19


class CorrelationsKernel(Kernel):
    """`Correlations(form="exact")` of fields [H, W].

    With the features T_r(x) = I(x) I(x + r) as the rows of a matrix T [C, N] and a row of ones
    below it, T Tᵀ has all S₃ and, in its last row, all S₂. For the upstream numbers G of S₃ and g
    of S₂, the gradient with respect to the features is U = (G + Gᵀ) T + g; a feature passes it on
    to both of its pixels, U_r(x) I(x + r) to x and U_r(x) I(x) to x + r.
    """

    def prepare(self, descriptor: Any) -> None:
        """See `Kernel.prepare`."""
        limit_to = descriptor.limit_to
        self._side = limit_to - 1
        #: Row lags 0 … L − 1 and column lags −(L − 1) … L − 1: what is not in the half plane of
        #: lags are the first entries, dy = 0 with dx < 0.
        self._lags = (limit_to, 2 * limit_to - 1)
        self._count = self._lags[0] * self._lags[1] - self._side
        height, width = self.extent
        strips = -(-height * width * self._count // self._strip_values())
        self._rows = -(-height // strips)
        self._local = threading.local()
        self._counts: Blocks | float = float(height * width)
        if self.valid is not None:
            counts, _ = self._sums(self.valid, self._surrounded(self.valid))
            self._counts = {name: np.rint(count) for name, count in counts.items()}

    def _strip_values(self) -> int:
        return _STRIP_VALUES

    def evaluate(self, field: Array) -> tuple[Blocks, Pullback]:
        """Return `s2` [C] and `s3` [C, C]; see `Kernel.evaluate`."""
        around = self._surrounded(field)
        sums, features = self._sums(field, around)

        def pullback(upstream: Mapping[str, Array]) -> Array:
            return self._gradient(field, around, features, self._weights(upstream))

        if isinstance(self._counts, float):
            return {name: total / self._counts for name, total in sums.items()}, pullback
        values = {}
        for name, total in sums.items():
            pairs = self._counts[name]
            # Sums by FFT are not exactly 0 where there is no pair.
            values[name] = np.where(pairs > 0, total / np.maximum(pairs, 1), np.nan)
        return values, pullback

    def _sums(self, field: Array, around: Array) -> tuple[Blocks, Array | None]:
        """Sums over the pixels of T_a and of T_a T_b; and T, if one strip is all."""
        total = np.zeros((self._count + 1, self._count + 1), self.dtype)
        features = None
        for first, rows in self._strips():
            windows = self._windows(around, first, rows)
            features = self._features(windows, field[first : first + rows])
            # A matrix times its own transpose: BLAS computes one half of it only.
            total += np.matmul(features, features.T)
        whole = features if self._rows >= self.extent[0] else None
        return {"s2": total[-1, :-1], "s3": total[:-1, :-1]}, whole

    def _weights(self, upstream: Mapping[str, Array]) -> Array:
        """What a change of the sums counts, [C, C + 1]: G + Gᵀ of S₃, and g of S₂."""
        weights = np.empty((self._count, self._count + 1), self.dtype)
        if isinstance(self._counts, float):
            two, three = upstream["s2"] / self._counts, upstream["s3"] / self._counts
        else:
            # Entries without pairs have an upstream of 0.
            two = upstream["s2"] / np.maximum(self._counts["s2"], 1)
            three = upstream["s3"] / np.maximum(self._counts["s3"], 1)
        np.add(three, three.T, out=weights[:, :-1])
        weights[:, -1] = two
        return weights

    def _gradient(self, field: Array, around: Array, whole: Array | None, weights: Array) -> Array:
        """The gradient of a field with these surroundings, and features if there is one strip."""
        side, width = self._side, self.extent[1]
        result = np.zeros_like(around)
        for first, rows in self._strips():
            windows = self._windows(around, first, rows)
            image = field[first : first + rows]
            features = self._features(windows, image) if whole is None else whole
            slopes = self._scratch("slopes", (self._count, rows * width))
            np.matmul(weights, features, out=slopes)
            shaped = slopes.reshape(self._count, rows, width)
            self._scatter(shaped, image, result[first : first + rows + side])
            self._times_windows(shaped, windows, shaped)
            centre = result[first : first + rows, side : side + width]
            centre += np.sum(slopes, axis=0).reshape(rows, width)
        return self._folded(result)

    def _strips(self) -> Iterator[tuple[int, int]]:
        """First row and number of rows of each strip."""
        for first in range(0, self.extent[0], self._rows):
            yield first, min(self._rows, self.extent[0] - first)

    def _surrounded(self, field: Array) -> Array:
        """The image with what lies around it: its other side, or nothing where it is open.

        [H + L − 1, W + 2 (L − 1)]; rows are added below, columns on both sides.
        """
        side, (height, width) = self._side, self.extent
        around = np.zeros((height + side, width + 2 * side), self.dtype)
        around[:height, side : side + width] = field
        if self.valid is None:
            around[:height, :side] = field[:, width - side :]
            around[:height, side + width :] = field[:, :side]
            around[height:] = around[:side]
        return around

    def _folded(self, around: Array) -> Array:
        """The transpose of `_surrounded`: what fell beside the image, back onto its pixels."""
        side, (height, width) = self._side, self.extent
        if self.valid is not None:
            inside: Array = around[:height, side : side + width] * self.valid
            return inside
        around[:side] += around[height:]
        result = around[:height, side : side + width].copy()
        result[:, width - side :] += around[:height, :side]
        result[:, :side] += around[:height, side + width :]
        return result

    def _windows(self, around: Array, first: int, rows: int) -> Array:
        """I(x + r) of a strip for all lags [L, 2L − 1, rows, W], a view."""
        down, right = around.strides
        return as_strided(
            around[first:],
            (*self._lags, rows, self.extent[1]),
            (down, right, down, right),
            writeable=False,
        )

    def _features(self, windows: Array, image: Array) -> Array:
        """T and a row of ones, [C + 1, pixels of the strip]."""
        features = self._scratch("features", (self._count + 1, image.size))
        self._times_windows(image, windows, features[:-1].reshape(-1, *image.shape))
        features[-1] = 1
        return features

    def _times_windows(self, factor: Array, windows: Array, out: Array) -> None:
        """Multiply images [rows, W] or [C, rows, W] by I(x + r) of the half plane of lags."""
        near = self._lags[0]
        far = (self._lags[0] - 1, self._lags[1], *out.shape[1:])
        many = factor.ndim == 3
        np.multiply(factor[:near] if many else factor, windows[0, self._side :], out=out[:near])
        np.multiply(
            factor[near:].reshape(far) if many else factor,
            windows[1:],
            out=out[near:].reshape(far),
        )

    def _scatter(self, slopes: Array, image: Array, result: Array) -> None:
        """Add U_r(x) I(x) to the pixels x + r, in a result [rows + L − 1, W + 2 (L − 1)].

        The products lie in rows with 2 (L − 1) zeros behind them, so that a view which starts dx
        earlier for the column lag dx adds them up with one sum.
        """
        rows, width = image.shape
        lags, wide = self._lags, width + 2 * self._side
        products = self._scratch("products", (lags[0] * lags[1], rows, wide))
        products[: self._side] = 0
        products[:, :, width:] = 0
        np.multiply(slopes, image, out=products[self._side :, :, :width])
        lag, down, right = products.strides
        skewed = as_strided(
            products,
            (*lags, rows, wide),
            (lags[1] * lag, lag - right, down, right),
            writeable=False,
        )
        for dy, line in enumerate(np.sum(skewed, axis=1)):
            result[dy : dy + rows] += line

    def _scratch(self, name: str, shape: tuple[int, ...]) -> Array:
        """Memory of this thread that is used again: new pages cost as much as the sums."""
        size = int(np.prod(shape))
        held = getattr(self._local, name, None)
        if held is None or held.size < size:
            held = np.empty(size, self.dtype)
            setattr(self._local, name, held)
        found: Array = held[:size].reshape(shape)
        return found
