"""The loss that terms have where each residual is as large as its sampling error."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from mcr_core.characterization import Characterization
from mcr_core.objective.term_loss import block_groups, level_factors
from mcr_core.objective.wanted import shared_levels, wanted_levels
from mcr_core.planes import plane_names
from mcr_core.term import Term


def unit_loss(target: Characterization, terms: Sequence[Term], shape: Sequence[int]) -> float:
    """Return the loss of a reduced chi-square of 1: the sum of the weights of terms.

    A weight is that of the term times the means of those of its axes and levels times the sum of
    those of its blocks.

    Args:
        target: the statistics to meet.
        terms: what is prescribed.
        shape: extent of the result.
    """
    planes = plane_names(len(shape))
    total = 0.0
    for term in terms:
        volumetric = term.descriptor.volumetric
        axes = (1.0,) if volumetric else term.axis_weights or (1.0, 1.0, 1.0)
        found = []
        for plane, axis in zip(planes, axes, strict=False):
            wanted = wanted_levels(target, term, len(shape), plane)
            levels = 1 if volumetric else shared_levels(target, [term], shape, plane)[0]
            blocks = sum(weight for weight, _ in block_groups(term, list(wanted[0])))
            found.append(axis * float(np.mean(level_factors(term, levels))) * blocks)
        total += term.weight * float(np.mean(found))
    return total
