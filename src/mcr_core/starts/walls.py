"""Whether the rarer of two phases forms walls: what S₃ knows of it, and S₂ does not."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from mcr_core.descriptors import Correlations
from mcr_core.descriptors.lag_map import lags
from mcr_core.kernels.plane_levels import plane_kernel
from mcr_core.kernels.workers import one_blas_thread
from mcr_core.planes import plane_names, to_planes_order
from mcr_core.starts.truncation import Cut, NestedCuts

if TYPE_CHECKING:
    from mcr_core.characterization import Characterization

Array = npt.NDArray[np.float64]

#: Lags up to this limit − 1 are compared; points of a triangle lie two pixels apart at least, so
#: that they tell of more than the surface.
_LIMIT, _APART = 5, 2.0
#: Extent of the fields that a target is compared with, and how many of each kind there are.
_EDGE, _SEEDS = 48, 4
#: Part of the distance from fields above a level that those between two levels must be within:
#: of most materials with as much of either phase both are alike.
_NEARER = 0.75


def has_walls(target: Characterization, ndim: int) -> bool:
    """Whether S₃ of the rarer of two phases is that of walls, rather than of grains.

    A Gaussian field Z has the S₂ of a target by a cut above a level, and by one between two levels,
    −t < Z < t. They differ in the triple ratio S₃(a, b) v³ / (S₂(a) S₂(b) S₂(b − a)) of the phase,
    from which S₂ is gone. It is walls if the root mean square difference of the logarithm of this
    ratio is less by a quarter for the second.

    Args:
        target: the statistics to meet. False without S₃, or for more than two phases.
        ndim: axes of the result; planes have too few triples to tell: False for 2.
    """
    if ndim != 3 or target.phase_count != 2:
        return False
    own = [d for d in target.descriptors if isinstance(d, Correlations) and d.form == "exact"]
    own = [d for d in own if d.limit_to >= _LIMIT]
    if not own or min(target.phase_fractions) <= 0:
        return False
    index = target.index(own[0])
    rows = {plane: target.for_plane(plane, 3) for plane in plane_names(3)}
    if any(not row.values[index] for row in rows.values()):
        return False
    wanted = {
        plane: triple_ratios(row.values[index][0]["s3"][0], own[0].limit_to)
        for plane, row in rows.items()
    }
    above, between = (_distance(target, wanted, cut) for cut in ("above", "between"))
    return between < _NEARER * above


def triple_ratios(s3: npt.NDArray[Any], limit_to: int) -> Array:
    """Logarithms of the triple ratios of the rarer phase, of the triangles that are compared, [n].

    Args:
        s3: of one phase, [C, C], with S₂ on its diagonal.
        limit_to: of its lags.
    """
    (first, second, third), centre = _triangles(limit_to)
    values = np.asarray(s3, np.float64)
    s2 = np.diagonal(values)
    share = float(s2[centre])
    a, b, c, three = s2[first], s2[second], s2[third], values[first, second]
    if share > 0.5:
        three = 1 - 3 * share + a + b + c - three
        a, b, c = (1 - 2 * share + one for one in (a, b, c))
        share = 1 - share
    least = 1e-6
    pairs = np.maximum(a, least) * np.maximum(b, least) * np.maximum(c, least)
    found: Array = np.log(np.maximum(three, least) * share**3 / pairs)
    return found


@cache
def _triangles(limit_to: int) -> tuple[npt.NDArray[np.int64], int]:
    """Positions of the lags a, b and b − a of the triangles, [3, n], and of the lag 0."""
    places = {(int(y), int(x)): number for number, (y, x) in enumerate(lags(limit_to))}
    near = [lag for lag in places if max(map(abs, lag)) < _LIMIT and np.hypot(*lag) >= _APART]
    found = []
    for number, a in enumerate(near):
        for b in near[number + 1 :]:
            apart = (b[0] - a[0], b[1] - a[1])
            if apart not in places:
                apart = (-apart[0], -apart[1])
            if max(map(abs, apart)) < _LIMIT and np.hypot(*apart) >= _APART:
                found.append((places[a], places[b], places[apart]))
    return np.array(found, np.int64).T, places[0, 0]


def _distance(target: Characterization, wanted: dict[str, Array], cut: Cut) -> float:
    """Root mean square difference of the ratios, mean over realizations."""
    descriptor = Correlations(limit_to=_LIMIT)
    kernel = plane_kernel(descriptor, (_EDGE, _EDGE), None, np.float32)
    found = []
    for seed in range(_SEEDS):
        labels = NestedCuts(target, (_EDGE,) * 3, seed, "auto", cut).labels
        fields = (labels == 1)[None].astype(np.float32)
        squares = []
        for plane, ratios in wanted.items():
            planes = np.ascontiguousarray(fields.transpose(to_planes_order(3, plane))[:, 0])
            with one_blas_thread():
                blocks, _ = kernel.evaluate(planes)
            s3 = blocks["s3"].mean(0, dtype=np.float64)
            squares.append(np.square(triple_ratios(s3, _LIMIT) - ratios).mean())
        found.append(float(np.sqrt(np.mean(squares))))
    return float(np.mean(found))
