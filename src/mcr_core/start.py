"""Where a reconstruction starts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from mcr_core.characterization import Characterization
from mcr_core.coarse_fields import halved
from mcr_core.errors import InputError
from mcr_core.microstructure import Microstructure, field_count, field_phases
from mcr_core.phases import to_labels
from mcr_core.planes import plane_axes, plane_names
from mcr_core.settings import Settings
from mcr_core.two_point import field_pairs


def noise(
    shape: Sequence[int], fractions: npt.NDArray[np.float64], seed: int, dtype: npt.DTypeLike
) -> npt.NDArray[Any]:
    """White noise [F, (Z,) Y, X] in [0, 1] whose mean is the fraction of each field's phase."""
    rng = np.random.default_rng(seed)
    phases = list(field_phases(len(fractions)))
    means = fractions[phases].reshape(-1, *[1] * len(shape))
    # Uniform on [0, 2 v], mirrored for v > 1/2 so that the values stay in [0, 1].
    spread = rng.uniform(-1.0, 1.0, (len(phases), *shape)) * np.minimum(means, 1 - means)
    values: npt.NDArray[Any] = (means + spread).astype(dtype)
    return values


def gaussian_field(
    target: Characterization, shape: Sequence[int], seed: int, dtype: npt.DTypeLike
) -> npt.NDArray[Any]:
    """Truncated Gaussian random fields [F, (Z,) Y, X] with the target's fractions and, nearly, S₂.

    For every phase, white noise is filtered to the covariance whose truncation at the phase's
    fraction has the S₂ that the target has along each axis (ellipsoidal in between), and cut
    with a soft edge about a voxel wide. Three phases and more share out the voxels that several
    fields claim. Periodic. The negative part of the spectrum, which no volume can have, is left
    out.

    Source: Teubner, Europhys. Lett. 14, 403 (1991); Roberts, Phys. Rev. E 56, 3203 (1997).
    """
    from scipy import fft, ndimage, special

    rng = np.random.default_rng(seed)
    fields = []
    for index, phase in enumerate(field_phases(target.phase_count)):
        fraction = float(np.clip(target.phase_fractions[phase], 1e-6, 1 - 1e-6))
        profiles = _axis_profiles(target, index, len(shape))
        covariance = _ellipsoid(
            [_gaussian_covariance(profile, fraction) for profile in profiles], shape
        )
        power = np.clip(fft.rfftn(covariance).real, 0.0, None)
        white = fft.rfftn(rng.standard_normal(tuple(shape)))
        field = fft.irfftn(white * np.sqrt(power), tuple(shape))
        field = (field - field.mean()) / field.std()
        steepness = float(
            np.mean([np.abs(np.diff(field, axis=a)).mean() for a in range(len(shape))])
        )
        level = np.quantile(field, 1 - fraction)
        fields.append((field - level) / (0.5 * steepness))
    heights = np.stack(fields)
    if len(heights) == 1:
        soft = special.expit(heights)
    else:
        # Independent fields claim the same voxels: share these out, so that the phases sum to 1.
        labels = to_labels(heights, target.phase_fractions, seed)
        crisp = np.stack([labels == phase for phase in range(len(heights))]).astype(np.float64)
        soft = np.stack([ndimage.gaussian_filter(phase, 0.7, mode="wrap") for phase in crisp])
    return np.asarray(soft, dtype)


def _axis_profiles(
    target: Characterization, field: int, ndim: int
) -> list[npt.NDArray[np.float64]]:
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
    means: list[npt.NDArray[np.float64]] = []
    for lines_of_axis in profiles:
        shorter = min(len(line) for line in lines_of_axis)
        stacked = np.array([line[:shorter] for line in lines_of_axis], dtype=np.float64)
        means.append(stacked.mean(axis=0))
    return means


def _gaussian_covariance(
    profile: npt.NDArray[np.float64], fraction: float
) -> npt.NDArray[np.float64]:
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


def _ellipsoid(
    profiles: Sequence[npt.NDArray[np.float64]], shape: Sequence[int]
) -> npt.NDArray[np.float64]:
    """Periodic covariance on a grid, from its profiles along the axes.

    Between the axes the lag is measured in correlation lengths, and the profiles are mixed by
    the direction of the lag.
    """
    lengths = [max(0.5, float(np.clip(profile, 0, None).sum())) for profile in profiles]
    lags = np.meshgrid(*[np.abs(np.fft.fftfreq(n, 1 / n)) for n in shape], indexing="ij")
    scaled = [lag / length for lag, length in zip(lags, lengths, strict=True)]
    square = sum(s**2 for s in scaled)
    radius = np.sqrt(square)
    covariance = np.zeros(tuple(shape))
    for profile, length, lag in zip(profiles, lengths, scaled, strict=True):
        share = np.divide(
            lag**2, square, out=np.full(tuple(shape), 1 / len(shape)), where=square > 0
        )
        covariance += share * np.interp(
            radius * length, np.arange(len(profile)), profile, right=0.0
        )
    return covariance


def check_start(initial: Microstructure, shape: Sequence[int], phase_count: int) -> None:
    """Check a microstructure that a reconstruction is to start from.

    Raises:
        InputError: it has another shape or number of phases than the result.
    """
    if initial.shape != tuple(shape):
        raise InputError(
            f"the start has shape {initial.shape}, the result {tuple(shape)}: they must be equal"
        )
    if initial.phase_count != phase_count:
        raise InputError(
            f"expected a start with {phase_count} phases, got one with {initial.phase_count}"
        )


def start_fields(
    target: Characterization,
    shape: Sequence[int],
    initial: Microstructure | None,
    settings: Settings,
) -> npt.NDArray[Any]:
    """Fields [F, (Z,) Y, X] that a run starts from, by `settings.start` or as given.

    Where coarser volumes come first they are those of the coarsest. The Gaussian field and what is
    given are averaged down; noise is drawn there, as averaged noise would be nearly even.

    Args:
        target: the statistics to meet.
        shape: extent of the result.
        initial: what to start from instead, of that extent.
        settings: how to run.
    """
    levels = settings.coarse_levels
    if initial is None and settings.start == "noise":
        extent = [size >> levels for size in shape]
        return noise(extent, target.phase_fractions, settings.seed, settings.dtype)
    fields = (
        gaussian_field(target, shape, settings.seed, settings.dtype)
        if initial is None
        else initial.fields(settings.dtype)
    )
    for _ in range(levels):
        fields = halved(fields)
    return fields
