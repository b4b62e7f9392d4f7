"""How far given statistics reach, in words."""

from __future__ import annotations

from mcr_core.characterization import Characterization

#: The first note of such characterizations.
FROM_ARRAYS = "from arrays, not from an image"


def lag_extent(source: Characterization) -> str:
    """Return up to which lags S₂ is known, for example `S2 at lags up to 31 x 31 pixels`.

    No image of that extent was there: an open map of 64 x 64 lags has lags of −32 … 31 pixels.
    """
    reach = [(n - 1) // 2 for n in next(iter(source.planes.values())).pairs.shape]
    if not any(reach):
        return "no S2 at lags"
    return f"S2 at lags up to {' x '.join(map(str, reach))} pixels"
