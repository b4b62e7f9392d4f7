"""S₂ and S₃ of many lags: sums over the columns by FFT, over the rows by matrix products."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
from numpy.lib.stride_tricks import as_strided

from mcr_core.kernels.correlations import CorrelationsKernel
from mcr_core.kernels.kernel import Array, Blocks

#: Features that are held at once.
_HELD_VALUES = 2**21


class SpectralCorrelationsKernel(CorrelationsKernel):
    """What `CorrelationsKernel` computes, with fewer operations where lags are many.

    Of two features T_a T_b = F_a(x) I(x + b), with F_a = I(x)² I(x + a), the sum over x is a
    correlation of F_a with I. Along the columns it is taken by FFT: the 2L − 1 lags of b become
    W / 2 + 1 frequencies, and for each of these the sum over the rows is a product of matrices
    [C, H] and [H, L]. That takes about C H W (5 log₂ W + 8 L) / 2 operations in place of
    C² H W. The gradient goes the same way back. Open images are padded to the reach along the
    columns.

    Arrays are [x, lag, y] here, so that the transforms run along the first axis.
    """

    def _held_values(self) -> int:
        return _HELD_VALUES

    def _sums(self, fields: Array, around: Array) -> tuple[Blocks, None]:
        """See `CorrelationsKernel._sums`; features are not kept."""
        found = [self._plane_sums(*images) for images in zip(fields, around, strict=True)]
        total = np.stack(found)
        return {"s2": total[:, -1], "s3": total[:, :-1]}, None

    def _gradient(self, fields: Array, around: Array, held: Any, weights: Array) -> Array:
        """See `CorrelationsKernel._gradient`."""
        every = np.broadcast_to(weights, (len(fields), *weights.shape[1:]))
        rows = zip(fields, around, every, strict=True)
        return np.stack([self._plane_gradient(*images) for images in rows])

    def _plane_sums(self, field: Array, around: Array) -> Array:
        """Sums of T_a T_b, and in the last row of T_b, of one plane [C + 1, C]."""
        from scipy import fft

        spectrum = self._spectrum(around)
        frequencies, length = len(spectrum), self._length
        products = np.zeros((frequencies, self._count + 1, self._lags[0]), spectrum.dtype)
        turned = np.ascontiguousarray(around.T)
        for first, rows in self._row_strips():
            image = np.ascontiguousarray(field[first : first + rows].T)
            features = self._scratch("features", (len(image), self._count + 1, rows))
            np.multiply(image[:, None], image[:, None], out=features[:, -1:])
            self._times_turned(
                features[:, -1:], self._turned_windows(turned, first, rows), features[:, :-1]
            )
            features[:, -1] = image  # its correlation with the image is S₂
            far = self._rows_of(spectrum, first, rows).conj()
            products += np.matmul(fft.rfft(features, length, axis=0), far.transpose(0, 2, 1))
        cosine, sine = self._waves
        parts = products.reshape(frequencies, -1)
        # Each frequency but the first and, of an even length, the last stands for two.
        share = np.full((frequencies, 1), 2 / length, self.dtype)
        share[0] /= 2
        if length % 2 == 0:
            share[-1] /= 2
        # The products are the complex conjugates of what is wanted.
        total = parts.real.T @ (share * cosine) + parts.imag.T @ (share * sine)
        found: Array = total.reshape(self._count + 1, -1)[:, self._side :]
        return found

    def _plane_gradient(self, field: Array, around: Array, weights: Array) -> Array:
        """See `CorrelationsKernel._gradient`, of one plane."""
        from scipy import fft

        side, width = self._side, self.extent[1]
        spectrum = self._spectrum(around)
        three, two = self._factors(weights[:, :-1]), self._factors(weights[:, -1:].T)
        turned = np.ascontiguousarray(around.T)
        result = np.zeros_like(turned)
        inside = result[side : side + width]
        for first, rows in self._row_strips():
            image = np.ascontiguousarray(field[first : first + rows].T)[:, None]
            far = self._rows_of(spectrum, first, rows)
            # ∂ S₃ / ∂ I(x + b) for all a: what is I(x)² times to x + a, and I(x) I(x + a) to x.
            slopes = fft.irfft(np.matmul(three, far), self._length, axis=0)[:width]
            self._scatter_turned(slopes, image * image, result[:, first : first + rows + side])
            self._times_turned(slopes, self._turned_windows(turned, first, rows), slopes)
            inside[:, first : first + rows] += slopes.sum(1) * image[:, 0]
            # S₂ is a sum over both of its pixels.
            pairs = fft.irfft(np.matmul(two, far), self._length, axis=0)[:width, 0]
            inside[:, first : first + rows] += pairs
            near = spectrum[:, None, first : first + rows] * two.transpose(0, 2, 1).conj()
            for dy, line in enumerate(fft.irfft(near, self._length, axis=0)[:width].swapaxes(0, 1)):
                inside[:, first + dy : first + dy + rows] += line
        return result.T

    def _row_strips(self) -> Iterator[tuple[int, int]]:
        """First row and number of rows of each strip."""
        for first in range(0, self.extent[0], self._rows):
            yield first, min(self._rows, self.extent[0] - first)

    def _factors(self, weights: Array) -> npt.NDArray[Any]:
        """Weights of the lags of a half plane [n, C] as factors of the spectrum, [K, n, L]."""
        of_lags = np.zeros((len(weights), self._lags[0] * self._lags[1]), self.dtype)
        of_lags[:, self._side :] = weights
        flat = of_lags.reshape(-1, self._lags[1]).T
        cosine, sine = self._waves
        shape = (len(cosine), len(weights), self._lags[0])
        factors = np.empty(shape, np.result_type(self.dtype, np.complex64))
        factors.real = (cosine @ flat).reshape(shape)
        factors.imag = (sine @ flat).reshape(shape)
        return factors

    @cached_property
    def _length(self) -> int:
        """Of the transforms along the columns."""
        from scipy import fft

        width = self.extent[1]
        return width if self.valid is None else int(fft.next_fast_len(width + self._side, True))

    @cached_property
    def _waves(self) -> tuple[Array, Array]:
        """Cosine and sine of every frequency at every column lag, [K, 2L − 1] each."""
        lags = np.arange(-self._side, self._side + 1)
        angles = 2 * np.pi / self._length * np.outer(np.arange(self._length // 2 + 1), lags)
        return np.cos(angles).astype(self.dtype), np.sin(angles).astype(self.dtype)

    def _spectrum(self, around: Array) -> npt.NDArray[Any]:
        """Transforms of the rows of the image and of those below, [K, H + L − 1]."""
        from scipy import fft

        columns = around[:, self._side : self._side + self.extent[1]]
        found: npt.NDArray[Any] = fft.rfft(columns.T, self._length, axis=0)
        return found

    def _rows_of(self, spectrum: npt.NDArray[Any], first: int, rows: int) -> npt.NDArray[Any]:
        """The rows y + b of a strip for all row lags b, [K, L, rows], a view."""
        across, down = spectrum.strides
        return as_strided(
            spectrum[:, first:],
            (len(spectrum), self._lags[0], rows),
            (across, down, down),
            writeable=False,
        )

    def _turned_windows(self, turned: Array, first: int, rows: int) -> Array:
        """I(x + r) of a strip for all lags [W, L, 2L − 1, rows], a view."""
        right, down = turned.strides
        return as_strided(
            turned[:, first:],
            (self.extent[1], *self._lags, rows),
            (right, down, right, down),
            writeable=False,
        )

    def _times_turned(self, factor: Array, windows: Array, out: Array) -> None:
        """Multiply [W, 1 or C, rows] by I(x + r) of the half plane of lags."""
        near, width, rows = self._lags[0], len(out), out.shape[2]
        far = (width, self._lags[0] - 1, self._lags[1], rows)
        many = factor.shape[1] > 1
        np.multiply(
            factor[:, :near] if many else factor, windows[:, 0, self._side :], out=out[:, :near]
        )
        # An array that is no block in memory cannot take another shape in place.
        lag, column = out.strides[1], out.strides[0]
        target = as_strided(out[:, near:], far, (column, self._lags[1] * lag, lag, out.strides[2]))
        scale = (
            as_strided(
                factor[:, near:],
                far,
                (factor.strides[0], self._lags[1] * factor.strides[1], *factor.strides[1:]),
            )
            if many
            else factor[:, None]
        )
        np.multiply(scale, windows[:, 1:], out=target)

    def _scatter_turned(self, slopes: Array, square: Array, result: Array) -> None:
        """Add U_r(x) I(x)² to the pixels x + r, in a result [W + 2 (L − 1), rows + L − 1].

        As in `CorrelationsKernel._shifted_sums`, with zeros behind the columns of a strip.
        """
        width, _, rows = slopes.shape
        lags, tall = self._lags, rows + self._side
        products = self._scratch("products", (width, lags[0] * lags[1], tall))
        products[:, : self._side] = 0
        products[:, :, rows:] = 0
        np.multiply(slopes, square, out=products[:, self._side :, :rows])
        column, lag, down = products.strides
        skewed = as_strided(
            products,
            (width, lags[0], lags[1], tall),
            (column, lags[1] * lag - down, lag, down),
            writeable=False,
        )
        lines = skewed.sum(1)
        for dx in range(lags[1]):
            result[dx : dx + width] += lines[:, dx]
