"""Sampling errors of the values of descriptors, of those whose values are means over pixels."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from mcr_core.descriptors import Descriptor
from mcr_core.pyramid import coarsen
from mcr_core.sampling.image_scatter import ImageScatter
from mcr_core.sampling.local_means import (
    mean_amplitudes,
    segment_amplitudes,
    triple_amplitudes,
    variation_amplitudes,
)
from mcr_core.sampling.near_pairs import near_amplitudes
from mcr_core.sampling.two_point_scatter import TwoPointScatter

Array = npt.NDArray[Any]
#: Amplitudes [K, F, ...] of the blocks of one level.
Amplitudes = dict[str, Array]
Lags = npt.NDArray[np.int64]

#: Most lags that are summed pixel by pixel; more of them by FFT.
_FEW = 128


class Plane:
    """One level of the pyramid of a plane, with the waves on it.

    Attributes:
        fields: [F, h, w].
        inside: 1 where a pixel counts, [h, w].
        waves: [K, h, w].
        periodic: whether the plane wraps around.
    """

    def __init__(self, fields: Array, inside: Array, waves: Array, *, periodic: bool) -> None:
        self.fields, self.inside, self.waves, self.periodic = fields, inside, waves, periodic

    def coarser(self) -> Plane:
        """The next level."""
        fields, _ = coarsen(self.fields[None], None)
        waves, _ = coarsen(self.waves[None], None)
        inside, _ = coarsen(self.inside[None, None], None)
        whole = (inside[0, 0] == 1).astype(np.float64)
        return Plane(fields[0] * whole, whole, waves[0] * whole, periodic=self.periodic)

    def orientations(self) -> Iterator[Plane]:
        """The eight that flips and a transposition make of it, as it is first."""

        def turned(array: Array, swap: bool, up: int, left: int) -> Array:
            moved = np.swapaxes(array, -2, -1) if swap else array
            return np.ascontiguousarray(moved[..., ::up, ::left])

        for swap in (False, True):
            for up in (1, -1):
                for left in (1, -1):
                    parts = (
                        turned(a, swap, up, left) for a in (self.fields, self.inside, self.waves)
                    )
                    yield Plane(*parts, periodic=self.periodic)

    def two_point(self) -> TwoPointScatter:
        """Amplitudes of S₂."""
        return TwoPointScatter(self.fields, self.inside, self.waves, periodic=self.periodic)


def _fractions(descriptor: Any, plane: Plane) -> Amplitudes:
    return {
        "volume_fractions": np.stack(
            [mean_amplitudes(field, plane.inside, plane.waves) for field in plane.fields], 1
        )
    }


def _correlations(descriptor: Any, plane: Plane) -> Amplitudes:
    lags = descriptor.entries("s2", ())
    s3 = triple_amplitudes(plane.fields, plane.inside, plane.waves, lags, periodic=plane.periodic)
    return {"s2": _s2(plane, lags), "s3": s3}


def _variation(descriptor: Any, plane: Plane) -> Amplitudes:
    found = [
        variation_amplitudes(field, plane.inside, plane.waves, periodic=plane.periodic)
        for field in plane.fields
    ]
    return {"variation": np.stack(found, axis=1)}


def _lineal_path(descriptor: Any, plane: Plane) -> Amplitudes:
    ends = descriptor.entries("lineal_path", ())
    found = [
        segment_amplitudes(field, plane.inside, plane.waves, ends, periodic=plane.periodic)
        for field in plane.fields
    ]
    return {"lineal_path": np.stack(found, axis=1)}


def _two_point(descriptor: Any, plane: Plane, cubic: bool) -> Amplitudes:
    return {"s2": _s2(plane, descriptor.entries("s2", ()), cubic=cubic)}


def _fft_correlations(descriptor: Any, plane: Plane, cubic: bool) -> Amplitudes:
    height, width = plane.inside.shape
    shape = (height // 2 + 1, 2 * (width // 2) + 1)
    # Where the orientations have other lags, there is no mean over them.
    alike = height // 2 == width // 2
    found = _s2(plane, descriptor.entries("s2", shape), cubic=cubic and alike)
    return {"s2": found.reshape(len(plane.waves), -1, *shape)}


def _line_correlations(descriptor: Any, plane: Plane, cubic: bool) -> Amplitudes:
    reach = descriptor.reach() or min(plane.inside.shape) // 2
    rows = descriptor.entries("s2", (4, reach + 1))
    found = _s2(plane, rows[:, :2] * rows[:, 2:], cubic=cubic)
    return {"s2": found.reshape(len(plane.waves), -1, 4, reach + 1)}


def _cross(descriptor: Any, plane: Plane, cubic: bool) -> Amplitudes:
    fields = plane.fields
    if len(fields) == 1:  # two phases share one field
        fields = np.concatenate([1 - fields, fields])
    whole = Plane(fields, plane.inside, plane.waves, periodic=plane.periodic)
    reaches = [descriptor.reach()] * 2
    if descriptor.name == "fft_cross_correlations":
        reaches = [extent // 2 for extent in plane.inside.shape]
    rows, columns = (np.arange(-r, r + 1) for r in reaches)
    lags = np.stack(np.meshgrid(rows, columns, indexing="ij"), axis=-1).reshape(-1, 2)
    pairs = [(p, q) for p in range(len(fields)) for q in range(p + 1, len(fields))]
    found = _at_lags(whole, lags, pairs, cubic=cubic and reaches[0] == reaches[1])
    return {"s2": found.reshape(len(found), 1, len(pairs), len(rows), len(columns))}


def _s2(plane: Plane, lags: Lags, *, cubic: bool = False) -> Array:
    """Amplitudes [K, F, n] in S₂ at lags [n, 2]; NaN where pairs are few."""
    return _at_lags(plane, lags, [(f, f) for f in range(len(plane.fields))], cubic=cubic)


def _at_lags(plane: Plane, lags: Lags, pairs: Sequence[tuple[int, int]], *, cubic: bool) -> Array:
    """The same for pairs of fields, [K, pairs, n]; `cubic`: of the mean over the orientations.

    An orientation has at a lag what the plane as it is has at the lag turned back.
    """
    turned = lags[None]
    if cubic:
        signs = np.array([(up, left) for up in (1, -1) for left in (1, -1)])[:, None]
        turned = np.concatenate([signs * lags, signs * lags[:, ::-1]])
    every, places = np.unique(turned.reshape(-1, 2), axis=0, return_inverse=True)
    if len(every) <= _FEW and all(p == q for p, q in pairs):
        found, known = near_amplitudes(
            plane.fields, plane.inside, plane.waves, every, periodic=plane.periodic
        )
    else:
        scatter = plane.two_point()
        found = np.stack([scatter.amplitudes(p, q, every) for p, q in pairs], axis=1)
        known = scatter.known[tuple(every.T)]
    found[..., ~known] = np.nan
    mean: Array = found[..., places.reshape(turned.shape[:2])].mean(axis=2)
    return mean


#: Of means over pixels of one plane: the mean over orientations is that of eight planes.
_OF_PIXELS: dict[str, Callable[[Any, Plane], Amplitudes]] = {
    "volume_fractions": _fractions,
    "correlations": _correlations,
    "variation": _variation,
    "lineal_path": _lineal_path,
}
#: Of S₂, for which the lags are turned.
_OF_LAGS: dict[str, Callable[[Any, Plane, bool], Amplitudes]] = {
    "two_point": _two_point,
    "fft_correlations": _fft_correlations,
    "line_correlations": _line_correlations,
    "cross_correlations": _cross,
    "fft_cross_correlations": _cross,
}


def is_mean(descriptor: Descriptor) -> bool:
    """Whether the values of a descriptor are means over pixels that are known here."""
    exact = getattr(descriptor, "form", "exact") == "exact"
    return descriptor.name in (*_OF_PIXELS, *_OF_LAGS) and exact and not descriptor.volumetric


def has_cubic(descriptor: Descriptor) -> bool:
    """Whether the mean over the symmetries of the square has errors of its own.

    Not S₃, whose mean takes eight times as long and gains little: its errors are those of the image
    as it is. Nor what has bounds only.
    """
    return is_mean(descriptor) and descriptor.name != "correlations"


def descriptor_errors(
    descriptor: Descriptor, plane: Plane, scatter: ImageScatter, levels: int, *, cubic: bool
) -> list[dict[str, Array]]:
    """Return the standard errors of every level of blocks [F, ...]; NaN where nothing is known.

    Args:
        descriptor: one that `is_mean`.
        plane: the finest level.
        scatter: of the plane.
        levels: how many levels.
        cubic: of the mean over the eight symmetries of the square.
    """
    found = []
    for level in range(levels):
        plane = plane.coarser() if level else plane
        blocks = {}
        for name, mean in _amplitudes(descriptor, plane, cubic=cubic).items():
            error = np.sqrt(np.mean(np.square(mean), axis=0))
            fields = len(scatter.correction)
            shape = (fields if error.shape[0] == fields else 1, *[1] * (error.ndim - 1))
            factor = scatter.correction if shape[0] == fields else scatter.correction.max()
            blocks[name] = error * np.sqrt(np.broadcast_to(factor, shape[0])).reshape(shape)
        found.append(blocks)
    return found


def _amplitudes(descriptor: Descriptor, plane: Plane, *, cubic: bool) -> Amplitudes:
    if descriptor.name in _OF_LAGS:
        return _OF_LAGS[descriptor.name](descriptor, plane, cubic)
    of_pixels = _OF_PIXELS[descriptor.name]
    each = [of_pixels(descriptor, one) for one in (plane.orientations() if cubic else [plane])]
    return {name: np.mean([one[name] for one in each], axis=0) for name in each[0]}
