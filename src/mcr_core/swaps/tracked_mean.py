"""A term on the mean over the planes of each axis whose descriptor follows swaps."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from mcr_core.characterization import Characterization
from mcr_core.losses import Loss
from mcr_core.objective.term_loss import block_groups, level_factors
from mcr_core.planes import plane_names
from mcr_core.settings import Settings
from mcr_core.swaps.axis_planes import AxisPlanes, touched_planes
from mcr_core.swaps.moves import Move, SwapTerm, Voxel
from mcr_core.swaps.plane_field import coarse_changes, coarse_counts, wanted_blocks
from mcr_core.swaps.residuals import Wanted, residual
from mcr_core.swaps.tracker import Array, Change, Sums, Tracker
from mcr_core.term import Term


class TrackedMean(SwapTerm):
    """The loss of the means over planes: a tracker for every field, level and plane.

    The sums over all planes of an axis change by what the sums of the touched planes change by.

    Args:
        target: the statistics to meet.
        term: descriptor and weights.
        label: the name of the term.
        fields: indicator functions [F, Z, Y, X], Z = 1 for an image.
        settings: norm and boundary.
        shape: extent of the result, (Y, X) or (Z, Y, X).
        kind: class of the trackers.
    """

    def __init__(
        self,
        target: Characterization,
        term: Term,
        label: str,
        fields: Array,
        settings: Settings,
        shape: tuple[int, ...],
        kind: type[Tracker],
    ) -> None:
        self._label = label
        self._axes = [
            _Axis(AxisPlanes(target, term, fields, settings, shape, plane), term, settings, kind)
            for plane in plane_names(len(shape))
        ]
        self._touched: list[_Level] = []

    def prepare(self) -> Iterator[None]:
        """Count the sums plane by plane; see `SwapTerm.prepare`."""
        for axis in self._axes:
            yield from axis.prepare()

    @property
    def parts(self) -> dict[str, float]:
        """The loss under the name of the term."""
        return {self._label: sum(level.loss for axis in self._axes for level in axis.every)}

    def work(self) -> float:
        """See `SwapTerm.work`."""
        return sum((axis.work for axis in self._axes), 0.0)

    def propose(self, first: Voxel, second: Voxel, moves: Sequence[Move]) -> float:
        """See `SwapTerm.propose`."""
        self._touched.clear()
        change = 0.0
        for axis in self._axes:
            for field, sign in moves:
                touched = touched_planes(axis.order, first, second, sign)
                for level in axis.levels[field]:
                    change += level.propose(touched)
                    self._touched.append(level)
        return change

    def accept(self) -> None:
        """See `SwapTerm.accept`."""
        for level in self._touched:
            level.accept()

    def recount(self) -> None:
        """See `SwapTerm.recount`."""
        for axis in self._axes:
            for level in axis.every:
                level.recount()


class _Axis:
    """All planes of one kind: `levels[field][level]`, with trackers once `prepare` is through."""

    def __init__(
        self, axis: AxisPlanes, term: Term, settings: Settings, kind: type[Tracker]
    ) -> None:
        self.order = axis.order
        self._images = axis.planes
        planes, count = axis.planes.shape[:2]
        height, width = axis.extent
        extents = [(height >> level, width >> level) for level in range(len(axis.wanted))]
        factors = level_factors(term, len(extents))
        # A weight of the axis is that of a plane times their number.
        weight = axis.weight * planes / (count * len(extents))
        scales = axis.scales or [None] * len(extents)
        self.levels = [
            [
                _Level(term, settings, kind, planes, number, extent, weight * factor)
                for number, (extent, factor) in enumerate(zip(extents, factors, strict=True))
            ]
            for _ in range(count)
        ]
        for field, levels in enumerate(self.levels):
            for level, wanted, scale in zip(levels, axis.wanted, scales, strict=True):
                level.want(term, settings.loss, wanted, field, scale)
        self.every = [level for levels in self.levels for level in levels]
        each = sum(kind.work(term.descriptor, *extent) for extent in extents)
        self.work: float = each * min(2, planes) * min(2, count)

    def prepare(self) -> Iterator[None]:
        for images in self._images[self.levels[0][0].planes :]:
            for image, levels in zip(images, self.levels, strict=True):
                for level in levels:
                    level.add(image)
            yield


class _Level:
    """A field on one level of all planes of one kind: the sums over them, and their loss."""

    def __init__(
        self,
        term: Term,
        settings: Settings,
        kind: type[Tracker],
        planes: int,
        level: int,
        extent: tuple[int, int],
        weight: float,
    ) -> None:
        self._weight, self._level, self._extent = weight, level, extent
        self._trackers: list[Tracker] = []
        self._kind, self._term, self._periodic = kind, term, settings.periodic
        self._spaces = [
            kind.workspace(term.descriptor, *extent, top=4**level) for _ in range(min(2, planes))
        ]
        empty = self._tracker(np.zeros(extent)).blocks
        self._means = {
            name: Sums(np.zeros(len(block.sums)), block.scale / planes, block.shape, block.cells)
            for name, block in empty.items()
        }
        self._proposed: list[tuple[Tracker, Sequence[Change], tuple[Array, ...]]] = []
        self._deltas: list[Array] = []

    def want(
        self,
        term: Term,
        loss: Loss,
        wanted: Mapping[str, Array],
        field: int,
        scales: Mapping[str, Array] | None,
    ) -> None:
        """Set what is wanted of the means."""
        means, order = self._means, list(self._means)
        cells: dict[str, Wanted] = wanted_blocks(term, means, wanted, field, scales)
        self._groups = [
            (
                self._weight * weight,
                [order.index(name) for name in names],
                residual(loss, [(means[name], cells[name]) for name in names]),
            )
            for weight, names in block_groups(term, list(cells))
        ]

    def add(self, image: Array) -> None:
        """Add the next plane."""
        self._trackers.append(self._tracker(coarse_counts(image, self._level)))

    def _tracker(self, counts: Array) -> Tracker:
        return self._kind(self._term.descriptor, counts, 4**self._level, self._periodic)

    @property
    def planes(self) -> int:
        return len(self._trackers)

    @property
    def loss(self) -> float:
        total: float = sum(weight * group.loss for weight, _, group in self._groups)
        return total

    def propose(self, touched: Sequence[tuple[int, Sequence[Change]]]) -> float:
        """Return by how much the loss would change; `touched`: planes with their changes."""
        self._proposed, self._deltas = [], []
        if self._weight == 0.0:
            return 0.0
        for (plane, changes), space in zip(touched, self._spaces, strict=False):
            coarse = coarse_changes(changes, self._level, self._extent)
            if coarse:
                tracker = self._trackers[plane]
                self._proposed.append((tracker, coarse, tracker.propose(coarse, space)))
        if not self._proposed:
            return 0.0
        self._deltas = [
            np.asarray(np.sum(parts, axis=0, dtype=np.float64))
            for parts in zip(*(deltas for _, _, deltas in self._proposed), strict=True)
        ]
        change = 0.0
        for weight, numbers, group in self._groups:
            change += weight * (group.propose([self._deltas[n] for n in numbers]) - group.loss)
        return change

    def accept(self) -> None:
        if not self._proposed:
            return
        for _, numbers, group in self._groups:
            group.accept([self._deltas[n] for n in numbers])
        for mean, delta in zip(self._means.values(), self._deltas, strict=True):
            mean.sums += delta
        for tracker, changes, deltas in self._proposed:
            tracker.accept(changes, deltas)
        self._proposed = []

    def recount(self) -> None:
        for tracker in self._trackers:
            tracker.recount()
        for name, mean in self._means.items():
            mean.sums[:] = 0.0
            for tracker in self._trackers:
                mean.sums += tracker.blocks[name].sums
        for _, _, group in self._groups:
            group.recount()
