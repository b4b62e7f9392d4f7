"""How far S₂ and S₃ of a result are from those of the slice, exactly: no windows, no scatter.

A scorecard cuts the slice into windows, to learn how it scatters; their mean S₂ differs from that
of the whole slice by 0.001 to 0.014, more than good results differ from it. So results are told
from each other by the whole slice, all of its pairs of pixels, as their methods were given it.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from fidelity_materials import Labels, Material, as_sample

LIMIT = 8


def prescribed_errors(material: Material, labels: Labels) -> dict[str, float]:
    """Mean |difference| of S₂ and of S₃ over all lags below 8, for each phase and axis.

    Both as `correlations` has them, on the finest level: of the slice with its own boundary, the
    mean over its eight rotations and mirrorings; of a result the mean over the planes of each axis.

    Returns:
        Errors by names like `S2 1 xy`.
    """
    import mcr_core as mcr
    from mcr_core.microstructure import field_phases
    from mcr_core.planes import PLANES

    wanted_of = [mcr.descriptors.Correlations(limit_to=LIMIT)]
    wanted: Any = mcr.characterize(material.source, wanted_of).planes["cubic"].values[0][0]
    result = as_sample(labels, material.phases, periodic=True)
    made = mcr.characterize(result, wanted_of).planes
    errors = {}
    for plane in PLANES:
        found: Any = made[plane].values[0][0]
        for name in ("s2", "s3"):
            apart = np.abs(found[name] - wanted[name])
            for field, phase in enumerate(field_phases(material.phases)):
                errors[f"{name.upper()} {phase} {plane}"] = float(apart[field].mean())
    return errors
