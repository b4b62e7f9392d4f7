"""How the phases are bounded, connected and how wide they are."""

from __future__ import annotations

import numpy as np

from mcr_core.descriptors.local_thickness import thickness
from mcr_core.descriptors.minkowski import Minkowski
from mcr_core.scorecard.quantity import Array, Flags, Quantity


def surface(phase: Flags, limit_to: int) -> list[Quantity]:
    """Surface per volume of windows [n, z, y, x], perimeter per area of [n, y, x]; by Crofton."""
    name = "perimeter" if phase.ndim == 3 else "surface"
    return [Quantity(name, "", "held out", _minkowski(phase)[name][:, None], unit="px⁻¹")]


def euler_number(phase: Flags, limit_to: int) -> list[Quantity]:
    """Euler number per volume (per area of windows [n, y, x]), connected by faces."""
    unit = "px⁻²" if phase.ndim == 3 else "px⁻³"
    return [
        Quantity("Euler number", "", "held out", _minkowski(phase)["euler"][:, None], unit=unit)
    ]


def local_thickness(phase: Flags, limit_to: int) -> list[Quantity]:
    """Mean diameter of the largest ball (disc) over each voxel of the phase; see `thickness`."""
    means = [
        thickness(window, np.ones(window.shape, bool)).mean() if window.any() else np.nan
        for window in phase
    ]
    return [Quantity("local thickness", "", "held out", np.array(means)[:, None], unit="px")]


def _minkowski(phase: Flags) -> dict[str, Array]:
    descriptor = Minkowski(domain="planes" if phase.ndim == 3 else "volume")
    (blocks,) = descriptor.evaluate(
        phase[:, None].astype(np.uint8), np.ones((1, *phase.shape[1:]), np.uint8), 1
    )
    return {name: np.asarray(block)[:, 0] for name, block in blocks.items()}
