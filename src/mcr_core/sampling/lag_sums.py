"""Sums over the pairs of pixels of a plane at all lags, by FFT."""

from __future__ import annotations

from typing import Any, final

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]


@final
class LagSums:
    """Σ_x a(x) b(x + r) for images of one extent and boundary, at all lags r.

    Lags come cyclic, lag 0 at index 0: shape (H, W) if periodic, else at least (2H − 1, 2W − 1),
    where what lies beyond the image is 0. `lags` are those of the rows and the columns.

    Args:
        shape: H and W.
        periodic: whether the images wrap around.
        reach: longest lag along an axis that is right, if not periodic; default: all are. Few of
            them make the FFTs shorter.
    """

    def __init__(self, shape: tuple[int, int], *, periodic: bool, reach: int | None = None) -> None:
        from scipy import fft

        height, width = shape
        if periodic:
            self.extent = (height, width)
        else:
            most = max(shape) if reach is None else reach
            tall, wide = (fft.next_fast_len(n + min(n - 1, most), real=True) for n in shape)
            self.extent = (int(tall), int(wide))
        self.lags = tuple(fft.fftfreq(n, 1 / n) for n in self.extent)
        #: Whether all lags are right, and which.
        self.complete = periodic or reach is None or reach >= max(shape) - 1
        rows, columns = (np.abs(lag) <= (reach or 0) for lag in self.lags)
        self.known = (rows[:, None] & columns) | self.complete

    def spectra(self, images: Array) -> Array:
        """Spectra of images [..., H, W]."""
        from scipy import fft

        found: Array = fft.rfft2(images, self.extent)
        return found

    def sums(self, first: Array, second: Array) -> Array:
        """Σ_x a(x) b(x + r) of two images by their spectra."""
        from scipy import fft

        found: Array = fft.irfft2(np.conj(first) * second, self.extent)
        return found

    def against(self, kernel: Array, powers: Array) -> Array:
        """Σ_r k(r) Σ_x w(x) w(x + r) of an even kernel, for waves by their |spectra|², [K]."""
        from scipy import fft

        spectrum = fft.rfft2(kernel, self.extent).real
        # Of the columns of a real image only one half is stored.
        twice = np.full(spectrum.shape[-1], 2.0)
        twice[0] = 1.0
        if self.extent[1] % 2 == 0:
            twice[-1] = 1.0
        total: Array = np.tensordot(powers, spectrum * twice, 2) / np.prod(self.extent)
        return total

    def distance(self) -> npt.NDArray[np.float64]:
        """Length of each lag in pixels."""
        rows, columns = self.lags
        found: npt.NDArray[np.float64] = np.hypot(rows[:, None], columns[None])
        return found
