"""How the mean of a stationary image scatters, read from its longest waves."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from mcr_core.microstructure import Microstructure
from mcr_core.pyramid import coarsen
from mcr_core.sampling.integral_range import correlated_lags
from mcr_core.sampling.lag_sums import LagSums
from mcr_core.sampling.waves import FEWEST, MOST, low_waves, wave_count

Array = npt.NDArray[Any]

#: How far the waves are trusted to be too short, as a factor of the variance.
_LARGEST_CORRECTION = 2.0
#: From how many pixels on the fewest waves do: S₂ at all lags takes four FFTs for each.
_MANY = 2**18
#: Largest extent on which waves are computed, in pixels.
_LARGEST = 512
#: Lags up to which covariances are computed at first: FFTs are shorter than those of all lags.
_NEAR = 64
#: Least share of the valid pixels that whole coarse pixels have to hold.
_KEPT = 0.8


@dataclass(frozen=True, eq=False)
class ImageScatter:
    """What the sampling errors of all statistics of a plane are computed from.

    Attributes:
        count: number of waves K, the degrees of freedom of each variance.
        correction: variance of a mean by the variance that the waves show, for each field [F].
        range: integral range of each field in pixels, [F].
        fraction_error: standard error of the mean of each field, [F].
        pixels: number of valid pixels N.
    """

    count: int
    correction: Array
    range: Array
    fraction_error: Array
    pixels: int

    @property
    def pieces(self) -> float:
        """Independent pieces of the image, N / integral range; of several phases the fewest."""
        return self.pixels / float(np.max(self.range))


def image_scatter(fields: Array, valid: Array | None, *, periodic: bool) -> ImageScatter:
    """Read the scatter of the means of fields from one image.

    An image of N pixels is taken as a part of a stationary material, whose mean over the image has
    the variance f(0) / N, with the spectral density f at frequency 0. The K longest waves w_k
    (Σ w_k² = 1, Σ w_k = 0) have the amplitudes a_k = Σ w_k(x) I(x), of mean square f near 0: their
    mean estimates f(0), like χ² with K degrees of freedom. The mean of the image is in none of
    them, so that subtracting it takes nothing away.

    The waves are not infinitely long: f is lower there than at 0, by a factor that the covariance
    C of the image tells. The variance is multiplied by
    Σ_r C(r) t(r) / mean_k Σ_r C(r) t_k(r), between 1 and 2, with t the share of the pairs of pixels
    at the lag r and t_k(r) = Σ_x w_k(x) w_k(x + r), over lags up to where C first vanishes; C is
    that about the mean of the image plus the variance of that mean.

    Source: equally weighted cosine estimate of a long-run variance: Müller, A theory of robust
    long-run variance estimation, J. Econometrics 141, 1331 (2007); Lazarus, Lewis, Stock, Watson,
    HAR inference: recommendations for practice, J. Business & Economic Statistics 36, 541 (2018);
    here in two dimensions, corrected by the integral range.

    Args:
        fields: [F, H, W].
        valid: which pixels count, [H, W]; None: all.
        periodic: whether the image wraps around.
    """
    valid_pixels = int(valid.sum()) if valid is not None else fields[0].size
    means = fields.sum((1, 2)) if valid is None else (fields * valid).sum((1, 2))
    spreads = np.maximum(means / valid_pixels * (1 - means / valid_pixels), 1e-12)
    fields, valid = _handy(fields, valid)
    shape: tuple[int, int] = (fields.shape[-2], fields.shape[-1])
    inside = np.ones(shape) if valid is None else valid.astype(np.float64)
    pixels = int(inside.sum())
    most = FEWEST if valid_pixels > _MANY else MOST
    waves = low_waves(shape, valid, periodic=periodic, count=most)
    near = LagSums(shape, periodic=periodic, reach=_NEAR)
    squares, totals, ratios, found = _corrections(fields, inside, waves, near)
    if not (found or near.complete):
        every = LagSums(shape, periodic=periodic)
        squares, totals, ratios, _ = _corrections(fields, inside, waves, every)
    ranges = np.maximum(1.0, valid_pixels / pixels * totals / spreads)
    count = min(wave_count(valid_pixels / float(ranges.max())), len(waves))
    correction = ratios[:, count - 1]
    variance = squares[:, :count].mean(1) / pixels
    return ImageScatter(
        count=count,
        correction=correction,
        range=ranges,
        fraction_error=np.sqrt(variance * correction),
        pixels=valid_pixels,
    )


def _corrections(
    fields: Array, inside: Array, waves: Array, sums: LagSums
) -> tuple[Array, Array, Array, bool]:
    """Return what the waves show of fields and by how much that is too little.

    Returns:
        Squares of the amplitudes, [F, K]; Σ_r C(r) t(r), [F]; the corrections for the first
        1, 2, … waves, [F, K]; and whether all C vanish in the reach of the sums.
    """
    spectrum = sums.spectra(inside)
    counts = np.where(sums.known, np.rint(sums.sums(spectrum, spectrum)), 0.0)
    powers = np.square(np.abs(sums.spectra(waves)))
    pixels, distance = int(inside.sum()), sums.distance()
    squares, totals, ratios, found = [], [], [], True
    for field in fields:
        apart = (field - np.sum(field * inside) / pixels) * inside
        spectrum = sums.spectra(apart)
        covariance = sums.sums(spectrum, spectrum) / np.maximum(counts, 1)
        shows = np.square(np.tensordot(waves, apart, 2))
        shown = float(np.mean(shows[:FEWEST])) / pixels
        ratio = np.ones(len(waves))
        for _ in range(2):
            # The variance of the mean corrects the covariance that its own correction is made of.
            whole = covariance + shown * ratio[:FEWEST][-1]
            correlated, vanishes = correlated_lags(whole, distance, counts)
            found &= vanishes
            near = np.where(correlated, whole, 0.0)
            total = float(np.sum(near * counts)) / pixels
            seen = np.cumsum(sums.against(near, powers)) / np.arange(1, len(waves) + 1)
            ratio = np.divide(total, seen, out=np.ones_like(seen), where=seen > 0)
            ratio = np.clip(ratio, 1.0, _LARGEST_CORRECTION)
        squares.append(shows)
        totals.append(total)
        ratios.append(ratio)
    return np.array(squares), np.array(totals), np.array(ratios), found


def wave_number(fields: Array, valid: Array | None, *, periodic: bool) -> int:
    """Return the number of waves of `image_scatter`; for a large image it is known beforehand."""
    pixels = fields[0].size if valid is None else int(valid.sum())
    return FEWEST if pixels > _MANY else image_scatter(fields, valid, periodic=periodic).count


@dataclass(frozen=True)
class FractionError:
    """Phase fractions of one image, and how far they may be from those of the material.

    Attributes:
        fractions: share of each phase.
        errors: standard error of each.
        degrees: degrees of freedom of the errors.
        pieces: independent pieces of the image, N / integral range.
    """

    fractions: tuple[float, ...]
    errors: tuple[float, ...]
    degrees: int
    pieces: float

    def half_width(self, phase: int, share: float = 0.9) -> float:
        """Half of the interval that holds the truth in that share of images."""
        return self.errors[phase] * student(share, self.degrees)


def fraction_error(microstructure: Microstructure) -> FractionError:
    """Return the phase fractions of a 2D image with their sampling errors; see `image_scatter`."""
    fields = np.stack([microstructure.labels == p for p in range(microstructure.phase_count)])
    found = image_scatter(
        fields.astype(np.float64), microstructure.mask, periodic=microstructure.periodic
    )
    return FractionError(
        tuple(map(float, microstructure.phase_fractions)),
        tuple(map(float, found.fraction_error)),
        found.count,
        found.pieces,
    )


def _handy(fields: Array, valid: Array | None) -> tuple[Array, Array | None]:
    """Average pixels 2 × 2 while an image is large: long waves need no more."""
    while max(fields.shape[-2:]) > _LARGEST and min(fields.shape[-2:]) > _LARGEST // 8:
        coarse, coarse_valid = coarsen(fields[None], None if valid is None else valid[None] * 1.0)
        if valid is not None and coarse_valid is not None:
            if 4 * coarse_valid.sum() < _KEPT * valid.sum():
                break  # too much of the image would lie in coarse pixels that the mask cuts
            valid = coarse_valid[0] > 0
        fields = coarse[0]
    return fields, valid


def student(share: float, degrees: float) -> float:
    """Standard errors on either side of a value, for an interval that holds the truth so often.

    Student's t; the normal distribution's with infinite degrees.
    """
    from scipy.special import ndtri, stdtrit

    upper = 0.5 + share / 2
    return float(ndtri(upper) if math.isinf(degrees) else stdtrit(degrees, upper))
