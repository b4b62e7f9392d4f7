"""The colours of phases, as a recording carries them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import numpy as np
from napari.utils.colormaps.standardize_color import transform_color

from mcr_core.microstructure import Microstructure
from napari_mcr.layers.phase_layer import Colors, default_colors

_LABEL = re.compile(r"-?\d{1,18}")


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
    colors, kept = default_colors(microstructure), kept_colors(about)
    return {label: kept.get(label, color) for label, color in colors.items()}


def kept_colors(about: Mapping[str, Any]) -> Colors:
    """Return the colours that are kept, as far as they are understood."""
    kept = about.get("colors")
    if not isinstance(kept, Mapping):
        return {}
    return {
        int(label): np.array(color, np.float32)
        for label, color in kept.items()
        if _LABEL.fullmatch(label)
        and isinstance(color, list)
        and len(color) == 4
        and all(map(_is_share, color))
    }


def _is_share(value: object) -> bool:
    return isinstance(value, (int, float)) and 0 <= value <= 1
