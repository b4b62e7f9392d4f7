"""What is met along straight lines: the lineal path and chords."""

from __future__ import annotations

import numpy as np

from mcr_core.descriptors.chord_lengths import ChordLengths
from mcr_core.scorecard.quantity import Array, Flags, Quantity

_AXES = ("z", "y", "x")
#: Longest segment and chord that have an entry, in pixels.
_LONGEST = 16


def lineal_path(phase: Flags, limit_to: int) -> list[Quantity]:
    """Lineal path along the axes of windows [n, (z,) y, x], given that the segment starts inside.

    L(r) / v: the share of the segments of r + 1 pixels that lie wholly in the phase, among those
    whose first pixel does, for r = 1 … 16 pixels, or half of the window. NaN where none does.
    """
    found = []
    for axis, name in enumerate(_AXES[4 - phase.ndim :], 1):
        lines = np.moveaxis(phase, axis, -1)
        size = lines.shape[-1]
        reach = min(_LONGEST, size // 2)
        inside, shares = lines, []
        for r in range(1, reach + 1):
            inside = inside[..., :-1] & lines[..., r:]
            whole, begun = _counts(inside), _counts(lines[..., : size - r])
            shares.append(np.divide(whole, begun, out=np.full(len(begun), np.nan), where=begun > 0))
        found.append(
            Quantity(
                "lineal path",
                f"along {name}",
                "held out",
                np.stack(shares, 1),
                curve=tuple((r, float(r + 1)) for r in range(reach)),
                axis="length of the segment (pixels)",
            )
        )
    return found


def chord_lengths(phase: Flags, limit_to: int) -> list[Quantity]:
    """Cumulative chord-length distribution along the axes of windows [n, (z,) y, x].

    The share of the chords of at most 1, 2, … pixels, by `ChordLengths` for open images. NaN where
    a window has no chord along a direction.
    """
    longest = min(_LONGEST, min(phase.shape[1:]) - 2)
    descriptor = ChordLengths(max_length=longest, domain="planes" if phase.ndim == 3 else "volume")
    valid = np.ones((1, *phase.shape[1:]))
    votes = descriptor.votes(phase, valid)
    found = []
    for name, shares in descriptor.compute(phase, valid).items():
        values = np.where(votes[name][:, None], np.cumsum(shares, 1), np.nan)
        found.append(
            Quantity(
                "chord lengths",
                f"along {name}",
                "held out",
                values,
                curve=tuple((n, float(n + 1)) for n in range(longest)),
                axis="chord length (pixels)",
            )
        )
    return found


def _counts(flags: Flags) -> Array:
    """How many are set in each window, [n]."""
    counts: Array = np.count_nonzero(flags.reshape(len(flags), -1), axis=1)
    return counts
