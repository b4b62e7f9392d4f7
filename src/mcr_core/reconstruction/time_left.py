"""How long the iterations of a run that are left may take."""

from __future__ import annotations

import math
from collections.abc import Sequence


def iterations_of_level(iterations: int, levels: int) -> int:
    """Return the most iterations of the next level: an equal part of those that are left.

    So a level that ends early leaves its rest to those that follow.

    Args:
        iterations: how many the levels before have left.
        levels: how many are to come, this one included.
    """
    return iterations // levels


class TimeLeft:
    """Tells the time left from the pace so far.

    The pace is the mean over the iterations of a level; loading, compiling and its first iteration,
    in which optimizers look for the length of their steps, do not count. Until a finer level has a
    pace of its own, that of the coarser one counts as many times as the finer one has more voxels
    (8 in 3D), and making it ready takes as long as that of the coarser one did.
    Each level is taken to use all of its iterations (`iterations_of_level`), so it may take less;
    swaps after the last iteration come on top.

    Args:
        max_iter: most iterations of the run.
        voxels: of each level, from the coarsest.
    """

    def __init__(self, max_iter: int, voxels: Sequence[int]) -> None:
        self._max_iter = max_iter
        self._voxels = voxels
        self._level = -1
        self._entered = 0.0
        self._begun: list[tuple[int, float]] = []
        self._last_iteration = 0
        self._pace = math.nan
        self._ready = 0.0

    def at(self, level: int, iteration: int, seconds: float, *, moving: bool) -> float:
        """Return the seconds left at a moment; NaN while no pace is known.

        Args:
            level: of the moment, from 0 for the coarsest.
            iteration: iterations done on all levels.
            seconds: that were spent so far; rests do not count.
            moving: false while the level is still made ready.
        """
        if level != self._level:
            self._enter(level, iteration, seconds)
        if not moving:
            return self._sum(iteration)
        if not self._begun:
            self._ready = seconds - self._entered
        if len(self._begun) < 2:
            self._begun.append((iteration, seconds))
        before, since = self._begun[-1]
        if iteration > before:
            self._pace = (seconds - since) / (iteration - before)
        elif len(self._begun) == 2 and math.isnan(self._pace):
            # Better than nothing: the first iteration is all there is.
            self._pace = seconds - self._begun[0][1]
        return self._sum(iteration)

    def _enter(self, level: int, iteration: int, seconds: float) -> None:
        if self._level >= 0:
            self._pace *= self._voxels[level] / self._voxels[self._level]
        levels = len(self._voxels) - level
        self._last_iteration = iteration + iterations_of_level(self._max_iter - iteration, levels)
        self._level, self._entered, self._begun = level, seconds, []

    def _sum(self, iteration: int) -> float:
        """What is left on this level and on those that follow."""
        found = self._pace * (self._last_iteration - iteration)
        done = self._last_iteration
        for level in range(self._level + 1, len(self._voxels)):
            share = iterations_of_level(self._max_iter - done, len(self._voxels) - level)
            found += self._pace * share * self._voxels[level] / self._voxels[self._level]
            found += self._ready
            done += share
        return found
