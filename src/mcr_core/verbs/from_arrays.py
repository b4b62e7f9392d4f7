"""from_arrays: statistics of other programs and of papers as a target."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Literal, get_args

import numpy as np
import numpy.typing as npt

from mcr_core.characterization import Array, Characterization, Levels, PlaneStatistics
from mcr_core.descriptors import Descriptor
from mcr_core.errors import InputError, OptionError
from mcr_core.given_arrays.fractions import ROUNDING, check_fractions
from mcr_core.given_arrays.lag_extent import FROM_ARRAYS
from mcr_core.given_arrays.lag_maps import lag_map
from mcr_core.given_arrays.symmetries import symmetrized
from mcr_core.given_arrays.values import OF_S2, blocks_of_map, checked_blocks, map_of_values
from mcr_core.microstructure import MAX_PHASES, field_count, field_phases
from mcr_core.plugin import nearest
from mcr_core.term import Term, as_descriptors
from mcr_core.two_point import cubic_mean, field_pairs, near_lags
from mcr_core.units import parse_unit, parse_voxel_size
from mcr_core.verbs.characterize import software

LagZero = Literal["centre", "corner"]


def from_arrays(
    s2: npt.ArrayLike | None = None,
    descriptors: Sequence[Term | Descriptor | str | Mapping[str, Any]] | None = None,
    *,
    phase_fractions: Sequence[float] | None = None,
    lag_zero: LagZero = "centre",
    values: Mapping[str, Any] | None = None,
    periodic: bool = False,
    voxel_size: float | Sequence[float] = 1.0,
    unit: str = "pixel",
    phase_values: Sequence[float] | None = None,
    phase_names: Sequence[str] | None = None,
) -> Characterization:
    """Make a characterization of statistics that are there as numbers already.

    The map of S₂(r) = P(x and x + r in the phase) may come from another program (an
    autocorrelation of pyMKS) or from a paper. A profile S₂(|r|) at the lags 0, 1, … pixels stands
    for an isotropic map, by linear interpolation. The target holds S₂ of level 0.

    On the planes of a volume the mean over the eight symmetries of the square is prescribed, as
    `characterize` takes it of an image: of S₂, of every descriptor of lags, and of chord lengths;
    `notes` say of which values it cannot be taken, or not of all.

    `source_shape` is the extent of the smallest image that has these lags: of a periodic image,
    of the map itself; of an open one, 1 + the longest lag, so (n + 1) // 2 for n rows.

    Args:
        s2: map [rows, columns] at the lags (dy, dx) in pixels, of the phase with index 1; or a
            profile [n]. For three phases and more [K, rows, columns], the pairs p ≤ q of phases
            in the order 00, 01, …, 11, 12, …
        descriptors: what the target is to hold: `two_point` and `fft_correlations` are taken out
            of `s2`, the others out of `values`. Default: two_point (limit_to 8, or what the map
            has) where `s2` is given, and all of `values`.
        phase_fractions: share of each phase, [P]. Default for two phases: 1 − S₂(0), S₂(0). What
            else is given must say the same, to 0.005 for rounding: S₂ and its like at lag 0.
        lag_zero: `centre`: the lag 0 is at the index shape // 2 (pyMKS, `fftshift`); `corner`: at
            0, with negative lags at the end (as an FFT leaves it).
        values: values of descriptors by name: a number or array, or a dictionary of the
            descriptor's blocks; each of the shape that it has on level 0, [...] or [F, ...] with
            F = 1 for two phases, else P. S₂ is taken out of these where `s2` is not given.
        periodic: whether `s2` is that of a periodic image; else of an open one, which has lags of
            up to its extent − 1.
        voxel_size: edge of a pixel, or Y X.
        unit: unit of `voxel_size`.
        phase_values: value of each phase in files and layers; default 0, 1, …
        phase_names: default: `phase <value>`.

    Raises:
        InputError: arrays that are no such statistics, or that contradict each other; a weight.
    """
    given = {name: _blocks(name, value) for name, value in (values or {}).items()}
    if s2 is None and not given:
        raise InputError("expected a map of S2 or values of descriptors, got neither")
    if lag_zero not in get_args(LagZero):
        raise OptionError(f"lag_zero: expected centre or corner, got {lag_zero!r}")
    square = None if s2 is None else lag_map(s2, lag_zero)
    fractions = _fractions(phase_fractions, square)
    fields = field_count(len(fractions))
    wanted = _wanted(descriptors, given, square)
    blocks = {}
    for descriptor in wanted:
        if descriptor.name in given:
            found = checked_blocks(descriptor, given[descriptor.name], len(fractions))
            check_fractions(descriptor, found, fractions)
            blocks[descriptor.name] = found
    if square is None:
        square = map_of_values(wanted, given, fractions)
    _check_map(square, fractions)
    all_values: list[Levels] = []
    cubic: list[Levels] = []
    notes = [FROM_ARRAYS]
    side = (min(square.shape[-2:]) + 1) // 2
    averaged = cubic_mean(near_lags(square, side))
    for descriptor in wanted:
        if descriptor.name in given:
            mean, note = symmetrized(descriptor, blocks[descriptor.name])
            all_values.append((blocks[descriptor.name],))
            cubic.append((mean,))
            notes += [note] if note else []
        else:
            all_values.append(blocks_of_map(descriptor, square, fields))
            cubic.append(blocks_of_map(descriptor, averaged, fields))
    known = tuple(range(len(fractions))) if phase_values is None else tuple(phase_values)
    extent = tuple(square.shape[-2:])
    shape = extent if periodic else tuple((n + 1) // 2 for n in extent)
    row = PlaneStatistics(
        values=tuple(all_values),
        phase_fractions=fractions,
        s2=square.astype(np.float32),
        pairs=_pairs(extent, shape, periodic=periodic),
    )
    planes = {"all": row, "cubic": replace(row, values=tuple(cubic))}
    return Characterization(
        descriptors=wanted,
        planes=planes,
        phase_values=_phase_values(known, len(fractions)),
        phase_names=_phase_names(phase_names, known),
        voxel_size=parse_voxel_size(voxel_size, 2),
        unit=parse_unit(unit),
        source_shape=shape,
        periodic=periodic,
        versions=software(),
        notes=tuple(dict.fromkeys(notes)),
    )


def _blocks(name: str, value: Any) -> dict[str | None, Any]:
    """Blocks by name; None stands for the only one."""
    return dict(value) if isinstance(value, Mapping) else {None: value}


def _fractions(given: Sequence[float] | None, square: Array | None) -> npt.NDArray[np.float64]:
    if given is None:
        if square is None or len(square) != 1:
            raise InputError("phase_fractions: expected the share of each phase, got none")
        lag_zero = float(square[0, square.shape[1] // 2, square.shape[2] // 2])
        return np.array([1 - lag_zero, lag_zero])
    try:
        fractions = np.asarray(given, np.float64)
    except (TypeError, ValueError):
        raise InputError(f"phase_fractions: expected numbers, got {given!r}") from None
    text = ", ".join(f"{fraction:g}" for fraction in np.ravel(fractions)[:MAX_PHASES])
    if fractions.ndim != 1 or not 2 <= fractions.size <= MAX_PHASES:
        raise InputError(f"phase_fractions: expected one number per phase (2 to 16), got {text}")
    if not (fractions >= 0).all() or abs(fractions.sum() - 1) > ROUNDING:
        raise InputError(f"phase_fractions: expected shares that sum to 1, got {text}")
    normalized: npt.NDArray[np.float64] = fractions / fractions.sum()
    return normalized


def _wanted(
    descriptors: Any, given: Mapping[str, Any], square: Array | None
) -> tuple[Descriptor, ...]:
    """The descriptors of the target, each of which has values."""
    if descriptors is None:
        names: list[Any] = list(given)
        if square is not None and "two_point" not in given:
            most = (min(square.shape[-2:]) + 1) // 2
            if most < 2:
                raise InputError("s2: expected lags of at least 1 pixel, got lag 0 only")
            names.insert(0, {"name": "two_point", "options": {"limit_to": min(8, most)}})
        descriptors = names
    wanted = tuple(one.resolved() for one in as_descriptors(descriptors))
    have = {*given, *(OF_S2 if square is not None else ())}
    for descriptor in wanted:
        if descriptor.name not in have:
            raise InputError(
                f"no values of {descriptor.name} among the arrays: give values= for it "
                f"(S2 gives {' and '.join(OF_S2)})"
            )
        if descriptor.volumetric:
            raise InputError(f"{descriptor.name}: expected domain=planes, arrays are of 2D images")
    names_of_wanted = [descriptor.name for descriptor in wanted]
    for name in given:
        if name not in names_of_wanted:
            raise InputError(
                f"values of {name} are given, but it is not among the descriptors: "
                f"{nearest(name, names_of_wanted)}"
            )
    return wanted


def _check_map(square: Array, fractions: npt.NDArray[np.float64]) -> None:
    fields = field_count(len(fractions))
    if len(square) != len(field_pairs(fields)):
        raise InputError(
            f"s2: expected {len(field_pairs(fields))} maps for {len(fractions)} phases, "
            f"got {len(square)}"
        )
    for field, phase in enumerate(field_phases(len(fractions))):
        own = square[field_pairs(fields).index((field, field))]
        zero = own[own.shape[0] // 2, own.shape[1] // 2]
        if abs(zero - fractions[phase]) > ROUNDING:
            raise InputError(
                f"s2 at lag 0 is {zero:.4g}, the fraction of phase {phase} is "
                f"{fractions[phase]:.4g}: they must be equal (is it another phase, a covariance, "
                "or is lag_zero wrong?)"
            )
        # Maps of open images have odd extents, and few pairs at long lags: there S2 may be larger.
        if any(n % 2 == 0 for n in own.shape) and own.max() > zero + ROUNDING:
            raise InputError(
                f"s2: expected its largest value at lag 0, there it is {zero:.4g} and elsewhere "
                f"up to {own.max():.4g}: is lag_zero wrong (centre, corner)?"
            )
        odd = own[(own.shape[0] + 1) % 2 :, (own.shape[1] + 1) % 2 :]
        if np.abs(odd - odd[::-1, ::-1]).max() > ROUNDING:
            raise InputError(
                "s2: expected a map with S2(-r) = S2(r), this one has not: is lag_zero wrong?"
            )


def _pairs(
    extent: tuple[int, ...], shape: tuple[int, ...], *, periodic: bool
) -> npt.NDArray[np.int64]:
    """Number of pairs of pixels of one image of that shape at every lag of the map."""
    if periodic:
        return np.full(extent, shape[0] * shape[1], np.int64)
    rows, columns = (
        np.maximum(n - np.abs(np.arange(size) - size // 2), 0)
        for n, size in zip(shape, extent, strict=True)
    )
    pairs: npt.NDArray[np.int64] = np.outer(rows, columns).astype(np.int64)
    return pairs


def _phase_values(known: tuple[float, ...], count: int) -> tuple[float, ...]:
    if len(known) != count or list(known) != sorted(set(known)):
        raise InputError(f"expected {count} ascending phase values, got {known}")
    return known


def _phase_names(names: Sequence[str] | None, known: tuple[float, ...]) -> tuple[str, ...]:
    if names is None:
        return tuple(f"phase {value:g}" for value in known)
    if len(names) != len(known):
        raise InputError(f"expected {len(known)} phase names, got {len(names)}")
    return tuple(names)
