"""The null model: a truncated Gaussian field, which knows the target's fractions and S₂ alone."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from mcr_core.characterization import Characterization
from mcr_core.microstructure import field_count, field_phases
from mcr_core.phases import to_labels
from mcr_core.planes import plane_names
from mcr_core.start import gaussian_field
from mcr_core.two_point import field_pairs

#: Keeps the random numbers apart from those of a run with the same seed, which may start from
#: a Gaussian field, too.
_STREAM = 0x5C0FE
#: Widest filter that is tried, in voxels, and how often its range is halved.
_WIDEST = 3.0
_HALVINGS = 8

Labels = npt.NDArray[np.uint8]
Field = npt.NDArray[np.float64]


def null_model(target: Characterization, shape: Sequence[int], seed: int) -> Labels:
    """Phase indices of a truncated Gaussian field with the target's fractions and, nearly, S₂.

    A field that is made from an S₂ with errors is rough: it has too many unlike neighbours. It is
    filtered before it is cut, by a Gaussian just as wide as gives the v − S₂(1) of the target, so
    that a result is not compared with noise. The fractions are exact to the voxel.
    """
    from scipy import special

    own = int(np.random.default_rng([_STREAM, seed]).integers(2**31))
    fields = gaussian_field(target, shape, own, np.float64)
    # Back from the soft edge of a start to the height of the field.
    heights = special.logit(np.clip(fields, 1e-12, 1 - 1e-12))
    wanted = _unlike_wanted(target, len(shape))
    labels = _cut(heights, 0.0, target, own)
    low, high = 0.0, _WIDEST
    if unlike_neighbours(labels, target.phase_count) <= wanted:
        return labels
    for _ in range(_HALVINGS):
        width = (low + high) / 2
        labels = _cut(heights, width, target, own)
        if unlike_neighbours(labels, target.phase_count) > wanted:
            low = width
        else:
            high = width
    return labels


def unlike_neighbours(labels: Labels, phase_count: int) -> float:
    """Σ over the fields of the mean over the axes of v − S₂ at a lag of one voxel; periodic."""
    total = 0.0
    for phase in field_phases(phase_count):
        own = labels == phase
        total += float(
            np.mean([np.mean(own & ~np.roll(own, 1, axis)) for axis in range(labels.ndim)])
        )
    return total


def _unlike_wanted(target: Characterization, ndim: int) -> float:
    """The same of the target: the mean over the planes."""
    pairs = field_pairs(field_count(target.phase_count))
    found = []
    for plane in plane_names(ndim):
        statistics = target.for_plane(plane, ndim)
        total = 0.0
        for n, phase in enumerate(field_phases(target.phase_count)):
            s2 = statistics.s2[pairs.index((n, n))]
            row, column = (extent // 2 for extent in s2.shape)
            near = (s2[row, column - 1] + s2[row - 1, column]) / 2
            total += float(statistics.phase_fractions[phase] - near)
        found.append(total)
    return float(np.mean(found))


def _cut(heights: Field, width: float, target: Characterization, seed: int) -> Labels:
    from scipy import ndimage

    smooth = heights
    if width > 0:
        smooth = np.stack([ndimage.gaussian_filter(one, width, mode="wrap") for one in heights])
    return to_labels(smooth, target.phase_fractions, seed)
