"""Standard errors of S₂ where the phase fraction is given, from S₂ itself."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]

#: Part of the pairs of lag 0 that lags have which count in the sums.
_MANY_PAIRS = 0.5
#: Least variance, as a share of the largest: an error of 0 would be infinite weight.
_LEAST = 1e-4


def given_fraction_errors(s2: npt.NDArray[Any], pairs: npt.NDArray[Any]) -> Array:
    """Standard errors of the S₂ of one field at all lags, [rows, columns], lag 0 in the centre.

    v (1 − v) times that of the autocorrelation coefficient ρ, by Bartlett's formula: var ρ(r) =
    Σ_s [ρ(s)² + ρ(s + r) ρ(s − r) + 2 ρ(r)² ρ(s)² − 4 ρ(r) ρ(s) ρ(s − r)] / N(r), over lags s of up
    to a quarter of the extent, with N pairs of pixels. It is 0 at lag 0 and grows with it: what
    is uncertain about S₂ beside the fraction, which a reconstruction is given. Of all the errors of
    S₂ that of the fraction is the largest part, and the same at all lags.

    Source: Bartlett, J. R. Stat. Soc. Suppl. 8, 27 (1946), in two dimensions.

    Args:
        s2: of one field.
        pairs: number of pairs of pixels at each lag.
    """
    from scipy import fft

    values = np.asarray(s2, np.float64)
    centre = tuple(extent // 2 for extent in values.shape)
    fraction = float(values[centre])
    variance = fraction * (1 - fraction)
    if variance <= 0:
        return np.ones(values.shape)
    rho = (values - fraction**2) / variance
    rows, columns = (np.arange(n) - n // 2 for n in values.shape)
    near = (np.abs(rows) <= values.shape[0] // 4)[:, None] & (
        np.abs(columns) <= values.shape[1] // 4
    )
    near &= pairs >= _MANY_PAIRS * pairs[centre]
    extent = tuple(fft.next_fast_len(2 * n) for n in values.shape)
    spectrum = fft.rfft2(np.where(near, rho, 0.0), extent)
    own = fft.irfft2(np.square(np.abs(spectrum)), extent)  # Σ ρ(s) ρ(s − r), lag 0 in the corner
    once = own[np.ix_(rows, columns)]
    twice = np.zeros_like(once)  # at 2 r, which is 0 beyond the window
    inner = np.ix_(np.abs(2 * rows) < values.shape[0], np.abs(2 * columns) < values.shape[1])
    twice[inner] = own[
        np.ix_(
            2 * rows[np.abs(2 * rows) < values.shape[0]],
            2 * columns[np.abs(2 * columns) < values.shape[1]],
        )
    ]
    terms = own[0, 0] * (1 + 2 * rho**2) + twice - 4 * rho * once
    floor = _LEAST * own[0, 0] / max(1, pairs[centre])
    found: Array = variance * np.sqrt(np.maximum(terms / np.maximum(pairs, 1), floor))
    return found
