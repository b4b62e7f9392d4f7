"""Which of our descriptors is compared with which of the peer's, and how.

The peer's values are arrays [fields, levels, …] under `<image>/<its descriptor>`, beside the label
images `image/<name>` and `limit_to`: see benchmarks/peer_values.py. A row brings both sides into
one form; where the peer's definition is another one, into the peer's (docs/peer.md).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
import peer_forms
from peer_forms import Array

Values = Mapping[str, Array]


@dataclass(frozen=True)
class Case:
    """One image: our blocks of every level, each [fields, …], and the peer's value of it."""

    labels: Array
    descriptor: Any
    ours: list[dict[str, Array]]
    theirs: Array

    @property
    def levels(self) -> range:
        return range(min(len(self.ours), self.theirs.shape[1]))

    def s2_at(self, lags: Array, level: int = 0) -> Array:
        """Our block `s2` at given lags (dy, dx), [fields, n]; the other half plane mirrored."""
        block = self.ours[level]["s2"]
        rows = self.descriptor.entries("s2", block.shape[1:])
        if rows.shape[1] == 3:  # a step and how often
            rows = rows[:, :2] * rows[:, 2:]
        return block.reshape(len(block), -1)[:, peer_forms.places(rows, lags)]

    def cross_at(self, pair: tuple[int, int], lags: Array) -> Array:
        """Our ⟨I_p(x) I_q(x + r)⟩ for two phases p, q in any order, [n]."""
        block = self.ours[0]["s2"][0]
        known = list(combinations(range(int(self.labels.max()) + 1), 2))
        rows = self.descriptor.entries("s2", block.shape)
        of_pair = rows[:, 0] == known.index(tuple(sorted(pair)))
        where = {tuple(lag): index for index, lag in enumerate(rows[of_pair, 1:].tolist())}
        sign = 1 if pair[0] < pair[1] else -1
        return block.ravel()[of_pair][[where[tuple(lag)] for lag in (sign * lags).tolist()]]


@dataclass(frozen=True)
class Row:
    name: str
    peer: str
    compare: Callable[[Case], tuple[Array, Array]]
    options: Mapping[str, Any] | None = None
    #: Our limit for one of the peer's: its lineal path has lines of up to 2 L + 1 pixels.
    limit: Callable[[int], int] = int
    #: How far our image is shifted up and to the left before.
    shift: int = 0


def images_of(row: Row, values: Values) -> list[str]:
    """Names of the images of which the peer's value is there."""
    names = [key.removeprefix("image/") for key in values if key.startswith("image/")]
    return [name for name in names if f"{name}/{row.peer}" in values]


def compare(row: Row, image: str, values: Values) -> tuple[Array, Array]:
    """Return both sides of a row, two arrays of one shape."""
    from mcr_core.descriptors import registry

    descriptor_class = registry.get(row.name)
    options = dict(row.options or {})
    if "limit_to" in descriptor_class.model_fields:
        options["limit_to"] = row.limit(values["limit_to"])
    descriptor = descriptor_class(**options)
    labels = np.roll(values[f"image/{image}"], (-row.shift, -row.shift), (0, 1))
    case = Case(labels, descriptor, evaluate(descriptor, labels), values[f"{image}/{row.peer}"])
    ours, theirs = row.compare(case)
    if np.shape(ours) != np.shape(theirs):
        raise ValueError(f"{row.name}: shapes {np.shape(ours)} and {np.shape(theirs)}")
    return np.asarray(ours), np.asarray(theirs)


def evaluate(descriptor: Any, labels: Array) -> list[dict[str, Array]]:
    """Our blocks on a periodic label image, in float64."""
    fields = peer_forms.fields(labels)[None]
    levels = descriptor.levels(*labels.shape)
    if descriptor.differentiable:
        import tensorflow as tf

        fields = tf.constant(fields)
    found = descriptor.evaluate(fields, None, levels)
    return [{name: np.asarray(block)[0] for name, block in blocks.items()} for blocks in found]


def _volume_fractions(case: Case) -> tuple[Array, Array]:
    return case.ours[0]["volume_fractions"], case.theirs[:, 0]


def _soft_pairs(case: Case) -> tuple[Array, Array]:
    """S₃ of all pairs that the peer gets right, its diagonal S₂ included; on every level."""
    lags = case.descriptor.entries("s2", case.ours[0]["s2"].shape[1:])
    order = peer_forms.places(peer_forms.half_plane(case.descriptor.limit_to), lags)
    right = peer_forms.right_pairs(lags)
    ours = [case.ours[level]["s3"][:, right] for level in case.levels]
    theirs = [case.theirs[:, level][:, order][:, :, order][:, right] for level in case.levels]
    return np.stack(ours), np.stack(theirs)


def _near_s2(case: Case) -> tuple[Array, Array]:
    """Exact S₂ of the lags below the limit, on every level."""
    limit_to = (case.theirs.shape[-1] + 1) // 2
    lags = peer_forms.half_plane(limit_to)
    window = case.theirs[..., lags[:, 0] + limit_to - 1, lags[:, 1] + limit_to - 1]
    ours = [case.s2_at(lags, level) for level in case.levels]
    return np.stack(ours), np.stack([window[:, level] for level in case.levels])


def _soft_diagonal(case: Case) -> tuple[Array, Array]:
    """The peer's soft S₂ of a binary image from the exact one."""
    exact = case.s2_at(peer_forms.half_plane(case.descriptor.limit_to))
    return peer_forms.soft_two_point(exact, _shares(case)), case.theirs[:, 0]


def _shares(case: Case) -> Array:
    return peer_forms.fields(case.labels).mean((1, 2))[:, None]


def _near_line_s2(case: Case) -> tuple[Array, Array]:
    """Exact S₂ along the axes and diagonals, on every level."""
    limit_to = (case.theirs.shape[-1] + 1) // 2
    steps = np.array([(0, 1), (1, 0), (1, 1), (1, -1)])
    lags = np.concatenate([steps * length for length in range(limit_to)])
    window = case.theirs[..., lags[:, 0] + limit_to - 1, lags[:, 1] + limit_to - 1]
    ours = [case.s2_at(lags, level) for level in case.levels]
    return np.stack(ours), np.stack([window[:, level] for level in case.levels])


def _soft_line_diagonal(case: Case) -> tuple[Array, Array]:
    """Its lines: down from length 1, across from length 0."""
    span = range(case.descriptor.limit_to)
    lags = np.array([(dy, 0) for dy in span[1:]] + [(0, dx) for dx in span])
    theirs = case.theirs[:, 0].diagonal(axis1=-2, axis2=-1)
    return peer_forms.soft_two_point(case.s2_at(lags), _shares(case)), theirs


def _lineal_path(case: Case) -> tuple[Array, Array]:
    """All of its lines, with the pixel that its slanted ones lack."""
    limit_to = (case.descriptor.limit_to - 1) // 2
    fields = peer_forms.fields(case.labels)
    whole, lacking = (
        np.stack([peer_forms.lineal_path(f, limit_to, complete=c) for f in fields])
        for c in (True, False)
    )
    theirs = case.theirs[:, 0].reshape(len(fields), -1)
    return _lineal_path_at(case, peer_forms.line_ends(limit_to)), theirs + whole - lacking


def _axis_lineal_path(case: Case) -> tuple[Array, Array]:
    """Its lines of 2 l + 1 pixels: down from l = 1, across from l = 0."""
    span = range(0, case.descriptor.limit_to - 2, 2)
    ends = np.array([(dy, 0) for dy in span[1:]] + [(0, dx) for dx in span])
    return _lineal_path_at(case, ends), case.theirs[:, 0].reshape(len(case.theirs), -1)


def _lineal_path_at(case: Case, ends: Array) -> Array:
    block = case.ours[0]["lineal_path"]
    rows = case.descriptor.entries("lineal_path", block.shape[1:])
    found: Array = block[:, peer_forms.places(rows, ends)]
    return found


def _soft_cross(case: Case) -> tuple[Array, Array]:
    """The peer's soft form from the exact one, with the anchors that it leaves out added."""
    limit_to = case.descriptor.limit_to
    fields, lags = peer_forms.fields(case.labels), peer_forms.half_plane(limit_to)
    height, width = case.labels.shape
    pairs = peer_forms.pairs(len(fields))
    blocks = case.theirs[0, 0].reshape(len(pairs), len(lags), len(lags))
    ours, theirs = [], []
    for (p, q), block in zip(pairs, blocks, strict=True):
        share = (fields[p].mean() + fields[q].mean()) / 2
        soft = peer_forms.soft_two_point(case.cross_at((p, q), lags), share)
        soft[0] = fields[p].mean()
        ours.append(soft)
        missing = peer_forms.omitted_cross(fields[p], fields[q], limit_to)
        sums = np.diag(block) * (height - 1) * (width - 1)
        theirs.append((sums + missing) / (height * width))
    return np.stack(ours), np.stack(theirs)


def _fft_cross(case: Case) -> tuple[Array, Array]:
    limit_to = (case.theirs.shape[-1] + 1) // 2
    lags = np.indices(case.theirs.shape[-2:]).reshape(2, -1).T - limit_to + 1
    pairs = peer_forms.pairs(int(case.labels.max()) + 1)
    # Of phases p > q it has ⟨I_q(x) I_p(x + r)⟩.
    ours = [case.cross_at((q, p), lags) for p, q in pairs]
    return np.stack(ours), case.theirs[0, 0].reshape(len(pairs), -1)


def _variation(case: Case) -> tuple[Array, Array]:
    twice = [peer_forms.border_variation(field) for field in peer_forms.fields(case.labels)]
    return case.ours[0]["variation"] + twice, case.theirs[:, 0, 0]


def _double(limit_to: int) -> int:
    return 2 * int(limit_to) + 1


def _gram(case: Case) -> tuple[Array, Array]:
    """All layers one after the other, relative to the largest entry."""
    blocks = [block.reshape(len(block), -1) for block in case.ours[0].values()]
    largest = case.theirs.max()
    theirs = case.theirs[:, 0].reshape(len(case.theirs), -1)
    return np.concatenate(blocks, 1) / largest, theirs / largest


ROWS = (
    Row("volume_fractions", "VolumeFractions", _volume_fractions),
    Row("correlations", "Correlations", _soft_pairs, {"form": "soft"}),
    Row("two_point", "FFTCorrelations", _near_s2),
    Row("two_point", "TwoPointCorrelations", _soft_diagonal),
    Row("line_correlations", "FFTCorrelations", _near_line_s2),
    Row("line_correlations", "LineCorrelations", _soft_line_diagonal),
    Row("fft_correlations", "FFTCorrelations", _near_s2),
    Row("cross_correlations", "CrossCorrelations", _soft_cross),
    Row("fft_cross_correlations", "FFTCrossCorrelations", _fft_cross),
    Row("lineal_path", "LinealPath", _lineal_path, {"form": "soft"}, _double),
    Row("lineal_path", "LinealPathApproximation", _lineal_path, {"form": "soft"}, _double),
    Row(
        "lineal_path",
        "LineLinealPathApproximation",
        _axis_lineal_path,
        {"form": "soft", "directions": "axes"},
        _double,
    ),
    Row("variation", "Variation", _variation),
)


def gram_rows(weights: str) -> tuple[Row, ...]:
    """Rows that need the network's weights, which are not part of this repository.

    Its convolutions look to the right and down only: every one shifts what the next pooling takes.
    """
    one = {"weights": weights}
    return (
        Row("gram_matrices", "GramMatrices", _gram, one, shift=6),
        Row("multiphase_gram_matrices", "MultiPhaseGramMatrices", _gram, one, shift=6),
    )
