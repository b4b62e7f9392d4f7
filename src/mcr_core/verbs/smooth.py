"""smooth: round off ragged phase boundaries, with phase fractions that are kept to the voxel."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal, get_args

import numpy as np
import numpy.typing as npt

from mcr_core.errors import InputError, OptionError
from mcr_core.microstructure import Microstructure
from mcr_core.plugin import nearest
from mcr_core.verbs.inputs import Image, as_microstructure

Method = Literal["gaussian", "median", "majority"]
METHODS: tuple[str, ...] = get_args(Method)

#: Shares of a neighbourhood are counted in steps of 1 / _WHOLE: a quarter of the memory of float64,
#: and ties are ties, whatever the rounding errors. Even, so that one half is a step.
_WHOLE = 2**16 - 2
#: Steps in which shares are compared; finer than the shares themselves.
_STEPS = 2**17

_Shares = Sequence[npt.NDArray[np.uint16]]


def smooth(
    microstructure: Image,
    method: Method = "gaussian",
    *,
    sigma: float | None = None,
    size: int | None = None,
    keep_fractions: bool = True,
) -> Microstructure:
    """Give every voxel the phase that prevails around it.

    With I_p the indicator of phase p and w the mask, the share of p around x is
    s_p(x) = Σ_r g(r) w(x + r) I_p(x + r) / Σ_r g(r) w(x + r). The voxel gets the phase of the
    largest share; its own phase wins ties, then the lowest index. Shares are compared in steps of
    1 / 65534.

    - `gaussian`: g is a Gaussian of standard deviation `sigma`, cut at 4 sigma.
    - `majority`: g is 1 in a square or cube of edge `size`.
    - `median`: the median of every I_p in that square or cube. It is 1 for the phase that fills
      more than half; where no phase does, as at junctions of three, the voxel stays as it is.
      With two phases this is `majority`. (The median of phase indices would depend on their order.)

    With `keep_fractions` every phase keeps its number of voxels exactly: phase by phase, the rarest
    first, each takes the voxels where its share is the largest multiple of the largest share among
    the remaining ones. (A difference in place of the ratio would put a rare phase on the boundary
    of two others, far from where it was.) Ties go to voxels that are of the phase already, then
    (`median` and `majority`) by shares in a Gaussian of standard deviation size / 2, then in the
    order of the array. No lots are drawn.

    Boundary: that of the microstructure. Periodic: neighbours are taken from the opposite face.
    Open: what lies beyond the faces does not count. Voxels outside of the mask neither count nor
    change.

    Args:
        microstructure: any number of phases, (Y, X) or (Z, Y, X); or the path of an image.
        method: `gaussian`, `median` or `majority`.
        sigma: in voxels, along every axis; `gaussian` only; default 1.
        size: in voxels, odd, along every axis; `median` and `majority` only; default 3.
        keep_fractions: keep the number of voxels of every phase.

    Returns:
        A microstructure of the same phases, voxel size, mask and boundary. Without
        `keep_fractions` a phase may have no voxels left.

    Raises:
        OptionError: an unknown method, or a width that is none or is of another method.
    """
    microstructure = as_microstructure(microstructure)
    average, second = _averages(microstructure, method, sigma, size)
    valid = _valid(microstructure)
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


@dataclass(frozen=True)
class Change:
    """What smoothing has changed.

    Attributes:
        voxels: share of the valid voxels that have another phase.
        surface: relative change of the number of pairs of face neighbours of unlike phases: -0.2
            is a fifth less. 0 if there was none and is none, infinity if there was none.
    """

    voxels: float
    surface: float


def change(before: Microstructure, after: Microstructure) -> Change:
    """Compare a microstructure with the one that it was made from.

    Raises:
        InputError: they differ in shape.
    """
    if before.shape != after.shape:
        raise InputError(
            f"expected two microstructures of one shape, got {before.shape} and {after.shape}"
        )
    valid = _valid(before)
    old, new = unlike_pairs(before), unlike_pairs(after)
    unbounded = math.inf if new else 0.0
    surface = new / old - 1 if old else unbounded
    return Change(float(np.mean(before.labels[valid] != after.labels[valid])), surface)


def unlike_pairs(microstructure: Microstructure) -> int:
    """Count the pairs of face neighbours, both valid, whose phases differ.

    Opposite faces of a periodic microstructure are neighbours; those of an open one are not.
    """
    labels, valid = microstructure.labels, _valid(microstructure)
    total = 0
    for axis in range(labels.ndim):
        ends = [(slice(None, -1), slice(1, None))]
        if microstructure.periodic:
            ends.append((slice(-1, None), slice(None, 1)))
        for here, there in ends:
            a, b = (slice(None),) * axis + (here,), (slice(None),) * axis + (there,)
            total += int(np.count_nonzero((labels[a] != labels[b]) & valid[a] & valid[b]))
    return total


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


def _valid(microstructure: Microstructure) -> npt.NDArray[np.bool_]:
    if microstructure.mask is None:
        return np.ones(microstructure.shape, bool)
    return microstructure.mask


def _shares(microstructure: Microstructure, average: _Average) -> list[npt.NDArray[np.uint16]]:
    """Share of every phase around each valid voxel, in steps of 1 / _WHOLE."""
    valid = _valid(microstructure)
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
