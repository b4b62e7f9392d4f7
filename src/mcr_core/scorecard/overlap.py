"""Whether several realizations are different structures, or one."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from mcr_core.errors import InputError
from mcr_core.microstructure import Microstructure
from mcr_core.verbs.inputs import Image, as_microstructures


@dataclass(frozen=True)
class Overlap:
    """Agreement of two realizations, voxel by voxel.

    Attributes:
        a: position of the first in the list.
        b: position of the second.
        equal: share of the voxels with the same phase in both.
        by_chance: the same of independent structures of these fractions, Σ v_p(a) v_p(b).
        scatter: standard deviation of `equal` over all periodic shifts, what chance makes of it.
        largest: the largest share over all periodic shifts of b.
        shift: of b that has it, in voxels, as `numpy.roll` takes it.
        excess: (largest − by_chance) / (1 − by_chance): 0 for independent structures but for
            chance, 1 for one structure shifted.
    """

    a: int
    b: int
    equal: float
    by_chance: float
    scatter: float
    largest: float
    shift: tuple[int, ...]
    excess: float


def overlap(realizations: Sequence[Image]) -> tuple[Overlap, ...]:
    """Compare realizations in pairs: the share of equal voxels, as they lie and at its largest.

    The share of equal voxels of a and b shifted by r is (1/N) Σ_p Σ_x I_p^a(x) I_p^b(x − r), for
    all periodic shifts at once by FFT. Different structures agree as chance has it at almost all
    shifts, and the largest of all N shares is a few `scatter` above; a copy that was shifted
    agrees wholly at one.

    Args:
        realizations: two or more of one shape, with phases of the same values.

    Raises:
        InputError: fewer than two, or of different shapes or phases.
    """
    volumes = as_microstructures(realizations)
    if len(volumes) < 2:
        raise InputError(f"expected at least two realizations to compare, got {len(volumes)}")
    first = volumes[0]
    for number, other in enumerate(volumes):
        if other.shape != first.shape or other.phase_values != first.phase_values:
            raise InputError(
                f"expected realizations of one shape and the same phases, got {first!r} and, at "
                f"position {number}, {other!r}"
            )
    pairs = itertools.combinations(range(len(volumes)), 2)
    return tuple(_overlap(volumes, a, b) for a, b in pairs)


def _overlap(volumes: Sequence[Microstructure], a: int, b: int) -> Overlap:
    from scipy import fft

    first, second = volumes[a], volumes[b]
    spectrum: Any = 0.0
    for phase in range(first.phase_count):
        one, other = (
            fft.rfftn((volume.labels == phase).astype(np.float64)) for volume in (first, second)
        )
        spectrum = spectrum + one * np.conj(other)
    shares = np.rint(fft.irfftn(spectrum, first.shape)) / first.labels.size
    best = np.unravel_index(int(np.argmax(shares)), shares.shape)
    chance = float(first.phase_fractions @ second.phase_fractions)
    largest = float(shares[best])
    return Overlap(
        a=a,
        b=b,
        equal=float(shares.flat[0]),
        by_chance=chance,
        scatter=float(shares.std()),
        largest=largest,
        shift=tuple(int(step) for step in best),
        excess=(largest - chance) / (1 - chance) if chance < 1 else 1.0,
    )
