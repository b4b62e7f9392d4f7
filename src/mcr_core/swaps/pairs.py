"""Which two voxels may swap."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from mcr_core.optimizers.base import Swaps

Rule = Literal["any", "neighbours", "interface"]
Pair = tuple[int, int]
Positions = npt.NDArray[np.int64]

#: Pairs that are drawn at once, at first and at most.
_BATCH, _MOST = 1024, 2**20


def pairs(state: Swaps, rule: Rule, lots: np.random.Generator) -> Iterator[Pair]:
    """Yield pairs of voxels of unlike phase, as positions in flat order, without end.

    The caller may swap a pair before it asks for the next one. Nothing is yielded if there is one
    phase only.

    Args:
        state: the labels.
        rule: `any`: any two voxels, all pairs alike. `neighbours`: two that share a face.
            `interface`: two that both share a face with a voxel of another phase.
        lots: random numbers.
    """
    if (state.labels == state.labels.flat[0]).all():
        return iter(())
    if rule == "any":
        return _any_pairs(state, lots)
    return _near_pairs(_Grid(state), rule, lots)


def _any_pairs(state: Swaps, lots: np.random.Generator) -> Iterator[Pair]:
    """Draw two phases by their numbers of pairs, and a member of each."""
    labels = state.labels.reshape(-1)
    flat = labels.data
    phases = np.unique(labels).tolist()
    members = {phase: np.flatnonzero(labels == phase).data for phase in phases}
    unlike = [(p, q) for p in phases for q in phases if p < q]
    shares = np.array([float(len(members[p])) * len(members[q]) for p, q in unlike])
    bounds = np.cumsum(shares / shares.sum())[:-1]
    while True:
        which, *where = lots.random((3, _BATCH))
        chosen = np.searchsorted(bounds, which, side="right").tolist()
        for number, u, v in zip(chosen, *(w.tolist() for w in where), strict=True):
            p, q = unlike[number]
            one, two = members[p], members[q]
            i, j = int(u * len(one)), int(v * len(two))
            first, second = one[i], two[j]
            yield first, second
            if flat[first] != p:  # it was swapped
                one[i], two[j] = second, first


def _near_pairs(grid: _Grid, rule: Rule, lots: np.random.Generator) -> Iterator[Pair]:
    batch = _BATCH
    size = grid.labels.size
    flat = grid.labels.data
    while True:
        first = lots.integers(size, size=batch)
        if rule == "neighbours":
            second, inside = grid.neighbours(first, lots.integers(grid.axes, size=batch), 1)
            first, second = first[inside], second[inside]
        else:
            first = first[grid.touching(first)]
            second = lots.integers(size, size=batch)
            second = second[grid.touching(second)]
            shorter = min(first.size, second.size)
            first, second = first[:shorter], second[:shorter]
        unlike = grid.labels[first] != grid.labels[second]
        for a, b in zip(first[unlike].tolist(), second[unlike].tolist(), strict=True):
            # Swaps since the draw may have changed what these two are.
            if flat[a] == flat[b]:
                continue
            if rule == "interface" and not grid.touching(np.array([a, b])).all():
                continue
            yield a, b
        if not unlike.any():
            batch = min(2 * batch, _MOST)


class _Grid:
    """Labels in flat order, and the neighbours of a voxel."""

    def __init__(self, state: Swaps) -> None:
        self.labels: npt.NDArray[np.uint8] = state.labels.reshape(-1)
        self._periodic = state.periodic
        self._extents = np.array(state.labels.shape)
        self._steps = np.cumprod([1, *state.labels.shape[:0:-1]])[::-1]
        self.axes = len(self._extents)

    def neighbours(
        self, voxels: Positions, axis: Any, step: int
    ) -> tuple[Positions, npt.NDArray[np.bool_]]:
        """Return the voxels one step further along an axis, and whether they are inside."""
        extent, stride = self._extents[axis], self._steps[axis]
        place = voxels // stride % extent
        moved = (place + step) % extent
        inside = np.full(voxels.shape, True) if self._periodic else moved - place == step
        return voxels + (moved - place) * stride, inside

    def touching(self, voxels: Positions) -> npt.NDArray[np.bool_]:
        """Whether each voxel shares a face with a voxel of another phase."""
        touch = np.zeros(voxels.shape, bool)
        for axis in range(self.axes):
            for step in (1, -1):
                others, inside = self.neighbours(voxels, axis, step)
                touch |= inside & (self.labels[others] != self.labels[voxels])
        return touch
