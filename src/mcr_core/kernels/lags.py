"""S₂ at chosen lags by FFT, and its gradient."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import fft

from mcr_core.kernels.kernel import Array, Blocks, Kernel, Pullback


class LagsKernel(Kernel):
    """S₂(r) = ⟨I(x) I(x + r)⟩ of fields [B, H, W] at lags r = (dy ≥ 0, dx) that a subclass chooses.

    With the spectrum F of the field, the sums over x are F⁻¹[|F|²]. For upstream numbers g(r),
    spread over a map of lags whose spectrum is G, the gradient at a pixel is
    Σ_r g(r) (I(x + r) + I(x − r)), that is F⁻¹[2 Re(G) F]. Open images are zero-padded by the
    longest lag along each axis; each sum is divided by the number of its pairs of valid pixels.

    Only the rows of the maps with the lags are transformed: for short lags, half of the work.
    """

    def prepare(self, descriptor: Any) -> None:
        """See `Kernel.prepare`."""
        lags = self.lags(descriptor, self.extent)
        self._shape = self.extent
        if self.valid is not None:
            reach = np.abs(lags).reshape(-1, 2).max(0)
            rows, columns = (fft.next_fast_len(int(n), real=True) for n in self.extent + reach)
            self._shape = (rows, columns)
        self._rows = int(lags[..., 0].max()) + 1
        self._places = lags[..., 0] * self._shape[1] + lags[..., 1] % self._shape[1]
        self._shares = np.full(
            self._places.shape, 1 / (self.extent[0] * self.extent[1]), self.dtype
        )
        if self.valid is not None:
            pairs = np.rint(self._sums(self._spectrum(self.valid.astype(np.float64))))
            missing = np.full_like(pairs, np.nan)
            shares = np.divide(1.0, pairs, out=missing, where=pairs > 0)
            self._shares = shares.astype(self.dtype)
        #: An entry without pairs has no slope.
        self._slopes = np.nan_to_num(self._shares)

    @staticmethod
    @abstractmethod
    def lags(descriptor: Any, extent: tuple[int, int]) -> npt.NDArray[np.int64]:
        """Return the lag (dy, dx) of every entry of the block, [..., 2]."""

    def evaluate(self, fields: Array) -> tuple[Blocks, Pullback]:
        """Return `s2` [B, ...]; see `Kernel.evaluate`."""
        spectrum = self._spectrum(fields)

        def pullback(upstream: Mapping[str, Array]) -> Array:
            slopes = upstream["s2"] * self._slopes
            size = self._rows * self._shape[1]
            # One lag may be several entries, whose slopes add up.
            planes = np.arange(len(fields))[:, None] * size
            places = planes + self._places.ravel()
            spread = np.bincount(places.ravel(), slopes.ravel(), size * len(fields))
            maps = spread.astype(self.dtype).reshape(len(fields), self._rows, -1)
            weights = self._spectrum(maps).real
            whole = self._back(2 * weights * spectrum, self.extent[0])
            result: Array = whole[..., : self.extent[1]]
            return result if self.valid is None else result * self.valid

        return {"s2": self._sums(spectrum) * self._shares}, pullback

    def _sums(self, spectrum: Array) -> Array:
        """Σ I(x) I(x + r) over x, at the lags."""
        power = np.square(spectrum.real) + np.square(spectrum.imag)
        back = self._back(power, self._rows)
        sums: Array = back.reshape(*back.shape[:-2], -1)[..., self._places]
        return sums

    def _spectrum(self, images: Array) -> Array:
        """The spectra of images [..., H, W], zero-padded at the end of both axes."""
        height, width = self._shape
        spectrum: Array = fft.fft(fft.rfft(images, width), height, axis=-2)
        return spectrum

    def _back(self, spectrum: Array, rows: int) -> Array:
        """The first rows of the images with these spectra."""
        images: Array = fft.irfft(fft.ifft(spectrum, axis=-2)[..., :rows, :], self._shape[1])
        return images
