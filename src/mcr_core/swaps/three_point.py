"""S₂ and S₃ within a limit, kept up to date under changes of single pixels."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Any, final

import numpy as np
from numpy.lib.stride_tricks import as_strided

from mcr_core.swaps.padded import Padded
from mcr_core.swaps.tracker import Array, Change, Sums, Tracker
from mcr_core.swaps.two_point import TwoPointTracker

#: Most numbers that the features of some pixels take while S₃ is counted: few megabytes.
_STRIP_VALUES = 2**20


@final
class CorrelationsTracker(Tracker):
    """The sums of `correlations` in its exact form.

    S₂: see `TwoPointTracker`. S₃: Σ g(x)² g(x + a) g(x + b) for all pairs of lags. Where g changes
    from g to h = g + δ at p, the sum of (a, b) changes, for 0 ≠ a ≠ b ≠ 0, by

        (h² − g²) g(p + a) g(p + b)   p is x
        + δ g(p − a)² g(p − a + b)    p is x + a
        + δ g(p − b)² g(p − b + a)    p is x + b

    since the three are distinct pixels. For a = 0, b = 0 or a = b two of them are one, and the
    powers follow. A swap is one change after the other.

    The lags are held as the rectangle dy = 0 … L − 1, dx = −(L − 1) … L − 1, whose cells with
    dy = 0 and dx < 0 stay 0: so each of the three terms is one product of whole arrays.
    """

    def __init__(self, descriptor: Any, image: Array, top: int, periodic: bool) -> None:
        limit = descriptor.limit_to
        self._reach, self._span, self._lags = limit - 1, 2 * limit - 1, limit * (2 * limit - 1)
        self._pairs = TwoPointTracker(descriptor, image, top, periodic)
        whole = _whole_numbers(top)
        self._image = Padded(image, self._reach, 2 * self._reach, periodic, whole)
        count = self._lags - self._reach
        sums = self._counted(_floats_of(image.size, top)).ravel()
        scale: float | Array = 1.0 / (image.size * top**4)
        if not periodic:
            scale = _open_scale(limit, image.shape, top)
        self.blocks = {
            **self._pairs.blocks,
            "s3": Sums(sums, scale, (count, count), _entry_cells(limit)),
        }

    @staticmethod
    def cells(descriptor: Any, height: int, width: int) -> int:
        """Pairs of lags, and lags; see `Tracker.cells`."""
        lags = descriptor.limit_to * (2 * descriptor.limit_to - 1)
        return int(lags**2 + lags)

    @staticmethod
    def workspace(descriptor: Any, height: int, width: int, top: int) -> Any:
        """Scratch arrays of both blocks."""
        pairs = TwoPointTracker.workspace(descriptor, height, width, top)
        return pairs, _Workspace(descriptor.limit_to, top, _floats_of(height * width, top))

    def propose(self, changes: Sequence[Change], workspace: Any) -> tuple[Array, ...]:
        """Return the changes of S₂ and S₃; see `Tracker.propose`."""
        pairs, space = workspace
        (two,) = self._pairs.propose(changes, pairs)
        if len(changes) == 1:
            self._change(changes[0], space, space.more)
            np.copyto(space.delta_table, space.more, casting="unsafe")
            if changes[0][2] < 0:
                np.negative(space.delta, out=space.delta)
            return two, space.delta
        less, more = changes if changes[0][2] < 0 else (changes[1], changes[0])
        row, column, sign = less
        self._change(less, space, space.less)
        before = self._image.value(row, column)
        self._image.put(row, column, before + sign)
        self._change(more, space, space.more)
        self._image.put(row, column, before)
        np.subtract(space.more, space.less, out=space.more)
        np.copyto(space.delta_table, space.signed, casting="unsafe")
        return two, space.delta

    def put(self, changes: Sequence[Change]) -> None:
        """Change the pixels."""
        self._pairs.put(changes)
        for row, column, sign in changes:
            self._image.put(row, column, self._image.value(row, column) + sign)

    def _change(self, change: Change, space: _Workspace, out: Array) -> None:
        """Write |change| of all sums for one changed pixel; it has the sign of the change."""
        row, column, sign = change
        reach = self._reach
        value = self._image.value(row, column)
        second, third, fourth = (abs((value + sign) ** n - value**n) for n in (2, 3, 4))
        near = self._image.window(row, column)
        space.look(near)
        ahead = near[reach:, reach : 3 * reach + 1].reshape(1, -1)
        behind = near[reach::-1, 3 * reach : reach - 1 : -1].reshape(1, -1)
        square = behind * behind
        rows, spread = out.reshape(space.shape), space.scratch.reshape(space.shape)
        np.multiply(space.from_first, square.reshape(*space.shape[:2], 1), out=rows)
        np.multiply(space.from_second, square.reshape(1, 1, -1), out=spread)
        np.add(out, space.scratch, out=out)
        np.multiply(ahead.T, ahead, out=space.scratch)
        if second != 1:
            space.scratch *= second
        np.add(out, space.scratch, out=out)
        # Where two of the three pixels are one.
        out.ravel()[:: len(out) + 1] = second * (ahead * ahead + square)
        out[reach] = third * ahead + square * behind
        out[:, reach] = out[reach]
        out[reach, reach] = fourth
        out[:reach] = 0
        out[:, :reach] = 0

    def _counted(self, floats: Any) -> Array:
        """All sums of S₃, by matrix products; `floats` holds them exactly."""
        reach, lags = self._reach, self._lags
        image = self._image.array.astype(floats)
        pitch, flat = image.shape[1], image.ravel()
        rows, columns = np.nonzero(image[reach:-reach, 2 * reach : -2 * reach])
        # Pixels x with g(x) = 0 add nothing.
        places = (rows + reach) * pitch + columns + 2 * reach
        down, right = np.divmod(np.arange(reach, lags), self._span)
        ahead = down * pitch + right - reach
        total = np.zeros((lags, lags), floats)
        entries = total[reach:, reach:]
        strip = max(1, _STRIP_VALUES // len(ahead))
        for start in range(0, len(places), strip):
            part = places[start : start + strip]
            features = np.empty((len(ahead), len(part)), floats)
            for feature, lag in zip(features, ahead.tolist(), strict=True):
                flat[lag:].take(part, out=feature, mode="clip")
            features *= flat[part]
            entries += features @ features.T
        return total


class _Workspace:
    """Scratch arrays of a proposal for S₃."""

    def __init__(self, limit_to: int, top: int, floats: Any) -> None:
        reach, span = limit_to - 1, 2 * limit_to - 1
        whole = _whole_numbers(top)
        lags = limit_to * span
        self.shape = (limit_to, span, lags)
        self.less, self.more, self.scratch = (np.empty((lags, lags), whole) for _ in range(3))
        # Differences of unsigned numbers wrap around to the signed ones.
        self.signed = self.more.view(np.int8) if whole == np.uint8 else self.more
        self.delta = np.empty(lags * lags, floats)
        self.delta_table = self.delta.reshape(lags, lags)
        # [dx of a, row, dx of b]: so that all b = (dy, dx) that belong to one a lie in one piece.
        self._first, self._second = (np.empty((span, span, span), whole) for _ in range(2))
        step = self._first.strides
        self.from_first, self.from_second = (
            as_strided(table[:, reach:], self.shape, (-step[1], step[0], step[2]), writeable=False)
            for table in (self._first, self._second)
        )

    def look(self, near: Array) -> None:
        """Arrange the surroundings of a pixel p, [2 L − 1, 4 L − 3].

        `from_first` is then g(p − a + b) and `from_second` g(p − b + a), [dy of a, dx of a, b].
        """
        down, right = near.strides
        span = len(near)
        shape = (span, span, span)
        np.copyto(self._first, as_strided(near[:, span - 1 :], shape, (-right, down, right)))
        np.copyto(
            self._second,
            as_strided(near[span - 1 :, span - 1 :], shape, (right, -down, -right)),
        )


# Shared by all planes of a run.
@functools.lru_cache(maxsize=4)
def _entry_cells(limit_to: int) -> Array:
    """The cell of every pair of lags of the half plane."""
    lags = limit_to * (2 * limit_to - 1)
    used = np.arange(limit_to - 1, lags)
    return (used[:, None] * lags + used).ravel()


@functools.lru_cache(maxsize=16)
def _open_scale(limit_to: int, shape: tuple[int, int], top: int) -> Array:
    """1 / number of pixels x with x + a and x + b inside of an open plane, per cell."""
    height, width = shape
    dy, dx = np.divmod(np.arange(limit_to * (2 * limit_to - 1)), 2 * limit_to - 1)
    dx = dx - (limit_to - 1)
    tall = np.maximum(dy[:, None], dy)
    right = np.maximum(np.maximum(dx[:, None], dx), 0)
    left = np.minimum(np.minimum(dx[:, None], dx), 0)
    scale: Array = 1.0 / ((height - tall) * (width - (right - left)) * float(top**4))
    return scale.ravel()


def _whole_numbers(top: int) -> Any:
    """The smallest type that holds every change, of pixels 0 … top."""
    largest = 2 * ((2 * top - 1) * top**2 + 2 * top**3)
    if top == 1:
        return np.uint8
    return next((t for t in (np.int16, np.int32) if largest <= np.iinfo(t).max), np.float64)


def _floats_of(pixels: int, top: int) -> Any:
    """float32 where it holds every sum exactly: half the memory, twice the speed."""
    return np.float32 if pixels * top**4 <= 2**24 else np.float64
