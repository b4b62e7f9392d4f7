"""S₂ and S₃ by one matrix product, and their gradient by another."""

from __future__ import annotations

import math
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from mcr_core.kernels.kernel import Array, Blocks, Kernel, Pullback

#: Features that are held at once: few megabytes, that a cache can hold.
_HELD_VALUES = 2**20
#: Values between two rows of pixels: a cache line.
_APART = 16


@dataclass(frozen=True)
class _Piece:
    """What is held at once: some planes, or a strip of rows of one.

    Attributes:
        planes: which.
        first: first row.
        images: [b, rows, W].
        windows: I(x + r) for all lags, [b, L, 2L − 1, pixels], a view.
        features: [b, C + 1, pixels].
    """

    planes: slice
    first: int
    images: Array
    windows: Array
    features: Array


class CorrelationsKernel(Kernel):
    """`Correlations(form="exact")` of fields [B, H, W].

    With the features T_r(x) = I(x) I(x + r) as the rows of a matrix T [C, N] and a row of ones
    below it, T Tᵀ has all S₃ and, in its last row, all S₂. For the upstream numbers G of S₃ and g
    of S₂, the gradient with respect to the features is U = (G + Gᵀ) T + g; a feature passes it on
    to both of its pixels, U_r(x) I(x + r) to x and U_r(x) I(x) to x + r.

    All but the two products is a pass over memory, so that it counts how these run. The image is
    held once for each column lag, shifted by it: I(x + r) for all x of a strip of rows is then a
    part without gaps, which begins dy rows further down for the row lag dy. Small planes are
    taken several at a time, large ones in strips.
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
        size = height * width * (self._count + 1)
        self._rows = -(-height // -(-size // self._held_values()))
        self._planes = max(1, self._held_values() // size)
        self._local = threading.local()
        self._counts: Blocks | float = float(height * width)
        if self.valid is not None:
            counts, _ = self._sums(self.valid[None], self._surrounded(self.valid[None]))
            self._counts = {name: np.rint(count[0]) for name, count in counts.items()}

    def _held_values(self) -> int:
        return _HELD_VALUES

    def evaluate(self, fields: Array) -> tuple[Blocks, Pullback]:
        """Return `s2` [B, C] and `s3` [B, C, C]; see `Kernel.evaluate`."""
        around = self._surrounded(fields)
        sums, held = self._sums(fields, around)

        def pullback(upstream: Mapping[str, Array]) -> Array:
            return self._folded(self._gradient(fields, around, held, self._weights(upstream)))

        if isinstance(self._counts, float):
            return {name: total / self._counts for name, total in sums.items()}, pullback
        values = {}
        for name, total in sums.items():
            pairs = self._counts[name]
            # Sums by FFT are not exactly 0 where there is no pair.
            values[name] = np.where(pairs > 0, total / np.maximum(pairs, 1), np.nan)
        return values, pullback

    def gradient(self, fields: Array, upstream: Mapping[str, Array]) -> Array:
        """See `Kernel.gradient`: without the product for the blocks."""
        around = self._surrounded(fields)
        return self._folded(self._gradient(fields, around, None, self._weights(upstream)))

    def _sums(self, fields: Array, around: Array) -> tuple[Blocks, list[_Piece] | None]:
        """Sums over the pixels of T_a and of T_a T_b; and the features, if all were held."""
        total = np.zeros((len(fields), self._count + 1, self._count + 1), self.dtype)
        piece = None
        for piece in self._pieces(fields, around):
            features = piece.features
            # A matrix times its own transpose: BLAS computes one half of it only.
            total[piece.planes] += np.matmul(features, features.swapaxes(1, 2))
        held = [piece] if piece is not None and piece.images.shape == fields.shape else None
        return {"s2": total[:, -1, :-1], "s3": total[:, :-1, :-1]}, held

    def _weights(self, upstream: Mapping[str, Array]) -> Array:
        """What a change of the sums counts, G + Gᵀ of S₃ and g of S₂.

        [B, C, C + 1], or [1, C, C + 1] for numbers that all planes share.
        """
        if isinstance(self._counts, float):
            two, three = upstream["s2"] / self._counts, upstream["s3"] / self._counts
        else:
            # Entries without pairs have an upstream of 0.
            two = upstream["s2"] / np.maximum(self._counts["s2"], 1)
            three = upstream["s3"] / np.maximum(self._counts["s3"], 1)
        weights = np.empty((len(two), self._count, self._count + 1), self.dtype)
        np.add(three, three.swapaxes(1, 2), out=weights[:, :, :-1])
        weights[:, :, -1] = two
        return weights

    def _gradient(
        self, fields: Array, around: Array, held: list[_Piece] | None, weights: Array
    ) -> Array:
        """The gradient of fields and of what lies around them, laid out as `_surrounded`."""
        side, width = self._side, self.extent[1]
        result = np.zeros_like(around)
        for piece in held or self._pieces(fields, around):
            _, rows, _ = piece.images.shape
            chosen = weights if len(weights) == 1 else weights[piece.planes]
            slopes = self._slopes(chosen, piece.features)
            inside = slopes[..., : rows * width]
            here = np.einsum("bsrn,bsrn->bn", inside, piece.windows).reshape(piece.images.shape)
            part = result[piece.planes, piece.first : piece.first + rows + side]
            part[:, :rows, side : side + width] += here
            part += self._spread(self._shifted_sums(slopes, piece.images))
        return result

    def _pieces(self, fields: Array, around: Array) -> Iterator[_Piece]:
        """Several planes, or one strip of a plane after the other."""
        height, width = self.extent
        for start in range(0, len(fields), self._planes):
            planes = slice(start, start + self._planes)
            shifted = self._shifted(around[planes])
            plane, column, down, right = shifted.strides
            for first in range(0, height, self._rows):
                rows = min(self._rows, height - first)
                shape = (len(shifted), *self._lags, rows * width)
                strides = (plane, down, column, right)
                windows = _view(shifted, first * down, shape, strides)
                images = fields[planes, first : first + rows]
                yield _Piece(planes, first, images, windows, self._features(windows, images))

    def _shifted(self, around: Array) -> Array:
        """I(y, x + dx) for every column lag dx, [b, 2L − 1, H + L − 1, W]."""
        plane, down, right = around.strides
        shape = (len(around), self._lags[1], around.shape[1], self.extent[1])
        shifted = self._scratch("shifted", shape)
        shifted[:] = _view(around, 0, shape, (plane, right, down, right))
        return shifted

    def _surrounded(self, fields: Array) -> Array:
        """Images with what lies around them: their other side, or nothing where they are open.

        [B, H + L − 1, W + 2 (L − 1)]; rows are added below, columns on both sides.
        """
        side, (height, width) = self._side, self.extent
        around = np.zeros((len(fields), height + side, width + 2 * side), self.dtype)
        around[:, :height, side : side + width] = fields
        if self.valid is None:
            around[:, :height, :side] = fields[:, :, width - side :]
            around[:, :height, side + width :] = fields[:, :, :side]
            around[:, height:] = around[:, :side]
        return around

    def _folded(self, around: Array) -> Array:
        """The transpose of `_surrounded`: what fell beside the images, back onto their pixels."""
        side, (height, width) = self._side, self.extent
        if self.valid is not None:
            inside: Array = around[:, :height, side : side + width] * self.valid
            return inside
        around[:, :side] += around[:, height:]
        result = around[:, :height, side : side + width].copy()
        result[:, :, width - side :] += around[:, :height, :side]
        result[:, :, :side] += around[:, :height, side + width :]
        return result

    def _features(self, windows: Array, images: Array) -> Array:
        """T and a row of ones, [b, C + 1, pixels]."""
        planes, near, pixels = len(images), self._lags[0], windows.shape[-1]
        held = self._pixel_rows("features", (planes, self._count + 1, pixels))
        features = held[..., :pixels]
        image = images.reshape(planes, 1, pixels)
        np.multiply(image, windows[:, 0, self._side :], out=features[:, :near])
        plane, lag, right = features.strides
        shape = (planes, near - 1, self._lags[1], pixels)
        far = _view(held, near * lag, shape, (plane, self._lags[1] * lag, lag, right))
        np.multiply(image[:, None], windows[:, 1:], out=far)
        features[:, -1] = 1
        return features

    def _slopes(self, weights: Array, features: Array) -> Array:
        """U for all row and column lags, [b, L, 2L − 1, n + some]; 0 outside the half plane."""
        planes, _, pixels = features.shape
        slopes = self._pixel_rows("slopes", (planes, self._lags[0] * self._lags[1], pixels))
        slopes[:, : self._side] = 0
        slopes[..., pixels:] = 0
        np.matmul(weights, features, out=slopes[:, self._side :, :pixels])
        return slopes.reshape(planes, *self._lags, -1)

    def _shifted_sums(self, slopes: Array, images: Array) -> Array:
        """Σ over dy of U_r(x) I(x) at x + (dy, 0), for every dx, [b, 2L − 1, rows + L − 1, W].

        A view that begins dy rows earlier for the row lag dy lets one sum add up what falls on
        one pixel. Above and below the rows of a lag it sees those of others: as an image has
        zeros there, these do not count.
        """
        (planes, rows, width), side = images.shape, self._side
        padded = np.zeros((planes, rows + 2 * side, width), self.dtype)
        padded[:, side : side + rows] = images
        size = (rows + side) * width
        plane, down, right = padded.strides
        shape = (planes, self._lags[0], size)
        lower_images = _view(padded, side * down, shape, (plane, -down, right))
        plane, row_lag, column_lag, right = slopes.strides
        lower_slopes = _view(
            slopes, 0, (planes, *self._lags, size), (plane, row_lag - down, column_lag, right)
        )
        sums = np.empty((planes, self._lags[1], size), self.dtype)
        for each in range(planes):  # for several at once NumPy takes the loops in a worse order
            np.einsum("rsm,rm->sm", lower_slopes[each], lower_images[each], out=sums[each])
        return sums.reshape(planes, self._lags[1], rows + side, width)

    def _spread(self, sums: Array) -> Array:
        """Add sums up, that of dx at the columns x + dx; [b, rows + L − 1, W + 2 (L − 1)].

        As in `_shifted_sums`: behind each row are zeros, which a view that begins earlier sees.
        """
        planes, lags, rows, width = sums.shape
        wide = width + lags - 1
        padded = self._scratch("spread", (planes, lags, rows, wide))
        padded[..., :width] = sums
        padded[..., width:] = 0
        plane, lag, _, right = padded.strides
        shape, strides = (planes, lags, rows * wide), (plane, lag - right, right)
        # Lag k begins k rows · wide − k places behind the first: never before it.
        found: Array = _view(padded, 0, shape, strides).sum(1).reshape(planes, rows, wide)
        return found

    def _pixel_rows(self, name: str, shape: tuple[int, int, int]) -> Array:
        """Memory for rows of pixels, some places apart: [b, rows, pixels + some].

        Rows that begin a power of two after each other fall on the same places of a cache, and
        products take a fifth longer.
        """
        return self._scratch(name, (*shape[:2], shape[2] + _APART))

    def _scratch(self, name: str, shape: tuple[int, ...]) -> Array:
        """Memory of this thread that is used again: new pages cost as much as the sums."""
        size = math.prod(shape)
        held = getattr(self._local, name, None)
        if held is None or held.size < size:
            held = np.empty(size, self.dtype)
            setattr(self._local, name, held)
        found: Array = held[:size].reshape(shape)
        return found


def _view(array: Array, offset: int, shape: tuple[int, ...], strides: tuple[int, ...]) -> Array:
    """Return a view of an array without gaps; `as_strided` takes as long as a pass over memory."""
    return np.ndarray(shape, array.dtype, array, offset, strides)
