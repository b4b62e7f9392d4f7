"""How far S₂ and S₃ of a result are from those of the slice, exactly: no windows, no scatter.

A scorecard cuts the slice into windows, to learn how it scatters; their mean S₂ differs from that
of the whole slice by 0.001 to 0.014, more than good results differ from it. So results are told
from each other by the whole slice, as their methods were given it.
"""

from __future__ import annotations

import numpy as np

from fidelity_materials import Labels, Material

LIMIT = 8


def prescribed_errors(material: Material, labels: Labels) -> dict[str, float]:
    """Mean |difference| of S₂ and of S₃ over all lags below 8, for each phase and axis.

    The slice is averaged over its eight rotations and mirrorings, a result over the planes of each
    axis. Both are taken as v − S₂ and v − S₃, as in a scorecard.

    Returns:
        Errors by names like `S2 1 xy`.
    """
    from threadpoolctl import threadpool_limits

    from mcr_core.planes import PLANES, to_planes_order
    from mcr_core.scorecard.of_slice import of_planes
    from mcr_core.two_point import square_orientations

    with threadpool_limits(1, user_api="blas"):
        turned = [
            of_planes([image], material.phases, LIMIT)
            for image in square_orientations(material.slice[None])
        ]
        errors = {}
        for plane in PLANES:
            planes = labels[None].transpose(to_planes_order(3, plane))[:, 0]
            found = of_planes([one[None] for one in planes], material.phases, LIMIT)
            for key, quantity in found.items():
                phase, name, _ = key
                if name != "fraction":
                    wanted = np.mean([one[key].mean for one in turned], axis=0)
                    apart = np.abs(quantity.mean - wanted)
                    errors[f"{name} {phase} {plane}"] = float(apart.mean())
    return errors
