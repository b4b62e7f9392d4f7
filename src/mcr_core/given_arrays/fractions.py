"""Whether given values and phase fractions are of one material."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from mcr_core.characterization import Array
from mcr_core.descriptors import Descriptor
from mcr_core.errors import InputError
from mcr_core.given_arrays.lag_vectors import lag_vectors
from mcr_core.microstructure import field_phases

#: How far numbers that must be equal may be apart: other programs round to a few digits.
ROUNDING = 5e-3

#: Blocks that are the fraction of each phase, whatever the image.
_SHARES = {("volume_fractions", "volume_fractions"), ("minkowski", "area")}
#: Blocks that are 0 at lag 0: no pixel is in two phases.
_EXCLUSIVE = {("cross_correlations", "s2"), ("fft_cross_correlations", "s2")}
#: Lag 0 says nothing of the fraction.
_OF_SURFACES = "surface_correlations"


def check_fractions(
    descriptor: Descriptor, blocks: Mapping[str, Array], fractions: npt.NDArray[np.float64]
) -> None:
    """Check that values of the finest level, [F, ...] by name, fit to the phase fractions.

    The probability that points lie in a phase is its fraction where all points are one (lag 0),
    and the probability that one point lies in two phases is 0. Both hold for every image with any
    boundary and mask, and for means over images: sampling does not matter. Numbers may be off by
    `ROUNDING`.

    Raises:
        InputError: the values contradict the fractions.
    """
    for name, block in blocks.items():
        where = f"{descriptor.name}: {name}"
        zero = np.zeros(1, np.int64)
        if (descriptor.name, name) not in _SHARES:
            lags = lag_vectors(descriptor, name, block.shape[1:])
            if lags is None or descriptor.name == _OF_SURFACES:
                continue
            zero = np.flatnonzero(~lags.vectors.any((1, 2)))
            where += " at lag 0"
        found = block.reshape(len(block), -1)[:, zero]
        if (descriptor.name, name) in _EXCLUSIVE:
            if np.abs(found).max(initial=0) > ROUNDING:
                raise InputError(
                    f"{where} is {found.max():.4g}, it must be 0: no pixel is in two phases"
                )
            continue
        for values, phase in zip(found, field_phases(len(fractions)), strict=True):
            for value in values:
                if abs(value - fractions[phase]) > ROUNDING:
                    raise InputError(
                        f"{where} is {value:.4g}, the fraction of phase {phase} is "
                        f"{fractions[phase]:.4g}: they must be equal to {ROUNDING:g} (is it "
                        "another phase, or a covariance?)"
                    )
