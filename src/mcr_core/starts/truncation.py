"""Phases cut out of Gaussian fields, one after the other."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import numpy.typing as npt

from mcr_core.kernels.workers import usable_cores
from mcr_core.microstructure import field_phases
from mcr_core.phases import exact_counts
from mcr_core.starts.gaussian_covariance import Profile, axis_profiles, power_spectrum

if TYPE_CHECKING:
    from mcr_core.characterization import Characterization

#: Widest filter that `auto` tries, in voxels, and how often its range is halved.
#: Of walls both sides are cut, so that a field must be smoother.
_WIDEST, _HALVINGS = {"above": 3.0, "between": 16.0}, 7
#: Most that features of walls are longer or shorter along an axis than on average.
_LONGEST = 8.0
#: Lags that the order of the phases is judged by, and most phases for which all orders are.
_LAGS, _MOST_ORDERED = 16, 5

#: How a phase is cut out of a field Z: where Z is above a level, or where |Z| is below one.
Cut = Literal["above", "between"]
Profiles = list[Profile]
Field = npt.NDArray[Any]


class NestedCuts:
    """A microstructure cut out of independent Gaussian fields, a field for all phases but one.

    Phase by phase, each takes the voxels where its field Z_k is the largest among those that the
    phases before it have left: a truncation rule of plurigaussian simulation. With R_k the S₂ of
    what is left and S_k that of the phase, the truncation of Z_k alone has S₂ = S_k / R_k, and
    R_{k+1} = R_k (1 − 2 f_k + S_k / R_k), f_k the fraction of the phase in what is left. So each of
    these phases has its own S₂; that of the last one follows. The order is the one for which it
    follows best (for more than five phases: the largest first).

    Args:
        target: the statistics to meet.
        shape: extent; periodic.
        seed: of the noise.
        smoothing: width w in voxels of the low-pass filter exp(−(k w)⁴ / 4) for each field before
            the cut, which leaves what is large as it is more than a Gaussian does; `auto`: such
            that v − S₂ at a lag of 1 is that of the target.
        cut: `between`: of two phases the rarer one is where |Z| is least, walls of one thickness
            (Berk, Phys. Rev. Lett. 58, 2718 (1987)). Z has a Gaussian covariance then, of the
            widths that give the v − S₂ at a lag of 1 of each axis. With more phases nothing
            changes.

    Attributes:
        labels: phase indices with exact counts.
        height: the first field above its threshold: of phase 1 where there are two phases.
        widths: that of the filter for each field, in voxels.
    """

    def __init__(
        self,
        target: Characterization,
        shape: Sequence[int],
        seed: int,
        smoothing: Literal["auto"] | float,
        cut: Cut = "above",
    ) -> None:
        self._shape = tuple(shape)
        self._cut: Cut = cut if target.phase_count == 2 else "above"
        self._smoothing = smoothing
        self._workers = usable_cores()
        rng = np.random.default_rng(seed)
        counts = exact_counts(target.phase_fractions, int(np.prod(self._shape)))
        fractions = np.clip(target.phase_fractions, 1e-6, 1 - 1e-6)
        profiles = {
            phase: axis_profiles(target, number, len(self._shape))
            for number, phase in enumerate(field_phases(target.phase_count))
        }
        order = [1, 0] if len(fractions) == 2 else _order(profiles, fractions)
        if self._cut == "between" and fractions[0] < fractions[1]:
            order = [0, 1]
            # The second phase has the field: 1 − 2 v + S₂ is what the first one has.
            profiles[0] = [1 - 2 * fractions[1] + profile for profile in profiles[1]]
        self.height: Field = np.ones(self._shape, np.float32)
        self.labels: npt.NDArray[np.uint8] = np.full(self._shape, order[-1], np.uint8)
        self.widths: list[float] = []
        free = np.ones(self._shape, bool)
        left, rest = 1.0, [np.ones_like(profile) for profile in next(iter(profiles.values()))]
        for phase in order[:-1]:
            fraction = float(np.clip(fractions[phase] / left, 1e-6, 1 - 1e-6))
            own = [_of_rest(p, r, fraction) for p, r in zip(profiles[phase], rest, strict=True)]
            make = self._field(own, fraction, rng)
            field = self._smooth(make, own, fraction)
            inside = field[free]
            taken = _largest(inside, int(counts[phase]))
            if phase == order[0]:
                self.height = field - _threshold(inside, taken)
                if len(fractions) == 2 and phase == 0:
                    self.height *= -1
            places = np.flatnonzero(free)[taken]
            self.labels.reshape(-1)[places] = phase
            free.reshape(-1)[places] = False
            left -= float(fractions[phase])
            rest = [_left(r, q, fraction) for r, q in zip(rest, own, strict=True)]

    def _field(
        self, own: Profiles, fraction: float, rng: np.random.Generator
    ) -> Callable[[float], Field]:
        """Return the function from a width to the field, smoothed by so much."""
        from scipy import fft

        shape, workers = self._shape, self._workers
        noise = rng.standard_normal(shape, dtype=np.float32)
        spectrum = fft.rfftn(noise, workers=workers)
        stretch = np.ones(len(shape))
        if self._cut == "above":
            spectrum *= np.sqrt(power_spectrum(own, fraction, shape, workers))
        else:
            stretch = _stretch(own)
        waves = _square_waves(shape, stretch)

        def make(width: float) -> Field:
            product = spectrum
            if width > 0:
                filtered = waves * np.float32(width**2)
                if self._cut == "above":
                    np.multiply(filtered, filtered, out=filtered)
                    filtered *= np.float32(-0.25)
                else:
                    filtered *= np.float32(-0.5)
                product = spectrum * np.exp(filtered, out=filtered)
            field: Field = fft.irfftn(product, shape, workers=workers)
            return field if self._cut == "above" else -np.abs(field)

        return make

    def _smooth(self, make: Callable[[float], Field], own: Profiles, fraction: float) -> Field:
        """Return the field that is cut, and note its width."""
        if self._smoothing != "auto":
            self.widths.append(float(self._smoothing))
            return make(float(self._smoothing))
        count = max(1, round(fraction * int(np.prod(self._shape))))
        steps = _first_steps(own)
        wanted = float(np.mean(steps)) if steps else np.inf
        low, high = 0.0, _WIDEST[self._cut]
        field = make(0.0)
        width = 0.0
        if _steps(field, count) > wanted:
            for _ in range(_HALVINGS):
                width = (low + high) / 2
                field = make(width)
                if _steps(field, count) > wanted:
                    low = width
                else:
                    high = width
        self.widths.append(width)
        return field


def _square_waves(
    shape: Sequence[int], stretch: npt.NDArray[np.float64]
) -> npt.NDArray[np.float32]:
    """Return k² of every wave of a real spectrum, k in radians a voxel, times the axis' stretch."""
    numbers = [2 * np.pi * np.fft.fftfreq(n) for n in shape[:-1]]
    numbers.append(2 * np.pi * np.fft.rfftfreq(shape[-1]))
    squares = np.zeros([len(waves) for waves in numbers], np.float32)
    for axis, waves in enumerate(numbers):
        own = [-1 if axis == other else 1 for other in range(len(numbers))]
        squares += ((stretch[axis] * waves) ** 2).astype(np.float32).reshape(own)
    return squares


def _first_steps(own: Profiles) -> list[float]:
    """Return v − S₂ at a lag of 1, half of the unlike neighbours, along each axis that has one."""
    return [max(0.0, float(q[0] - q[1])) for q in own if len(q) > 1]


def _stretch(own: Profiles) -> npt.NDArray[np.float64]:
    """How much longer than on average features are along each axis, where that is known."""
    steps = np.array(_first_steps(own))
    if len(steps) < len(own) or not steps.any():
        return np.ones(len(own))
    found: npt.NDArray[np.float64] = steps.mean() / np.maximum(steps, 1e-12)
    return found.clip(1 / _LONGEST, _LONGEST)


def _of_rest(profile: Profile, rest: Profile, fraction: float) -> Profile:
    """S₂ of a phase within what is left, at whose lag 0 stands its fraction there."""
    shorter = min(len(profile), len(rest))
    found: Profile = profile[:shorter] / np.maximum(rest[:shorter], 1e-12)
    # What two voxels of which a share is in the phase can have.
    found = np.clip(found, max(0.0, 2 * fraction - 1), fraction)
    found[0] = fraction
    return found


def _left(rest: Profile, own: Profile, fraction: float) -> Profile:
    """S₂ of what is left after a cut."""
    found: Profile = rest[: len(own)] * (1 - 2 * fraction + own)
    return found


def _order(profiles: dict[int, Profiles], fractions: npt.NDArray[np.float64]) -> Sequence[int]:
    """Return the order of the cuts whose S₂ come nearest to those of the phases."""
    count = len(fractions)
    by_size = [int(phase) for phase in np.argsort(-fractions, kind="stable")]
    if count < 3 or count > _MOST_ORDERED:
        return by_size
    shorter = min(len(line) for lines in profiles.values() for line in lines)
    lines = {
        phase: np.mean([line[: min(shorter, _LAGS)] for line in each], axis=0)
        for phase, each in profiles.items()
    }

    def error(order: Sequence[int]) -> float:
        left, rest, total = 1.0, np.ones(len(lines[0])), 0.0
        for phase in order[:-1]:
            fraction = float(np.clip(fractions[phase] / left, 1e-6, 1 - 1e-6))
            own = _of_rest(lines[phase], rest, fraction)
            total += _difference(own * rest, lines[phase], fractions[phase])
            rest = _left(rest, own, fraction)
            left -= float(fractions[phase])
        return total + _difference(rest, lines[order[-1]], fractions[order[-1]])

    # Of equal ones, the first: the largest phases first.
    return min(itertools.permutations(by_size), key=error)


def _difference(found: Profile, wanted: Profile, fraction: float) -> float:
    """Mean difference of two S₂, in units of their range v (1 − v)."""
    return float(np.abs(found - wanted).mean() / (fraction * (1 - fraction)))


def _steps(field: Field, count: int) -> float:
    """Return v − S₂ at a lag of 1 of the `count` largest values; mean over the axes, periodic."""
    flat = field.reshape(-1)
    inside = field >= np.partition(flat, flat.size - count)[flat.size - count]
    unlike = [np.count_nonzero(inside != np.roll(inside, 1, axis)) for axis in range(inside.ndim)]
    share: float = float(np.mean(unlike)) / (2 * inside.size)
    return share


def _largest(values: Field, count: int) -> npt.NDArray[np.intp]:
    """Return the places of the `count` largest values; those of equal ones in their order."""
    if count == 0:
        return np.zeros(0, np.intp)
    least = np.partition(values, values.size - count)[values.size - count]
    above = np.flatnonzero(values > least)
    equal = np.flatnonzero(values == least)
    return np.concatenate([above, equal[: count - above.size]])


def _threshold(values: Field, taken: npt.NDArray[np.intp]) -> float:
    """Return the value half way between the least that is taken and the largest that is not."""
    if taken.size in (0, values.size):
        return float(values.min() if taken.size else values.max())
    others = np.delete(values, taken)
    return (float(values[taken].min()) + float(others.max())) / 2
