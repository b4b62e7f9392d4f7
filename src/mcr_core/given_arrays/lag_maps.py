"""Maps of a correlation over the lag, as other programs write them."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from mcr_core.errors import InputError

Array = npt.NDArray[np.float64]


def lag_map(s2: npt.ArrayLike, lag_zero: str) -> Array:
    """Return maps [K, rows, columns] with lag 0 in the centre (index shape // 2).

    Args:
        s2: one map [rows, columns], several, or a profile [n] at the lags 0, 1, … of an isotropic
            medium, whose map reaches as far along the diagonal.
        lag_zero: `centre` or `corner`; of no matter for a profile.

    Raises:
        InputError: no such array, or values that are no probabilities.
    """
    try:
        array = np.asarray(s2, np.float64)
    except (TypeError, ValueError):
        raise InputError("s2: expected an array of numbers") from None
    if array.ndim not in (1, 2, 3) or array.size == 0:
        raise InputError(
            "s2: expected a map [rows, columns], several maps or a profile [n], got shape "
            f"{array.shape}"
        )
    if not np.isfinite(array).all() or array.min() < -1e-3 or array.max() > 1.001:
        raise InputError(
            "s2: expected probabilities from 0 to 1, got values from "
            f"{array.min():.4g} to {array.max():.4g}"
        )
    if array.ndim == 1:
        return isotropic(array)[None]
    if array.ndim == 2:
        array = array[None]
    return np.fft.fftshift(array, (-2, -1)) if lag_zero == "corner" else array


def isotropic(profile: Array) -> Array:
    """Map of an isotropic correlation from its profile at the lags 0, 1, …, by interpolation."""
    reach = int((len(profile) - 1) / np.sqrt(2))
    steps = np.arange(-reach, reach + 1)
    return np.interp(np.hypot(*np.meshgrid(steps, steps)), np.arange(len(profile)), profile)


def values_at(square: Array, lags: npt.NDArray[np.int64], name: str) -> Array:
    """Values of a map at lags (dy, dx), [n]; the mirrored lag serves as well.

    Raises:
        InputError: the map has no such lags.
    """
    centre = np.array([n // 2 for n in square.shape])
    size = np.array(square.shape)
    places = lags + centre
    mirrored = centre - lags
    inside = ((places >= 0) & (places < size)).all(1)
    other = ((mirrored >= 0) & (mirrored < size)).all(1)
    if not (inside | other).all():
        reach = " x ".join(str((n - 1) // 2) for n in square.shape)
        raise InputError(
            f"{name} needs lags of up to {np.abs(lags).max()} pixels, s2 has {reach}: "
            "choose a smaller limit_to"
        )
    chosen: Any = np.where(inside[:, None], places, mirrored)
    found: Array = square[chosen[:, 0], chosen[:, 1]]
    return found
