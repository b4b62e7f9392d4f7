"""Specks: single voxels, all of whose face neighbours are of another phase."""

from __future__ import annotations

import math
from collections.abc import Iterable

from mcr_core.optimizers.base import Swaps


class Specks:
    """Tells whether a swap would leave more specks than there are.

    Args:
        state: the labels; they may change between two questions.
    """

    def __init__(self, state: Swaps) -> None:
        # Ten times as fast as the array, for single voxels.
        self._flat = state.labels.reshape(-1).data
        shape = state.labels.shape
        self._axes = [(extent, math.prod(shape[n + 1 :])) for n, extent in enumerate(shape)]
        self._periodic = state.periodic

    def more(self, first: int, second: int) -> bool:
        """Whether the swap of two voxels, as positions in flat order, would leave more specks."""
        concerned = {first, second, *self._near(first), *self._near(second)}
        around = [(voxel, self._near(voxel)) for voxel in concerned]
        flat = self._flat
        before = self._count(around)
        flat[first], flat[second] = flat[second], flat[first]
        after = self._count(around)
        flat[first], flat[second] = flat[second], flat[first]
        return after > before

    def _count(self, around: Iterable[tuple[int, list[int]]]) -> int:
        flat = self._flat
        return sum(1 for voxel, near in around if all(flat[n] != flat[voxel] for n in near))

    def _near(self, voxel: int) -> list[int]:
        """Positions of the face neighbours."""
        near = []
        for extent, step in self._axes:
            place = voxel // step % extent
            if place + 1 < extent:
                near.append(voxel + step)
            elif self._periodic:
                near.append(voxel - (extent - 1) * step)
            if place:
                near.append(voxel - step)
            elif self._periodic:
                near.append(voxel + (extent - 1) * step)
        return near
