"""Colours that stay apart for colour-blind readers and, for few phases, in grey print."""

from __future__ import annotations

from typing import Any

# P. Tol, "Colour Schemes", SRON/EPS/TN/09-002: the schemes "high-contrast" (which differ in
# lightness as well), "muted" and "vibrant".
_HIGH_CONTRAST = ("#004488", "#DDAA33", "#BB5566")
_MUTED = (
    *("#332288", "#88CCEE", "#117733", "#DDCC77", "#CC6677"),
    *("#AA4499", "#44AA99", "#999933", "#882255"),
)
_VIBRANT = ("#0077BB", "#EE7733", "#009988", "#CC3311", "#33BBEE", "#EE3377")

#: Seen on light and on dark grounds.
_ON_ANY_GROUND = (*_VIBRANT, "#DDAA33", "#88CCEE", "#CC6677", "#44AA99", "#AA4499", "#999933")

#: Pixels outside of a mask.
MASKED = "#DDDDDD"
#: The two sides of a comparison.
SIDES = ("#0077BB", "#CC3311")


def phase_colors(count: int) -> list[Any]:
    """Return one colour for each of a number of phases."""
    from matplotlib import colormaps

    for scheme in (_HIGH_CONTRAST, _MUTED):
        if count <= len(scheme):
            return list(scheme[:count])
    return [colormaps["viridis"](place / (count - 1)) for place in range(count)]


def line_colors() -> list[str]:
    """Return colours for lines that stand for no phase."""
    return [*_VIBRANT, *_MUTED]


def overlay_colors() -> list[str]:
    """Return colours for what is overlaid on a ground of any colour."""
    return list(_ON_ANY_GROUND)
