"""The null model: a truncated Gaussian field, which knows the target's fractions and S₂ alone."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from mcr_core.characterization import Characterization
from mcr_core.starts.truncation import NestedCuts

#: Keeps the random numbers apart from those of a run with the same seed, which may start from
#: a Gaussian field, too.
_STREAM = 0x5C0FE


def null_model(target: Characterization, shape: Sequence[int], seed: int) -> npt.NDArray[np.uint8]:
    """Phase indices of a truncated Gaussian field with the target's fractions and, nearly, S₂.

    The cuts of the start `gaussian_field`, smoothed so that it has no more unlike neighbours than
    the target: a result is not compared with noise. The fractions are exact to the voxel.
    """
    own = int(np.random.default_rng([_STREAM, seed]).integers(2**31))
    return NestedCuts(target, shape, own, "auto").labels
