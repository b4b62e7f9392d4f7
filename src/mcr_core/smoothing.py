"""Every voxel gets the phase that prevails around it, with fractions that are kept to the voxel."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Any, Literal, get_args

import numpy as np
import numpy.typing as npt

from mcr_core.errors import OptionError
from mcr_core.microstructure import Microstructure
from mcr_core.plugin import nearest

Method = Literal["gaussian", "median", "majority"]
METHODS: tuple[str, ...] = get_args(Method)

#: Shares of a neighbourhood are counted in steps of 1 / _WHOLE: a quarter of the memory of float64,
#: and ties are ties, whatever the rounding errors. Even, so that one half is a step.
_WHOLE = 2**16 - 2
#: Steps in which shares are compared; finer than the shares themselves.
_STEPS = 2**17

_Shares = Sequence[npt.NDArray[np.uint16]]


def smoothed(
    microstructure: Microstructure,
    method: Method = "gaussian",
    *,
    sigma: float | None = None,
    size: int | None = None,
    keep_fractions: bool = True,
) -> Microstructure:
    """Return a smoothed microstructure; arguments and errors are those of the verb `smooth`."""
    average, second = _averages(microstructure, method, sigma, size)
    valid = valid_voxels(microstructure)
    own = microstructure.labels[valid]
    phases = range(microstructure.phase_count)
    shares = _shares(microstructure, average)
    if method == "median" and len(phases) > 2:
        for phase, share in zip(phases, shares, strict=True):
            share[(own == phase) & (share < _WHOLE // 2)] = _WHOLE // 2
    if keep_fractions:
        finer = None if second is None else _shares(microstructure, second)
        found = _counted(own, shares, finer)
    else:
        found = _prevailing(own, shares)
    labels = microstructure.labels.copy()
    labels[valid] = found
    labels.flags.writeable = False
    return replace(microstructure, labels=labels)


def valid_voxels(microstructure: Microstructure) -> npt.NDArray[np.bool_]:
    """Return where a voxel counts."""
    if microstructure.mask is None:
        return np.ones(microstructure.shape, bool)
    return microstructure.mask


_Average = Callable[[npt.NDArray[np.uint8]], npt.NDArray[Any]]


def _averages(
    microstructure: Microstructure, method: str, sigma: float | None, size: int | None
) -> tuple[_Average, _Average | None]:
    """Return the filter of a method, and the one that decides ties."""
    if method not in METHODS:
        raise OptionError(f"unknown method {method!r}: {nearest(method, METHODS)}")
    widest = max(microstructure.shape)
    mode = "wrap" if microstructure.periodic else "constant"
    if method == "gaussian":
        if size is not None:
            raise OptionError("the method gaussian takes sigma, not size: give sigma in voxels")
        sigma = 1.0 if sigma is None else sigma
        if not 0 < sigma <= widest:  # not a number is refused, too
            raise OptionError(
                f"sigma: expected a number of voxels above 0 and up to the longest edge of the "
                f"image ({widest}), got {sigma:g}"
            )
        return functools.partial(_gaussian, sigma=sigma, mode=mode), None
    if sigma is not None:
        raise OptionError(f"the method {method} takes size, not sigma: give size in voxels")
    size = 3 if size is None else size
    if not isinstance(size, (int, np.integer)):
        raise OptionError(f"size: expected an odd number of voxels, got {size!r}")
    if size < 3 or size % 2 == 0 or size > 2 * widest + 1:
        raise OptionError(
            f"size: expected an odd number of voxels from 3 to {2 * widest + 1} (twice the longest "
            f"edge of the image), got {size}"
        )
    return (
        functools.partial(_box, size=size, mode=mode),
        functools.partial(_gaussian, sigma=size / 2, mode=mode),
    )


def _gaussian(indicator: Any, sigma: float, mode: Any) -> npt.NDArray[Any]:
    from scipy.ndimage import gaussian_filter

    precision: Any = np.float32
    smoothed: npt.NDArray[Any] = gaussian_filter(indicator, sigma, output=precision, mode=mode)
    return smoothed


def _box(indicator: Any, size: int, mode: Any) -> npt.NDArray[Any]:
    """Count in whole numbers, which a running mean would not."""
    from scipy.ndimage import correlate1d

    whole: Any = np.int32
    counts: npt.NDArray[Any] = indicator
    for axis in range(indicator.ndim):
        counts = correlate1d(counts, np.ones(size), axis, output=whole, mode=mode)
    return counts


def _shares(microstructure: Microstructure, average: _Average) -> list[npt.NDArray[np.uint16]]:
    """Share of every phase around each valid voxel, in steps of 1 / _WHOLE."""
    valid = valid_voxels(microstructure)
    weight = average(valid.view(np.uint8))[valid]
    shares = []
    for phase in range(microstructure.phase_count):
        inside = (microstructure.labels == phase) & valid
        part = average(inside.view(np.uint8))[valid] / weight
        part *= _WHOLE
        shares.append(np.rint(part, out=part).astype(np.uint16))
    return shares


def _prevailing(own: npt.NDArray[np.uint8], shares: _Shares) -> npt.NDArray[np.uint8]:
    """Return the phase of the largest share; ties go to a voxel's own, then to the lowest index."""
    labels = own.copy()
    largest = np.zeros(own.shape, np.uint16)
    for phase, share in enumerate(shares):
        np.copyto(largest, share, where=own == phase)
    for phase, share in enumerate(shares):
        larger = share > largest
        labels[larger] = phase
        np.copyto(largest, share, where=larger)
    return labels


def _counted(
    own: npt.NDArray[np.uint8], shares: _Shares, finer: _Shares | None
) -> npt.NDArray[np.uint8]:
    """Return phases by share, in which every phase has as many voxels as it has in `own`."""
    counts = np.bincount(own, minlength=len(shares))
    phases = [int(p) for p in np.argsort(counts, kind="stable")]
    labels = np.full(own.shape, phases[-1], np.uint8)
    taken = np.zeros(own.shape, bool)
    for position, phase in enumerate(phases[:-1], start=1):
        rivals = phases[position:]
        rank = 2 * _advantage(shares, phase, rivals)
        rank += own == phase
        if finer is not None:
            rank *= 2 * _STEPS  # more than what is added
            rank += _advantage(finer, phase, rivals)
        rank[taken] = np.iinfo(rank.dtype).min
        chosen = _largest(rank, int(counts[phase]))
        labels[chosen] = phase
        taken[chosen] = True
    return labels


def _advantage(shares: _Shares, phase: int, rivals: Iterable[int]) -> npt.NDArray[np.int64]:
    """Return s / (s + t) in steps, s the share of a phase and t the largest of its rivals'."""
    largest = functools.reduce(np.maximum, (shares[rival] for rival in rivals))
    advantage: npt.NDArray[np.int64] = shares[phase].astype(np.int64)
    whole = np.maximum(advantage + largest, 1)
    advantage *= _STEPS
    advantage //= whole
    return advantage


def _largest(values: npt.NDArray[np.int64], count: int) -> npt.NDArray[np.intp]:
    """Return the indices of the `count` largest values; ties in the order of the array."""
    if count == 0:
        return np.zeros(0, np.intp)
    least = np.partition(values, values.size - count)[values.size - count]
    larger = np.flatnonzero(values > least)
    tied = np.flatnonzero(values == least)
    return np.concatenate([larger, tied[: count - larger.size]])
