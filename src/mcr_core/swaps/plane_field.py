"""The loss of one field of one plane, on all levels of its pyramid, under changes of pixels."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from mcr_core.losses import Loss
from mcr_core.objective.term_loss import (
    block_groups,
    level_factors,
    mismatch,
    shared_entries,
)
from mcr_core.swaps.residuals import Wanted, residual
from mcr_core.swaps.tracker import Array, Change, Sums, Tracker
from mcr_core.term import Term


class PlaneField:
    """A tracker on every level, and what its sums add to the loss of the plane.

    Args:
        term: descriptor, block weights and level weights; its other weights are not applied.
        loss: the norm.
        kind: class of the trackers.
        image: indicator function of a phase, [H, W].
        wanted: for every level, the blocks that are wanted of this field.
        periodic: whether the plane wraps.
    """

    def __init__(
        self,
        term: Term,
        loss: Loss,
        kind: type[Tracker],
        image: Array,
        wanted: Sequence[Mapping[str, Wanted]],
        periodic: bool,
    ) -> None:
        factors = level_factors(term, len(wanted))
        self._levels = [
            _Level(term, loss, kind, image, level, blocks, periodic, factor / len(wanted))
            for level, (blocks, factor) in enumerate(zip(wanted, factors, strict=True))
        ]
        self._open = False

    @property
    def loss(self) -> float:
        """Mean over the levels of the loss."""
        return sum(level.loss for level in self._levels)

    def propose(self, changes: Sequence[Change], workspaces: Sequence[Any]) -> float:
        """Return by how much the loss would change; nothing is changed yet."""
        change = 0.0
        for level, workspace in zip(self._levels, workspaces, strict=True):
            change += level.propose(changes, workspace)
        return change

    def accept(self) -> None:
        """Make the last proposal real."""
        for level in self._levels:
            level.accept()
        self._open = True

    def recount(self) -> None:
        """Compute the loss from the sums anew, if there was a change."""
        if self._open:
            for level in self._levels:
                level.recount()
            self._open = False


class _Level:
    """One level: pixels are whole numbers, of voxels of the phase in 2^level × 2^level of them."""

    def __init__(
        self,
        term: Term,
        loss: Loss,
        kind: type[Tracker],
        image: Array,
        level: int,
        wanted: Mapping[str, Wanted],
        periodic: bool,
        factor: float,
    ) -> None:
        counts = coarse_counts(image, level)
        self._level = level
        self._counts = factor > 0.0
        self._height, self._width = counts.shape
        self._tracker = kind(term.descriptor, counts, 4**level, periodic)
        blocks = self._tracker.blocks
        order = list(blocks)
        self._groups = [
            (
                factor * weight,
                [order.index(name) for name in names],
                residual(loss, [(blocks[name], wanted[name]) for name in names]),
            )
            for weight, names in block_groups(term, list(wanted))
        ]
        self._changes: Sequence[Change] = ()
        self._deltas: tuple[Array, ...] = ()

    @property
    def loss(self) -> float:
        return sum(weight * group.loss for weight, _, group in self._groups)

    def propose(self, changes: Sequence[Change], workspace: Any) -> float:
        changes = coarse_changes(changes, self._level, (self._height, self._width))
        self._changes = changes if self._counts else ()
        if not self._changes:
            return 0.0
        deltas = self._deltas = self._tracker.propose(changes, workspace)
        change = 0.0
        for weight, numbers, group in self._groups:
            chosen = deltas if len(numbers) == len(deltas) == 1 else [deltas[n] for n in numbers]
            change += weight * (group.propose(chosen) - group.loss)
        return change

    def accept(self) -> None:
        if not self._changes:
            return
        for _, numbers, group in self._groups:
            group.accept([self._deltas[n] for n in numbers])
        self._tracker.accept(self._changes, self._deltas)
        self._changes = ()

    def recount(self) -> None:
        self._tracker.recount()
        for _, _, group in self._groups:
            group.recount()


def coarse_changes(
    changes: Sequence[Change], level: int, extent: Sequence[int]
) -> Sequence[Change]:
    """Changes of the pixels of a level: a remainder is left out, two within one pixel cancel.

    Args:
        changes: of pixels of the finest level.
        level: which one.
        extent: of the plane on that level.
    """
    if level == 0:
        return changes
    height, width = extent
    coarse = [
        (row >> level, column >> level, sign)
        for row, column, sign in changes
        if row >> level < height and column >> level < width
    ]
    if len(coarse) == 2 and coarse[0][:2] == coarse[1][:2]:
        return ()
    return coarse


def coarse_counts(image: Array, level: int) -> Array:
    """Number of pixels of the phase in every block of 2^level × 2^level; see `pyramid.coarsen`."""
    counts = image.astype(np.int64)
    for _ in range(level):
        height, width = counts.shape[0] // 2, counts.shape[1] // 2
        counts = counts[: 2 * height, : 2 * width].reshape(height, 2, width, 2).sum(axis=(1, 3))
    return counts


def wanted_blocks(
    term: Term,
    blocks: Mapping[str, Sums],
    wanted: Mapping[str, Array],
    field: int,
    scales: Mapping[str, Array] | None = None,
) -> dict[str, Wanted]:
    """Return what is wanted of a field on one level.

    Args:
        term: whose descriptor it is.
        blocks: the sums of any plane of that extent.
        wanted: blocks of the target, [F, ...] each.
        field: position of the field.
        scales: what residuals are multiplied by, of the shapes of `wanted`; None: 1.

    Raises:
        InputError: the blocks are others than those of the descriptor.
    """
    if set(blocks) != set(wanted):
        raise mismatch(term.descriptor)
    result = {}
    for name, target in wanted.items():
        found = blocks[name]
        if field >= len(target):
            raise mismatch(term.descriptor)
        values = np.asarray(target[field], np.float64).ravel()
        factors = None if scales is None else np.asarray(scales[name][field]).ravel()
        cells = found.cells
        if found.shape != target.shape[1:]:
            descriptor = term.descriptor
            of_found, of_wanted = shared_entries(
                descriptor.entries(name, found.shape), descriptor.entries(name, target.shape[1:])
            )
            if not of_found.size:
                raise mismatch(descriptor)
            cells = of_found if cells is None else cells[of_found]
            values = values[of_wanted]
            factors = None if factors is None else factors[of_wanted]
        result[name] = Wanted(values, cells, len(found.sums), factors)
    return result
