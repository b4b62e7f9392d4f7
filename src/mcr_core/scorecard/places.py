"""Where a row of a scorecard comes from: the largest cluster of a phase, its thickest spot.

The scorecard takes its statistics of windows, as open images; a place is one of the whole
microstructure, across opposite faces where it is periodic.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final, Literal, get_args

import numpy as np
import numpy.typing as npt

from mcr_core.descriptors.local_thickness import distance_to
from mcr_core.errors import InputError, OptionError
from mcr_core.microstructure import Microstructure

What = Literal["largest cluster", "thickest spot"]
CLUSTER: Final = "largest cluster"
SPOT: Final = "thickest spot"

Flags = npt.NDArray[np.bool_]
Numbers = npt.NDArray[np.int32]


@dataclass(frozen=True, eq=False)
class Place:
    """A place in a microstructure.

    Attributes:
        position: the voxel, (y, x) or (z, y, x), always one of the phase.
        voxels: of the cluster, or of the largest disc (ball) that lies in the phase.
        share: of the voxels of the phase that `voxels` are.
        diameter: of that disc in voxels; 0 for a cluster.
        part: True in the voxels of the cluster or disc.
    """

    position: tuple[int, ...]
    voxels: int
    share: float
    diameter: float = 0.0
    part: Flags = field(default_factory=lambda: np.zeros(0, bool), repr=False)


def place(microstructure: Microstructure, what: What, phase: int) -> Place:
    """Find the largest cluster of a phase, or the centre of the largest disc (ball) within it.

    Args:
        microstructure: 2D or 3D. In a periodic one clusters and discs wrap; the edge of an open
            one, and its masked voxels, are no surface: discs may reach beyond them.
        what: `largest cluster`, connected by faces; or `thickest spot`, a disc of the diameter
            2 e − 1 with e the distance to the nearest voxel outside of the phase, as of the
            descriptor `local_thickness`. Of several that are alike, the first.
        phase: its index, 0 … P-1.

    Raises:
        InputError: the phase is absent.
        OptionError: another word, or an index that no phase has.
    """
    if what not in get_args(What):
        raise OptionError(f"expected one of {', '.join(get_args(What))}, got {what!r}")
    if not 0 <= phase < microstructure.phase_count:
        raise OptionError(
            f"expected a phase from 0 to {microstructure.phase_count - 1}, got {phase}"
        )
    inside = microstructure.labels == phase
    if microstructure.mask is not None:
        inside &= microstructure.mask
    total = int(inside.sum())
    if not total:
        raise InputError(
            f"{microstructure.phase_names[phase]!r} has no voxels: there is no {what} to show"
        )
    if what == CLUSTER:
        part = _largest_cluster(inside, microstructure.periodic)
        voxels = int(part.sum())
        position = _middle(part, microstructure.periodic)
        return Place(position, voxels, voxels / total, part=part)
    position, diameter = _thickest_spot(microstructure, inside, phase)
    part = inside & _ball(inside.shape, position, diameter, microstructure.periodic)
    voxels = int(part.sum())
    return Place(position, voxels, voxels / total, diameter, part)


def _largest_cluster(inside: Flags, periodic: bool) -> Flags:
    from scipy import ndimage

    numbers = np.zeros(inside.shape, np.int32)
    count = ndimage.label(inside, output=numbers)
    if periodic:
        numbers = _joined(numbers, count)
    sizes = np.bincount(numbers.ravel())
    sizes[0] = 0
    largest: Flags = numbers == sizes.argmax()
    return largest


def _joined(numbers: Numbers, count: int) -> Numbers:
    """Give clusters that meet across opposite faces one number."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    pairs = []
    for axis in range(numbers.ndim):
        faces = np.stack([np.take(numbers, end, axis).ravel() for end in (0, -1)])
        pairs.append(faces[:, faces.all(0)])
    first, last = np.concatenate(pairs, 1)
    meeting = coo_array((np.ones(first.size, bool), (first, last)), shape=(count + 1, count + 1))
    _, found = connected_components(meeting, directed=False)
    # What is outside of the phase, number 0, meets nothing: it stays alone, and comes first.
    joined: Numbers = found.astype(np.int32)[numbers]
    return joined


def _middle(part: Flags, periodic: bool) -> tuple[int, ...]:
    """The voxel of a cluster that is nearest to its centre, which itself may lie outside."""
    voxels = np.argwhere(part)
    extents = np.array(part.shape)
    if periodic:
        # A mean of angles: a cluster that wraps has its middle at the face that it crosses.
        turns = np.exp(2j * np.pi * voxels / extents).mean(0)
        centre = np.angle(turns) / (2 * np.pi) * extents
    else:
        centre = voxels.mean(0)
    distances = _apart(voxels, centre, extents, periodic)
    nearest = voxels[(distances**2).sum(1).argmin()]
    return tuple(int(index) for index in nearest)


def _thickest_spot(
    microstructure: Microstructure, inside: Flags, phase: int
) -> tuple[tuple[int, ...], float]:
    shape = inside.shape
    outside = microstructure.labels != phase
    if microstructure.mask is not None:
        outside &= microstructure.mask
    if not outside.any():
        return _middle(inside, periodic=False), float(max(shape))
    distance = np.where(inside, distance_to(outside, periodic=microstructure.periodic), 0.0)
    best = np.unravel_index(distance.argmax(), shape)
    diameter = min(2 * float(distance[best]) - 1, float(max(shape)))
    return tuple(int(index) for index in best), diameter


def _ball(
    shape: tuple[int, ...], centre: tuple[int, ...], diameter: float, periodic: bool
) -> Flags:
    """The voxels whose centres lie in the open disc (ball) of the radius (diameter + 1) / 2."""
    squares = np.zeros((1,) * len(shape))
    for axis, extent in enumerate(shape):
        steps = _apart(np.arange(extent), centre[axis], np.array(extent), periodic)
        along = [1] * len(shape)
        along[axis] = extent
        squares = squares + (steps**2).reshape(along)
    # Half a unit less: squares of distances between voxels are whole numbers.
    ball: Flags = squares < round(((diameter + 1) / 2) ** 2) - 0.5
    return ball


def _apart(
    places: npt.NDArray[np.int64],
    centre: npt.ArrayLike,
    extents: npt.NDArray[np.int64],
    periodic: bool,
) -> npt.NDArray[np.float64]:
    """Return places less a centre, by the shorter way where edges continue."""
    steps = places.astype(np.float64) - np.asarray(centre, np.float64)
    if periodic:
        steps = steps - extents * np.round(steps / extents)
    return steps
