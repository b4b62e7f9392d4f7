"""The forms in which the peer, mcrpy 0.2.0, computes, as plain formulas; docs/peer.md explains."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]


def fields(labels: Array) -> Array:
    """The indicator functions of a label image, [F, H, W]; of two phases that of index 1."""
    phases = range(int(labels.max()) + 1) if labels.max() > 1 else [1]
    return np.stack([labels == phase for phase in phases]).astype(float)


def threshold(mean: Any) -> Any:
    """Soft threshold: the sigmoid of steepness 10 at 0.75, scaled so that 0 → 0 and 1 → 1."""

    def sigmoid(x: Any) -> Any:
        return 1 / (1 + np.exp(-10 * (x - 0.75)))

    return (sigmoid(mean) - sigmoid(0)) / (sigmoid(1) - sigmoid(0))


def half_plane(limit_to: int) -> Array:
    """Its lags (dy, dx) in its order: the quadrant dy, dx ≥ 0, then dy > 0 > dx."""
    span = range(limit_to)
    quadrant = [(dy, dx) for dy in span for dx in span]
    return np.array(quadrant + [(dy, -dx) for dy in span[1:] for dx in span[1:]])


def places(rows: Array, wanted: Array) -> list[int]:
    """Where the wanted lags stand among the rows; a lag may stand there mirrored."""
    where = {tuple(row): index for index, row in enumerate(rows.tolist())}
    mirrored = {(-dy, -dx): index for (dy, dx), index in where.items()}
    return [(mirrored | where)[tuple(lag)] for lag in wanted.tolist()]


def leftward(lags: Array) -> Array:
    """Which lags point to the left, [n]: those beyond the quadrant."""
    return (lags[:, 0] > 0) & (lags[:, 1] < 0)


def right_pairs(lags: Array) -> Array:
    """Pairs of lags [C, C] whose S₃ it gets right: both point to the left, or neither."""
    left: Array = leftward(lags)
    return left[:, None] == left[None, :]


def shifted(field: Array, lag: Any) -> Array:
    """I(x + r) of a periodic field."""
    return np.roll(field, (-lag[0], -lag[1]), (0, 1))


def two_point(field: Array, lags: Array) -> Array:
    """Exact S₂ of a periodic field, [n]."""
    return np.array([np.mean(field * shifted(field, lag)) for lag in lags])


def features(field: Array, lags: Array, other: Array | None = None) -> Array:
    """T_r(x), the soft threshold of the mean of I(x) and I(x + r), [n, H, W].

    With another phase it is J(x + r) of that one; but at lag 0 still I alone.
    """
    far = [shifted(field if other is None or not any(lag) else other, lag) for lag in lags]
    return np.stack([threshold((field + one) / 2) for one in far])


def gram(maps: Array) -> Array:
    """⟨T_a T_b⟩, [n, n]."""
    flat = maps.reshape(len(maps), -1)
    return flat @ flat.T / flat.shape[1]


def soft_two_point(exact: Array, share: Any) -> Array:
    """⟨T_r²⟩ of a binary periodic image from its S₂ and its phase fraction.

    T_r is 1 where both pixels are in the phase and t where one of them is, a share of 2 (φ − S₂).
    """
    return exact + 2 * threshold(0.5) ** 2 * (share - exact)


def pairs(phases: int) -> list[tuple[int, int]]:
    """Its pairs of phases p > q, in its order."""
    return [(p, q) for p in range(phases) for q in range(p)]


def omitted_cross(field: Array, other: Array, limit_to: int) -> Array:
    """Σ T_r² of two phases over the anchors that its oversized filter leaves out, [C].

    These are the last row and column; for lags that point to the left, whose anchors start L − 1
    pixels later, the last row and the column before.
    """
    lags = half_plane(limit_to)
    squares = features(field, lags, other) ** 2
    left = leftward(lags)[:, None, None]
    moved = np.where(left, np.roll(squares, 1 - limit_to, 2), squares)
    return squares.sum((1, 2)) - moved[:, :-1, :-1].sum((1, 2))


def border_variation(field: Array) -> float:
    """Differences along the first column and row: it counts these twice."""
    column = np.abs(field[:, 0] - np.roll(field[:, 0], -1)).sum()
    row = np.abs(field[0] - np.roll(field[0], -1)).sum()
    return float(column + row) / field.size


def lines(limit_to: int, *, complete: bool) -> list[tuple[int, list[tuple[int, int, float]]]]:
    """Its lines in its order: number of pixels n, and the pixels (dy, dx, weight).

    Lines of n = 1, 3, …, 2L + 1 pixels in a square of that side: two diagonals, across, down,
    then for every slope i/c below 1 (c = (n − 1)/2) one line in each of four octants. Where a line
    passes midway between two pixels, both have half the weight. Without `complete` the slanted
    lines lack their last pixel, as the peer's do.
    """
    found = [(1, [(0, 0, 1.0)])]
    for centre in range(1, limit_to + 1):
        last = 2 * centre
        along = range(last + 1)
        straight = [
            [(k, k, 1.0) for k in along],
            [(k, last - k, 1.0) for k in along],
            [(centre, k, 1.0) for k in along],
            [(k, centre, 1.0) for k in along],
        ]
        slanted = []
        for rise in range(1, centre):
            steep = []
            for step in along if complete else along[:-1]:
                exact = centre - rise + step * rise / centre
                near = sorted({round(exact - 0.1), round(exact + 0.1)})
                steep += [(step, place, 1 / len(near)) for place in near]
            slanted += [
                steep,
                [(x, y, w) for y, x, w in steep],
                [(y, last - x, w) for y, x, w in steep],
                [(x, last - y, w) for y, x, w in steep],
            ]
        found += [(last + 1, line) for line in straight + slanted]
    return found


def line_ends(limit_to: int) -> Array:
    """Its lines in its order, as vectors (dy, dx) from one end to the other."""
    found = [(0, 0)]
    for reach in range(2, 2 * limit_to + 1, 2):
        found += [(reach, reach), (reach, -reach), (0, reach), (reach, 0)]
        for rise in range(2, reach, 2):
            found += [(reach, rise), (rise, reach), (reach, -rise), (rise, -reach)]
    return np.array(found)


def lineal_path(field: Array, limit_to: int, *, complete: bool) -> Array:
    """Soft lineal path of a periodic field, in the peer's order; see `lines`."""
    found = []
    for pixels, line in lines(limit_to, complete=complete):
        mean = sum(w * shifted(field, (dy, dx)) for dy, dx, w in line) / pixels
        found.append(threshold(mean).mean())
    return np.array(found)
