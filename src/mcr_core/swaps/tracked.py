"""A term on all planes of all axes whose descriptor follows swaps."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from mcr_core.characterization import Characterization
from mcr_core.planes import plane_count, plane_names, plane_shape
from mcr_core.settings import Settings
from mcr_core.swaps.axis_planes import AxisPlanes, touched_planes
from mcr_core.swaps.moves import Move, SwapTerm, Voxel
from mcr_core.swaps.plane_field import PlaneField, wanted_blocks
from mcr_core.swaps.tracker import Array, Tracker
from mcr_core.term import Term


class TrackedTerm(SwapTerm):
    """The loss of a term, from a tracker for every field, level and plane.

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
            _Axis(target, term, fields, settings, shape, kind, plane)
            for plane in plane_names(len(shape))
        ]
        self._touched: list[PlaneField] = []

    def prepare(self) -> Iterator[None]:
        """Count the sums plane by plane; see `SwapTerm.prepare`."""
        for axis in self._axes:
            yield from axis.prepare()

    @property
    def parts(self) -> dict[str, float]:
        """The loss under the name of the term."""
        return {self._label: sum(axis.loss for axis in self._axes)}

    def work(self) -> float:
        """See `SwapTerm.work`."""
        return sum((axis.work for axis in self._axes), 0.0)

    def propose(self, first: Voxel, second: Voxel, moves: Sequence[Move]) -> float:
        """See `SwapTerm.propose`."""
        self._touched.clear()
        change = 0.0
        for axis in self._axes:
            for number, (field, sign) in enumerate(moves):
                touched = touched_planes(axis.order, first, second, sign)
                for position, (plane, changes) in enumerate(touched):
                    part = axis.planes[plane][field]
                    space = axis.workspaces[number][position]
                    change += axis.weight * part.propose(changes, space)
                    self._touched.append(part)
        return change

    def accept(self) -> None:
        """See `SwapTerm.accept`."""
        for part in self._touched:
            part.accept()

    def recount(self) -> None:
        """See `SwapTerm.recount`."""
        for axis in self._axes:
            for fields in axis.planes:
                for part in fields:
                    part.recount()


class _Axis:
    """All planes of one kind: `planes[plane][field]`, once `prepare` is through."""

    def __init__(
        self,
        target: Characterization,
        term: Term,
        fields: Array,
        settings: Settings,
        shape: tuple[int, ...],
        kind: type[Tracker],
        plane: str,
    ) -> None:
        axis = AxisPlanes(target, term, fields, settings, shape, plane)
        self.order = axis.order
        count = len(fields)
        self.weight = axis.weight / count
        height, width = axis.extent
        extents = [(height >> level, width >> level) for level in range(len(axis.wanted))]
        layouts = [
            kind(term.descriptor, np.zeros(extent), 4**level, settings.periodic).blocks
            for level, extent in enumerate(extents)
        ]
        self._wanted = [
            [
                wanted_blocks(term, blocks, target_blocks, field, scales)
                for blocks, target_blocks, scales in zip(
                    layouts, axis.wanted, axis.scales or [None] * len(layouts), strict=True
                )
            ]
            for field in range(count)
        ]
        self._images = axis.planes
        self._term, self._kind, self._settings = term, kind, settings
        self.planes: list[list[PlaneField]] = []
        # Those of one swap are open at the same time: of one or two fields, on one or two planes.
        self.workspaces: list[list[list[Any]]] = [
            [
                [
                    kind.workspace(term.descriptor, *extent, top=4**level)
                    for level, extent in enumerate(extents)
                ]
                for _ in range(min(2, len(axis.planes)))
            ]
            for _ in range(min(2, count))
        ]
        each = sum(kind.work(term.descriptor, *extent) for extent in extents)
        self.work: float = each * min(2, len(axis.planes)) * min(2, count)

    def prepare(self) -> Iterator[None]:
        loss, periodic = self._settings.loss, self._settings.periodic
        for images in self._images[len(self.planes) :]:
            self.planes.append(
                [
                    PlaneField(self._term, loss, self._kind, image, wanted, periodic)
                    for image, wanted in zip(images, self._wanted, strict=True)
                ]
            )
            yield

    @property
    def loss(self) -> float:
        total: float = sum((part.loss for fields in self.planes for part in fields), 0.0)
        return self.weight * total


def tracked_bytes(terms: Sequence[Term], shape: Sequence[int], fields: int) -> int:
    """Return the memory that the trackers of a run take, roughly: sums and their derivatives.

    Args:
        terms: what is prescribed; those that are evaluated again take nothing.
        shape: extent of the result.
        fields: number of phase fields.
    """
    total = 0
    for term in terms:
        descriptor = term.descriptor
        kind = None if descriptor.volumetric else descriptor.tracker()
        if kind is None:
            continue
        for plane in plane_names(len(shape)):
            height, width = plane_shape(shape, plane)
            for level in range(descriptor.levels(height, width)):
                cells = kind.cells(descriptor, height >> level, width >> level)
                total += cells * plane_count(shape, plane)
    # In float64 at most, with the copies that setting up and recounting one of them takes.
    return 16 * total * fields
