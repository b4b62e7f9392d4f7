"""Sampling errors of the values of descriptors, of those whose values are means over pixels."""

from __future__ import annotations

from collections.abc import Callable, Iterator
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
from mcr_core.sampling.two_point_scatter import TwoPointScatter

Array = npt.NDArray[Any]
#: Amplitudes [K, F, ...] of the blocks of one level.
Amplitudes = dict[str, Array]


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
        return Plane(fields[0] * whole, whole, waves[0], periodic=self.periodic)

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


def _s2(descriptor: Any, plane: Plane, lags: npt.NDArray[np.int64]) -> Array:
    scatter = plane.two_point()
    found = np.stack([scatter.amplitudes(f, f, lags) for f in range(len(plane.fields))], axis=1)
    found[..., ~scatter.known[tuple(lags.T)]] = np.nan
    return found


def _two_point(descriptor: Any, plane: Plane) -> Amplitudes:
    return {"s2": _s2(descriptor, plane, descriptor.entries("s2", ()))}


def _correlations(descriptor: Any, plane: Plane) -> Amplitudes:
    lags = descriptor.entries("s2", ())
    s3 = triple_amplitudes(plane.fields, plane.inside, plane.waves, lags, periodic=plane.periodic)
    return {"s2": _s2(descriptor, plane, lags), "s3": s3}


def _fft_correlations(descriptor: Any, plane: Plane) -> Amplitudes:
    height, width = plane.inside.shape
    shape = (height // 2 + 1, 2 * (width // 2) + 1)
    lags = descriptor.entries("s2", shape)
    return {"s2": _s2(descriptor, plane, lags).reshape(len(plane.waves), -1, *shape)}


def _line_correlations(descriptor: Any, plane: Plane) -> Amplitudes:
    reach = descriptor.reach() or min(plane.inside.shape) // 2
    rows = descriptor.entries("s2", (4, reach + 1))
    lags = rows[:, :2] * rows[:, 2:]
    return {"s2": _s2(descriptor, plane, lags).reshape(len(plane.waves), -1, 4, reach + 1)}


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


def _cross(descriptor: Any, plane: Plane) -> Amplitudes:
    fields = plane.fields
    if len(fields) == 1:  # two phases share one field
        fields = np.concatenate([1 - fields, fields])
    whole = Plane(fields, plane.inside, plane.waves, periodic=plane.periodic)
    scatter = whole.two_point()
    reaches = [descriptor.reach()] * 2
    if descriptor.name == "fft_cross_correlations":
        reaches = [extent // 2 for extent in plane.inside.shape]
    rows, columns = (np.arange(-r, r + 1) for r in reaches)
    lags = np.stack(np.meshgrid(rows, columns, indexing="ij"), axis=-1).reshape(-1, 2)
    shape = (len(plane.waves), len(rows), len(columns))
    pairs = [(p, q) for p in range(len(fields)) for q in range(p + 1, len(fields))]
    found = [scatter.amplitudes(p, q, lags) for p, q in pairs]
    for one in found:
        one[:, ~scatter.known[tuple(lags.T)]] = np.nan
    return {"s2": np.stack([one.reshape(shape) for one in found], axis=1)[:, None]}


_MADE_OF_MEANS: dict[str, Callable[[Any, Plane], Amplitudes]] = {
    "volume_fractions": _fractions,
    "two_point": _two_point,
    "correlations": _correlations,
    "fft_correlations": _fft_correlations,
    "line_correlations": _line_correlations,
    "variation": _variation,
    "lineal_path": _lineal_path,
    "cross_correlations": _cross,
    "fft_cross_correlations": _cross,
}


def is_mean(descriptor: Descriptor) -> bool:
    """Whether the values of a descriptor are means over pixels that are known here."""
    exact = getattr(descriptor, "form", "exact") == "exact"
    return descriptor.name in _MADE_OF_MEANS and exact and not descriptor.volumetric


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
    amplitudes = _MADE_OF_MEANS[descriptor.name]
    found = []
    for level in range(levels):
        plane = plane.coarser() if level else plane
        turned = plane.orientations() if cubic else [plane]
        each = [amplitudes(descriptor, one) for one in turned]
        blocks = {}
        for name, first in each[0].items():
            if all(one[name].shape == first.shape for one in each):
                mean = np.mean([one[name] for one in each], axis=0)
            else:
                mean = first
            error = np.sqrt(np.mean(np.square(mean), axis=0))
            fields = len(scatter.correction)
            shape = (fields if error.shape[0] == fields else 1, *[1] * (error.ndim - 1))
            factor = scatter.correction if shape[0] == fields else scatter.correction.max()
            blocks[name] = error * np.sqrt(np.broadcast_to(factor, shape[0])).reshape(shape)
        found.append(blocks)
    return found
