"""S₂ of all lags by FFT, with the number of pairs: what every characterization stores."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from mcr_core.microstructure import Microstructure
from mcr_core.planes import field_planes

Array = npt.NDArray[Any]


def two_point_counts(fields: Array, valid: Array | None, *, periodic: bool) -> tuple[Array, Array]:
    """Count pairs of pixels of a plane at all lags.

    Args:
        fields: indicator functions [F, H, W].
        valid: 1 where a pixel counts, [H, W]; None if all do.
        periodic: whether pairs wrap around.

    Returns:
        hits: [K, …], pairs with x in the first and x + r in the second phase, for the K pairs of
            fields p ≤ q in the order of `field_pairs`.
        pairs: […], valid pairs. Both have the lag 0 in the centre (index shape // 2): shape
            (H, W) if periodic, (2H − 1, 2W − 1) if open.
    """
    from scipy import fft

    height, width = fields.shape[-2:]
    weight = np.ones((height, width)) if valid is None else valid.astype(float)
    extent = (height, width)
    if not periodic:
        # Next fast length beyond 2N − 1; the lags in between are cut off again.
        extent = (fft.next_fast_len(2 * height - 1), fft.next_fast_len(2 * width - 1))
    spectra = fft.rfft2(fields * weight, extent)

    def correlate(first: Array, second: Array) -> Array:
        counts = np.rint(fft.irfft2(np.conj(first) * second, extent))
        if not periodic:
            rows = np.arange(-(height - 1), height)
            columns = np.arange(-(width - 1), width)
            counts = counts[np.ix_(rows, columns)]
        else:
            counts = fft.fftshift(counts)
        return np.asarray(counts)

    hits = np.stack([correlate(spectra[p], spectra[q]) for p, q in field_pairs(len(fields))])
    weights = fft.rfft2(weight, extent)
    return hits, correlate(weights, weights)


def field_pairs(count: int) -> list[tuple[int, int]]:
    """Pairs of fields p ≤ q; the others follow from S_qp(r) = S_pq(−r)."""
    return [(p, q) for p in range(count) for q in range(p, count)]


def two_point(hits: Array, pairs: Array) -> npt.NDArray[np.float32]:
    """S₂ = hits / pairs, [K, …] float32; 0 where there is no pair."""
    share = np.divide(hits, pairs, out=np.zeros(hits.shape), where=pairs > 0)
    return share.astype(np.float32)


def mean_two_point(
    microstructure: Microstructure, plane: str
) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.int64]]:
    """S₂ at all lags over all planes of one kind, and the number of pairs; see `two_point`."""
    fields, valid = field_planes(microstructure, plane)
    hits: Any = 0.0
    pairs: Any = 0.0
    for index in range(len(fields)):
        more_hits, more_pairs = two_point_counts(
            fields[index],
            None if valid is None else valid[index],
            periodic=microstructure.periodic,
        )
        hits, pairs = hits + more_hits, pairs + more_pairs
    return two_point(hits, pairs), np.rint(pairs).astype(np.int64)


def near_lags(s2: Array, limit_to: int) -> Array:
    """Cut the lags |dy|, |dx| ≤ limit_to − 1 out of the last two axes (lag 0 in the centre).

    The result is [..., 2 l − 1, 2 l − 1] with l = limit_to, or less where S₂ has fewer lags.
    """
    reach = min(limit_to - 1, *((extent - 1) // 2 for extent in s2.shape[-2:]))
    row, column = (extent // 2 for extent in s2.shape[-2:])
    window: Array = s2[..., row - reach : row + reach + 1, column - reach : column + reach + 1]
    return window


def cubic_mean(window: Array) -> Array:
    """Average a square window of lags over the eight symmetries of the square."""
    mean: Array = np.mean(square_orientations(window), axis=0)
    return mean


def square_orientations(squares: Array) -> list[Array]:
    """The eight rotations and mirrorings of squares [..., n, n]."""
    turned = np.swapaxes(squares, -2, -1)
    return [each[..., ::y, ::x] for each in (squares, turned) for y in (1, -1) for x in (1, -1)]
