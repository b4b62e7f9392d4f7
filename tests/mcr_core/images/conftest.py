from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest

from mcr_core.microstructure import Microstructure


@pytest.fixture
def labels() -> npt.NDArray[np.uint8]:
    """Two phases on (Z, Y, X) = (5, 6, 7)."""
    return np.random.default_rng(3).integers(0, 2, (5, 6, 7)).astype(np.uint8)


@pytest.fixture
def volume(labels: npt.NDArray[np.uint8]) -> Microstructure:
    return Microstructure.from_array(
        labels,
        voxel_size=(0.5, 0.2, 0.3),
        unit="um",
        phase_names=("pore", "solid"),
        periodic=True,
    )
