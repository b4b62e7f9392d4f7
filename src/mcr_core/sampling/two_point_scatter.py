"""Sampling errors of S₂ at all lags of one image."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, final

import numpy as np
import numpy.typing as npt

from mcr_core.sampling.lag_sums import LagSums

Array = npt.NDArray[Any]

#: Least share of the pixels that the pairs at a lag start from: fewer show no waves.
FEWEST_PAIRS = 1 / 16
#: Most numbers of waves at lags that are kept for the next field.
_KEPT = 2**23


@final
class TwoPointScatter:
    """Amplitudes of the waves in ⟨I_p(x) I_q(x + r)⟩ at all lags.

    With I = v + d, I_p(x) I_q(x + r) = v_p v_q + v_q d_p(x) + v_p d_q(x + r) + d_p(x) d_q(x + r).
    The mean of the last part has the amplitude
    b_k(r) = Σ_x (w_k(x) − m_k) d_p(x) d_q(x + r) / √(n_k P), over the P pairs of valid pixels, with
    m_k the mean and n_k the sum of squares of w_k − m_k over their first pixels; an FFT a wave for
    all lags. The parts before it are those of the fractions, a_k = Σ w_k d, and are taken from
    there: w_k(x) and w_k(x + r) differ, which would make them too small at long lags. They are
    multiplied by √(2 P + 2 T) / 2 P, where T pixels are the first of one pair and the second of
    another.

    The variance of S₂ is the mean of the squared sums of both, times the correction of
    `image_scatter`.

    Args:
        fields: [F, H, W], values in [0, 1].
        valid: which pixels count, [H, W]; None: all.
        waves: [K, H, W], see `low_waves`.
        periodic: whether the image wraps around.
    """

    def __init__(self, fields: Array, valid: Array | None, waves: Array, *, periodic: bool) -> None:
        inside = np.ones(fields.shape[1:]) if valid is None else valid.astype(np.float64)
        self._inside = inside
        pixels = float(inside.sum())
        self._sums = LagSums((fields.shape[1], fields.shape[2]), periodic=periodic)
        self._means = np.array([float(np.sum(f * inside)) / pixels for f in fields])
        self._apart = (fields - self._means[:, None, None]) * inside
        self._spectra = [self._sums.spectra(one) for one in self._apart]
        self._waves = waves
        lengths = np.sqrt(np.sum(np.square(waves), axis=(1, 2)))
        self._linear = np.tensordot(self._apart, waves, ((1, 2), (1, 2))) / lengths
        whole = self._sums.spectra(inside)
        self._whole = whole
        counts = np.rint(self._sums.sums(whole, whole))
        self._pairs = np.maximum(counts, 1)
        self._normals: dict[int, tuple[Array, Array]] = {}
        shared = np.maximum(0.0, 2 * counts - pixels)
        self._ends = np.sqrt(2 * self._pairs + 2 * shared) / (2 * self._pairs)
        #: Where the amplitudes say something, cyclic as all lags here.
        self.known = counts >= max(2.0, FEWEST_PAIRS * pixels)

    def amplitudes(self, p: int, q: int, lags: npt.NDArray[np.int64] | None = None) -> Array:
        """Return the amplitudes of the waves, [K, …cyclic lags…], or [K, n] at lags [n, 2]."""
        first, second = self._spectra[p], self._spectra[q]
        products = self._sums.sums(first, second) / self._pairs
        found = []
        linear = self._means[q] * self._linear[p] + self._means[p] * self._linear[q]
        for k, wave in enumerate(self._waves):
            total, size = self._normal(k)
            waved = self._sums.sums(self._sums.spectra(wave * self._apart[p]), second)
            quadratic = (waved - total * products) / size
            one = linear[k] * self._ends + quadratic
            found.append(one if lags is None else one[tuple(lags.T)])
        return np.stack(found)

    def _normal(self, k: int) -> tuple[Array, Array]:
        """Σ w_k over the first pixels of pairs, and √(n_k P), at all lags; kept if not large."""
        if k in self._normals:
            return self._normals[k]
        wave = self._waves[k]
        squares = self._sums.sums(self._sums.spectra(np.square(wave)), self._whole)
        total = self._sums.sums(self._sums.spectra(wave), self._whole)
        size = np.maximum(squares - total * total / self._pairs, 1e-12)
        found = total, np.sqrt(size * self._pairs)
        if len(self._waves) * total.size < _KEPT:
            self._normals[k] = found
        return found

    def at(self, cyclic: Array, extent: Sequence[int]) -> Array:
        """Arrange cyclic lags [..., rows, columns] around lag 0 in the centre of an extent."""
        rows, columns = (np.arange(n) - n // 2 for n in extent)
        arranged: Array = cyclic[..., rows[:, None], columns[None]]
        return arranged
