"""What a reconstruction is asked for: phase fractions, S₂ and S₃."""

from __future__ import annotations

import itertools

import numpy as np
import numpy.typing as npt

from mcr_core.descriptors.lag_map import lags
from mcr_core.planes import PLANES, to_planes_order
from mcr_core.scorecard.quantity import Array, Flags, Quantity

FRACTION = "fraction"
#: Most features that are held at once.
_FEATURES = 2**23
_S3_LIMIT = 8


def fractions(phase: Flags, limit_to: int) -> list[Quantity]:
    """Share of the voxels of windows [n, ...] that lie in the phase."""
    share = phase.reshape(len(phase), -1).mean(1, dtype=np.float64)
    return [Quantity(FRACTION, "", "prescribed", share[:, None])]


def correlations(phase: Flags, limit_to: int) -> list[Quantity]:
    """S₂ and S₃ of windows of planes [n, y, x] or of volumes [n, z, y, x], there per axis.

    Taken as v − S₂(r) and v − S₃(r_a, r_b), with v the share of the phase among the same places:
    the probability that x lies in the phase, and x + r (or one of x + r_a, x + r_b) does not. So
    the fraction is judged once, not in every row. Places whose partners lie outside of the
    window are not counted.
    """
    if phase.ndim == 3:
        return correlations_of_planes(phase[:, None], limit_to, "")
    found: list[Quantity] = []
    for plane in PLANES:
        normal, _, row, column = to_planes_order(3, plane)
        found += correlations_of_planes(
            phase.transpose(0, normal, row, column), limit_to, f"{plane} planes"
        )
    return found


def s3_limit(limit_to: int) -> int:
    """Longest lag + 1 of S₃: at most 8, as its entries grow with the fourth power."""
    return min(limit_to, _S3_LIMIT)


def correlations_of_planes(planes: Flags, limit_to: int, where: str) -> list[Quantity]:
    """S₂ and S₃ of windows [n, planes, h, w], of all planes of each; see `correlations`."""
    known = lags(limit_to)
    of_s3 = lags(s3_limit(limit_to))
    places = known.tolist()
    chosen = np.array([places.index(lag) for lag in of_s3.tolist()])
    two, three = [], []
    for window in planes:
        pairs, triples = _lost(window, known, chosen)
        two.append(pairs[1:])  # at lag 0 nothing is lost
        three.append(triples)
    along = [(n - 1, float(dx)) for n, (dy, dx) in enumerate(known.tolist()) if dy == 0 and dx]
    return [
        Quantity("S2", where, "prescribed", np.array(two), curve=tuple(along), axis="lag (pixels)"),
        Quantity(
            "S3",
            where,
            "prescribed",
            np.array(three),
            curve=_right_angles(of_s3),
            axis="legs of a right angle (pixels)",
        ),
    ]


def _right_angles(known: npt.NDArray[np.int64]) -> tuple[tuple[int, float], ...]:
    """Entries of S₃ at the lags (0, k) and (k, 0)."""
    place = {lag: n for n, lag in enumerate(map(tuple, known.tolist()))}
    upper = np.cumsum([0, *range(len(known), 1, -1)])
    found: list[tuple[int, float]] = []
    for k in itertools.count(1):
        if (0, k) not in place or (k, 0) not in place:
            return tuple(found)
        row, column = sorted((place[0, k], place[k, 0]))
        found.append((int(upper[row] + column - row), float(k)))
    return tuple(found)


def _lost(
    planes: Flags, known: npt.NDArray[np.int64], chosen: npt.NDArray[np.int64]
) -> tuple[Array, Array]:
    """Return v − S₂ at all lags [C], and v − S₃ of pairs of some, the upper triangle in a row."""
    count, height, width = planes.shape
    valid = _features(np.ones((1, height, width), np.float32), known)
    hits, near = np.zeros(len(known)), np.zeros(len(known))
    third = np.zeros((len(chosen), len(chosen)))
    nearby = np.zeros_like(third)
    step = max(1, _FEATURES // (len(known) * height * width))
    for first in range(0, count, step):
        some = planes[first : first + step].astype(np.float32)
        features = _features(some, known)
        hits += features.sum(1)
        # How often x is in the phase, where all its partners lie in the window.
        places = some.sum(0, dtype=np.float32).ravel()
        near += valid @ places
        third += features[chosen] @ features[chosen].T
        nearby += (valid[chosen] * places) @ valid[chosen].T
    pairs = count * valid.sum(1)
    triples = count * (valid[chosen] @ valid[chosen].T)
    upper = np.triu_indices(len(chosen))
    with np.errstate(invalid="ignore", divide="ignore"):
        return (near - hits) / pairs, ((nearby - third) / triples)[upper]


def _features(planes: npt.NDArray[np.float32], known: npt.NDArray[np.int64]) -> Array:
    """I(x) I(x + r) for all lags, 0 where x + r lies outside, [C, planes × h × w]."""
    count, height, width = planes.shape
    found = np.zeros((len(known), count, height, width), np.float32)
    for n, (dy, dx) in enumerate(known.tolist()):
        left, right = max(0, -dx), width - max(0, dx)
        near = planes[:, : height - dy, left:right]
        far = planes[:, dy:, left + dx : right + dx]
        np.multiply(near, far, out=found[n, :, : height - dy, left:right])
    return found.reshape(len(known), -1)
