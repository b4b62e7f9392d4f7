"""Where the peer, mcrpy 0.2.0, defines a statistic in another way: how far, and what explains it.

docs/peer.md has the reasons. Every entry has two numbers: the largest difference between the
peer's value and the definition that one expects, and what is left of it with the formula that
explains it.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import peer_forms as forms
from peer_forms import Array

Values = Mapping[str, Array]


def measured(values: Values) -> dict[str, tuple[float, float]]:
    """All differences: name → (by how much, what is left)."""
    limit_to = int(values["limit_to"])
    labels = values["image/elongated"]
    field = forms.fields(labels)[0]

    def peer(name: str) -> Array:
        return np.asarray(values[f"elongated/{name}"][0, 0])

    return {
        **_correlations(peer("Correlations"), field, limit_to),
        "S2 is the mean of the squared soft threshold": _apart(
            peer("TwoPointCorrelations"),
            forms.two_point(field, forms.half_plane(limit_to)),
            forms.soft_two_point(forms.two_point(field, forms.half_plane(limit_to)), field.mean()),
        ),
        "open images: only anchors of whole windows count": _open(
            peer("Correlations, not periodic"), field, limit_to
        ),
        "variation counts the first row and column twice": _apart(
            peer("Variation"), _variation(field), _variation(field) + forms.border_variation(field)
        ),
        "the lineal path without gradient is the soft one, too": _apart(
            peer("LinealPath").ravel(),
            _exact_lineal_path(field, limit_to),
            peer("LinealPathApproximation").ravel(),
        ),
        "slanted lines lack their last pixel": _apart(
            peer("LinealPath").ravel(),
            forms.lineal_path(field, limit_to, complete=True),
            forms.lineal_path(field, limit_to, complete=False),
        ),
        "slanted lines on an image of one phase": _apart(
            values["ones/LinealPath"].ravel(),
            np.ones(1),
            forms.lineal_path(np.ones((24, 24)), limit_to, complete=False),
        ),
        **_cross_correlations(values, limit_to),
        **_losses(values),
    }


def _apart(theirs: Array, expected: Array, explained: Array) -> tuple[float, float]:
    return float(np.abs(theirs - expected).max()), float(np.abs(theirs - explained).max())


def _correlations(theirs: Array, field: Array, limit_to: int) -> dict[str, tuple[float, float]]:
    lags = forms.half_plane(limit_to)
    maps = forms.features(field, lags)
    moved = np.where(forms.leftward(lags)[:, None, None], np.roll(maps, -2 * limit_to, 2), maps)
    mixed = ~forms.right_pairs(lags)
    return {
        "S3 of a lag to the left with one that is not: 2 L off": _apart(
            theirs[mixed], forms.gram(maps)[mixed], forms.gram(moved)[mixed]
        )
    }


def _open(theirs: Array, field: Array, limit_to: int) -> tuple[float, float]:
    """Diagonals: ⟨T_r²⟩ over all pairs inside the image, and over the anchors it takes."""
    height, width = field.shape
    side = limit_to - 1
    lags = forms.half_plane(limit_to)
    squares = forms.features(field, lags) ** 2
    all_pairs, window = [], []
    for (dy, dx), square in zip(lags, squares, strict=True):
        left = max(-dx, 0)
        all_pairs.append(square[: height - dy, left : width - max(dx, 0)].mean())
        start = side if left else 0
        window.append(square[: height - side, start : start + width - side].mean())
    return _apart(np.diag(theirs), np.array(all_pairs), np.array(window))


def _variation(field: Array) -> Array:
    return np.array(sum(np.abs(field - forms.shifted(field, e)).mean() for e in ((1, 0), (0, 1))))


def _exact_lineal_path(field: Array, limit_to: int) -> Array:
    """Share of the places at which every pixel of a line lies in the phase."""
    found = []
    for _, line in forms.lines(limit_to, complete=True):
        inside = np.prod([forms.shifted(field, (dy, dx)) for dy, dx, _ in line], axis=0)
        found.append(inside.mean())
    return np.array(found)


def _cross_correlations(values: Values, limit_to: int) -> dict[str, tuple[float, float]]:
    fields = forms.fields(values["image/three_phases"])
    lags = forms.half_plane(limit_to)
    pairs = forms.pairs(len(fields))
    blocks = values["three_phases/CrossCorrelations"][0, 0].reshape(len(pairs), len(lags), -1)
    theirs = np.array([np.diag(block) for block in blocks])
    sums, missing = [], []
    for p, q in pairs:
        sums.append((forms.features(fields[p], lags, fields[q]) ** 2).sum((1, 2)))
        missing.append(forms.omitted_cross(fields[p], fields[q], limit_to))
    height, width = fields.shape[1:]
    whole = np.array(sums) / (height * width)
    cropped = (np.array(sums) - missing) / ((height - 1) * (width - 1))
    return {
        "cross correlations leave out the last row and column": _apart(theirs, whole, cropped),
        "cross correlations at lag 0: the phase with itself": _apart(
            theirs[:, 0], np.zeros(1), cropped[:, 0]
        ),
    }


def _losses(values: Values) -> dict[str, tuple[float, float]]:
    def residual(name: str) -> list[Array]:
        target, current = values[f"loss/target/{name}"][0], values[f"loss/current/{name}"][0]
        return [now - wanted for now, wanted in zip(current, target, strict=True)]

    s2, variation = residual("Correlations"), residual("Variation")
    levels = np.array([np.mean(level**2) for level in s2])
    powers = 4.0 ** np.arange(len(levels))
    outside = levels[0] + 100 * np.mean(variation[0] ** 2)
    inside = np.mean(np.append(s2[0].ravel(), 100 * variation[0]) ** 2)
    return {
        "coarse levels have no weight": _apart(
            values["loss/finest, coarse targets raised by 1"],
            np.mean([levels[0], *(np.mean((level - 1) ** 2) for level in s2[1:])]),
            levels[0],
        ),
        "with its multigrid, level k has weight 2^k in the norm": _apart(
            values["loss/multigrid"], levels.mean(), (powers * levels).mean()
        ),
        "weights multiply before the norm": _apart(
            values["loss/weights 1 and 100"], outside, inside
        ),
    }
