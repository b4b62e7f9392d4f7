"""What a result shall be like, and how it is shown."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from napari_mcr.layers.phase_layer import Colors


@dataclass(frozen=True)
class Target:
    """The source of a job.

    Attributes:
        source: of the job, as JSON data.
        name: that the names of its layers begin with.
        colors: of the phases; None: the usual ones.
        voxel_size: of the result at full resolution, along its axes, or those that are known.
    """

    source: Mapping[str, Any]
    name: str
    colors: Colors | None
    voxel_size: tuple[float, ...]
