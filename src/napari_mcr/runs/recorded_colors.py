"""The colours of phases, as a recording carries them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from napari.utils.colormaps.standardize_color import transform_color

from mcr_core.microstructure import Microstructure
from napari_mcr.layers.phase_layer import Colors, default_colors


def about_colors(colors: Colors | None) -> dict[str, Any]:
    """Return what to keep with a recording, as JSON data."""
    if colors is None:
        return {}
    return {
        "colors": {
            str(label): transform_color(color)[0].round(4).tolist()
            for label, color in colors.items()
        }
    }


def colors_from(about: Mapping[str, Any], microstructure: Microstructure) -> Colors:
    """Return the colours that are kept with a recording, and ours for what it does not know."""
    colors = dict(default_colors(microstructure))
    kept = about.get("colors")
    for label in colors:
        color = kept.get(str(label)) if isinstance(kept, Mapping) else None
        if isinstance(color, list) and len(color) == 4 and all(map(_is_share, color)):
            colors[label] = np.array(color, np.float32)
    return colors


def _is_share(value: object) -> bool:
    return isinstance(value, (int, float)) and 0 <= value <= 1
