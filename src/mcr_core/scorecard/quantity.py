"""A statistic of several windows, and its mean and scatter."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]
Flags = npt.NDArray[np.bool_]
Family = Literal["prescribed", "held out"]
#: Phase, name of the statistic, and where it is taken.
Key = tuple[int, str, str]


@dataclass(frozen=True, eq=False)
class Quantity:
    """One statistic of every window.

    Attributes:
        name: for example `lineal path`.
        where: `xy planes`, `along z`; empty for the whole window.
        family: whether a reconstruction is asked for it, or it is held out.
        values: [n, k] of n windows; NaN where a window does not know it.
        unit: of the values.
        curve: entries that make a curve, and where they are on its axis; none of single numbers.
        axis: what the axis of the curve is.
        yes_or_no: whether the values are 0 or 1.
    """

    name: str
    where: str
    family: Family
    values: Array
    unit: str = ""
    curve: tuple[tuple[int, float], ...] = ()
    axis: str = ""
    yes_or_no: bool = False

    @property
    def count(self) -> Array:
        """How many windows know each entry, [k]."""
        count: Array = np.isfinite(self.values).sum(0)
        return count

    @property
    def mean(self) -> Array:
        """Mean over the windows that know it, [k]; NaN where none does."""
        count = self.count
        total = np.nansum(self.values, 0)
        mean: Array = np.divide(total, count, out=np.full(count.shape, np.nan), where=count > 0)
        return mean

    @property
    def variance(self) -> Array:
        """Variance between windows (with n − 1), [k]; NaN where fewer than two know it.

        Of yes and no it is p (1 − p) with p = (yes + 1) / (n + 2): a few windows that agree do not
        say that all would.
        """
        count, mean = self.count, self.mean
        if self.yes_or_no:
            share = (count * np.nan_to_num(mean) + 1) / (count + 2)
            squares = share * (1 - share) * (count - 1)
        else:
            squares = np.nansum((self.values - mean) ** 2, 0)
        unknown = np.full(count.shape, np.nan)
        variance: Array = np.divide(squares, count - 1, out=unknown, where=count > 1)
        return variance


Sample = dict[Key, Quantity]


def without_directions(sample: Sample) -> Sample:
    """Take the mean over the directions of a plane, window by window."""
    found: dict[Key, list[Quantity]] = {}
    for (phase, name, _), quantity in sample.items():
        found.setdefault((phase, name, ""), []).append(quantity)
    merged: Sample = {}
    for key, some in found.items():
        every = np.stack([one.values for one in some])
        known = np.isfinite(every)
        total = np.where(known, every, 0.0).sum(0)
        count = known.sum(0)
        values = np.divide(total, count, out=np.full(count.shape, np.nan), where=count > 0)
        merged[key] = replace(some[0], where="", values=values)
    return merged
