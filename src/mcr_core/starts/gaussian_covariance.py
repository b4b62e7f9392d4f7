"""The covariance of a Gaussian field whose truncation has an S₂."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from mcr_core.microstructure import field_count
from mcr_core.planes import plane_axes, plane_names
from mcr_core.two_point import field_pairs

if TYPE_CHECKING:
    from mcr_core.characterization import Characterization

Profile = npt.NDArray[np.float64]


def axis_profiles(target: Characterization, field: int, ndim: int) -> list[Profile]:
    """S₂ of a field at the lags 0, 1, … along each axis of the result."""
    pair = field_pairs(field_count(target.phase_count)).index((field, field))
    profiles: list[list[npt.NDArray[Any]]] = [[] for _ in range(ndim)]
    for plane in plane_names(ndim):
        statistics = target.for_plane(plane, ndim)
        s2 = statistics.s2[pair]
        row, column = s2.shape[0] // 2, s2.shape[1] // 2
        # Lags at which a mask leaves no pair hold 0, which is no measurement.
        known = statistics.pairs > 0
        down, across = (
            int(np.argmin(np.append(line, False)))
            for line in (known[row:, column], known[row, column:])
        )
        lines = s2[row : row + down, column], s2[row, column : column + across]
        if statistics is target.planes.get("cubic"):
            shorter = min(len(line) for line in lines)
            lines = ((lines[0][:shorter] + lines[1][:shorter]) / 2,) * 2
        for axis, line in zip(plane_axes(ndim, plane), lines, strict=True):
            profiles[axis].append(line)
    means: list[Profile] = []
    for lines_of_axis in profiles:
        shorter = min(len(line) for line in lines_of_axis)
        stacked = np.array([line[:shorter] for line in lines_of_axis], dtype=np.float64)
        means.append(stacked.mean(axis=0))
    return means


def power_spectrum(
    profiles: Sequence[Profile], fraction: float, shape: Sequence[int], workers: int
) -> npt.NDArray[np.float32]:
    """Power [(Z,) Y, X // 2 + 1] of the periodic Gaussian field whose truncation has an S₂.

    Ellipsoidal between the axes. The negative part, which no volume can have, is left out.

    Source: Teubner, Europhys. Lett. 14, 403 (1991); Roberts, Phys. Rev. E 56, 3203 (1997).

    Args:
        profiles: S₂ along each axis.
        fraction: share of the phase.
        shape: extent.
        workers: threads to use; results do not depend on them.
    """
    from scipy import fft

    covariance = _ellipsoid([_covariance(profile, fraction) for profile in profiles], shape)
    power = fft.rfftn(covariance, workers=workers).real
    clipped: npt.NDArray[np.float32] = np.clip(power, 0.0, None).astype(np.float32)
    return clipped


def _covariance(profile: Profile, fraction: float) -> Profile:
    """Covariance ρ of the Gaussian field whose truncation has the S₂ of a profile.

    Inverts S₂ = v² + (1 / 2π) ∫₀^ρ exp(−t² / (1 + u)) / √(1 − u²) du, t the threshold, on a grid.
    """
    from scipy import integrate, special

    threshold = special.ndtri(1 - fraction)
    angles = np.linspace(-np.pi / 2, np.pi / 2, 2001)[1:]  # u = sin(angle) removes the root
    weight = np.exp(-(threshold**2) / (1 + np.sin(angles))) / (2 * np.pi)
    rise = integrate.cumulative_simpson(weight, x=angles, initial=0)
    s2 = fraction**2 + rise - np.interp(0.0, angles, rise)
    rho = np.interp(profile, s2, np.sin(angles))
    # Lags beyond a third of the source are counted on few pairs: fade them out.
    lags = np.arange(len(rho)) / max(1, len(rho) / 3)
    return rho * np.clip(2 - lags, 0.0, 1.0)


def _ellipsoid(profiles: Sequence[Profile], shape: Sequence[int]) -> npt.NDArray[np.float32]:
    """Periodic covariance on a grid, from its profiles along the axes.

    Between the axes the lag is measured in correlation lengths, and the profiles are mixed by
    the direction of the lag.
    """
    lengths = [max(0.5, float(np.clip(profile, 0, None).sum())) for profile in profiles]
    # Even along each axis: the lags up to half of the extent say all.
    near = [n // 2 + 1 for n in shape]
    scaled = [
        np.arange(n, dtype=np.float32).reshape(
            [-1 if axis == own else 1 for axis in range(len(near))]
        )
        / length
        for own, (n, length) in enumerate(zip(near, lengths, strict=True))
    ]
    square = sum((lag * lag for lag in scaled), np.zeros(near, np.float32))
    radius = np.sqrt(square)
    covariance = np.zeros(near, np.float32)
    for profile, length, lag in zip(profiles, lengths, scaled, strict=True):
        share = np.full(near, 1 / len(near), np.float32)
        np.divide(lag * lag, square, out=share, where=square > 0)
        value = np.interp(radius * length, np.arange(len(profile)), profile, right=0.0)
        covariance += share * value.astype(np.float32)
    for axis, n in enumerate(shape):
        place = np.abs(np.fft.fftfreq(n, 1 / n)).astype(int)
        covariance = np.take(covariance, place, axis)
    return covariance
