"""The loss of sums against their target, kept up to date."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from mcr_core.losses import L1, L2, MSE, RMS, SSE, Loss
from mcr_core.swaps.tracker import Array, Sums

#: Losses that are functions of Σ r² and the number of entries.
_OF_SQUARES: dict[type[Loss], Callable[[float, int], float]] = {
    MSE: lambda total, entries: total / entries,
    RMS: lambda total, entries: math.sqrt(total / entries),
    SSE: lambda total, entries: total,
    L2: lambda total, entries: math.sqrt(total),
}


class Wanted:
    """What is wanted of a block: a value for some of its cells.

    Planes of one kind share it.

    Attributes:
        values: target of every cell, [n]; 0 where none is wanted; times `scales`.
        scales: what the residual of every cell is multiplied by, [n]; None: 1.
        cells: the cells that count; None: all.
        entries: their number.
    """

    def __init__(
        self, values: Array, cells: Array | None, size: int, scales: Array | None = None
    ) -> None:
        self.cells = None if cells is None or len(cells) == size else cells
        self.entries = len(values)
        self.scales = None if scales is None else _of_cells(scales, cells, size)
        self.values = _of_cells(values, cells, size)
        if self.scales is not None:
            self.values = self.values * self.scales
        self._factors: tuple[float | Array, float | Array] | None = None

    def factors(self, sums: Sums) -> tuple[float | Array, float | Array]:
        """Return the s of the residual r = s n − w of sums n, and s².

        Args:
            sums: those of any of the planes: extents and so norms are the same.
        """
        if self._factors is not None:
            return self._factors
        scale: Any = sums.scale
        if self.scales is not None:
            scale = scale * self.scales  # 0 in cells that do not count
        elif self.cells is not None and (sums.cells is None or len(self.cells) < len(sums.cells)):
            counts = np.zeros(sums.sums.shape)
            counts[self.cells] = 1.0
            scale = scale * counts
        square = float(scale**2) if np.ndim(scale) == 0 else (scale**2).astype(sums.sums.dtype)
        self._factors = scale, square
        return self._factors


def _of_cells(values: Array, cells: Array | None, size: int) -> Array:
    """Values of all cells, 0 in those that have none."""
    flat = np.asarray(values, np.float64).ravel()
    if cells is None:
        return flat
    every = np.zeros(size)
    every[cells] = flat
    return every


class Residual(ABC):
    """The loss of some blocks, all entries of which count alike.

    Args:
        loss: the norm.
        blocks: the sums, with what is wanted of each.
    """

    #: The loss of the sums as they are.
    loss: float

    @abstractmethod
    def propose(self, deltas: Sequence[Array]) -> float:
        """Return the loss with the sums of every block changed; nothing is changed yet."""

    @abstractmethod
    def accept(self, deltas: Sequence[Array]) -> None:
        """Follow a change of the sums that `propose` was asked for last."""

    @abstractmethod
    def recount(self) -> None:
        """Compute the loss from the sums anew, without rounding errors of changes."""


def residual(loss: Loss, blocks: Sequence[tuple[Sums, Wanted]]) -> Residual:
    """Return the residual for a loss; those of Σ r² need not look at every entry."""
    of_squares = _OF_SQUARES.get(type(loss))
    if of_squares is None:
        return _AnyResidual(loss, blocks)
    return _SquareResidual(of_squares, blocks)


class _SquareResidual(Residual):
    """With r = s n − w: Σ r² changes by Σ (2 s r) d + (s d)² where the sums n change by d."""

    def __init__(
        self, norm: Callable[[float, int], float], blocks: Sequence[tuple[Sums, Wanted]]
    ) -> None:
        self._norm = norm
        self._entries = sum(wanted.entries for _, wanted in blocks)
        self._blocks = [_Squares(sums, wanted) for sums, wanted in blocks]
        self._proposed = 0.0
        self.recount()

    def propose(self, deltas: Sequence[Array]) -> float:
        """Return the loss after a change; see `Residual.propose`."""
        total = self._total
        for block, delta in zip(self._blocks, deltas, strict=True):
            total += block.change(delta)
        # Rounding errors may leave a sum of squares just below 0.
        self._proposed = total if total > 0.0 else 0.0
        return self._norm(self._proposed, self._entries)

    def accept(self, deltas: Sequence[Array]) -> None:
        """Follow a change; see `Residual.accept`."""
        self._total = self._proposed
        self.loss = self._norm(self._total, self._entries)
        for block, delta in zip(self._blocks, deltas, strict=True):
            block.follow(delta)

    def recount(self) -> None:
        """Compute the loss anew; see `Residual.recount`."""
        self._total = sum(block.recount() for block in self._blocks)
        self.loss = self._norm(self._total, self._entries)


class _Squares:
    """Σ r² of one block."""

    def __init__(self, sums: Sums, wanted: Wanted) -> None:
        self._sums, self._wanted = sums, wanted
        self._scale, self._square = wanted.factors(sums)

    def change(self, delta: Array) -> float:
        """Return the change of Σ r² where the sums change by `delta`."""
        if isinstance(self._square, float):
            return float(np.dot(self._slope, delta)) + self._square * float(np.dot(delta, delta))
        slope = self._square * delta
        slope += self._slope
        return float(np.dot(slope, delta))

    def follow(self, delta: Array) -> None:
        """Bring the derivative of Σ r² up to date."""
        change = delta * self._square
        change *= 2.0
        self._slope += change

    def recount(self) -> float:
        """Return Σ r² and set its derivative, both from the sums."""
        differences = self._sums.sums.astype(np.float64)
        differences *= self._scale
        differences -= self._wanted.values
        total = float(np.dot(differences, differences))
        differences *= 2.0
        differences *= self._scale
        self._slope = differences.astype(self._sums.sums.dtype, copy=False)
        return total


class _AnyResidual(Residual):
    """Any loss, of the residuals of all entries."""

    def __init__(self, loss: Loss, blocks: Sequence[tuple[Sums, Wanted]]) -> None:
        self._norm = loss
        self._blocks = blocks
        self._proposed = 0.0
        self.recount()

    def propose(self, deltas: Sequence[Array]) -> float:
        """Return the loss after a change; see `Residual.propose`."""
        self._proposed = self._loss(deltas)
        return self._proposed

    def accept(self, deltas: Sequence[Array]) -> None:
        """Follow a change; see `Residual.accept`."""
        self.loss = self._proposed

    def recount(self) -> None:
        """Compute the loss anew; see `Residual.recount`."""
        self.loss = self._loss([0.0] * len(self._blocks))

    def _loss(self, deltas: Sequence[Any]) -> float:
        rows = []
        for (block, wanted), delta in zip(self._blocks, deltas, strict=True):
            scale = block.scale if wanted.scales is None else block.scale * wanted.scales
            differences = (block.sums.astype(np.float64) + delta) * scale - wanted.values
            cells = block.cells if wanted.cells is None else wanted.cells
            rows.append(differences if cells is None else differences[cells])
        differences = np.concatenate(rows)
        if isinstance(self._norm, L1):
            return float(np.abs(differences).sum())
        import tensorflow as tf

        return float(self._norm.compute(tf.constant(differences[None]))[0])
