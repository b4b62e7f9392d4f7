"""What a run asks of the planes of a volume: a target's symmetry, and S₂ that a volume can have."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from mcr_core.characterization import Characterization, PlaneStatistics
from mcr_core.microstructure import field_count, field_phases
from mcr_core.planes import PLANES
from mcr_core.settings import Settings
from mcr_core.targets.realizable import realizable_maps
from mcr_core.targets.symmetry import symmetric_planes, with_map
from mcr_core.two_point import cubic_mean, field_pairs

#: Maps that would move by less are left as they are.
_NOTHING = 1e-6
#: And such moves are not told.
_TOLD = 5e-5


@dataclass(frozen=True)
class Moved:
    """How far S₂ was moved, over the lags of all planes and fields but lag 0.

    Attributes:
        largest: largest change.
        rms: root of the mean square.
        largest_error: the largest in units of its sampling error at the given fraction
            (`given_fraction_errors`), at any lag.
        rms_error: the root mean square of these.
    """

    largest: float
    rms: float
    largest_error: float
    rms_error: float


def with_prescribed(
    target: Characterization, shape: Sequence[int], settings: Settings
) -> tuple[Characterization, list[str]]:
    """Return a target with what a run of these settings asks for, and what to say of it.

    Of a 2D result nothing is prescribed but what was measured.

    Args:
        target: the statistics to meet; its own `prescribed` is not used.
        shape: extent of the result.
        settings: `symmetry`, `realizable`, and whether the result is periodic.
    """
    raw = replace(target, prescribed={})
    if len(shape) == 2:
        return raw, []
    rows, notes = symmetric_planes(raw, settings.symmetry)
    if settings.realizable:
        rows, moved = realizable_planes(raw, rows, shape, periodic=settings.periodic)
        if moved.largest > _TOLD:
            notes.append(
                "S2 is asked for as a volume can have it, which moves it by up to "
                f"{moved.largest:.4f} ({moved.largest_error:.2g} of its sampling error), "
                f"{moved.rms:.4f} ({moved.rms_error:.2g}) rms; other values are as measured"
            )
    return replace(raw, prescribed=rows), notes


def realizable_planes(
    target: Characterization,
    rows: Mapping[str, PlaneStatistics],
    shape: Sequence[int],
    *,
    periodic: bool,
) -> tuple[dict[str, PlaneStatistics], Moved]:
    """Return statistics of planes with the S₂ of each phase that a volume can have.

    See `realizable_maps`; in all values that are S₂ (`with_s2`). S₂ between different phases, S₃
    and all other values stay as they are. Planes that share an object do so in the result if the
    volume is a cube.

    Args:
        target: whose descriptors, and phase fractions, the statistics have.
        rows: of the planes xy, xz and yz.
        shape: extent (Z, Y, X) of the volume.
        periodic: whether it is.
    """
    maps = {plane: rows[plane].s2.astype(np.float64) for plane in PLANES}
    alike = all(rows[plane] is rows["xy"] for plane in PLANES) and len(set(shape)) == 1
    alike = alike and rows["xy"].pairs.shape[0] == rows["xy"].pairs.shape[1]
    alike = alike and bool(np.allclose(maps["xy"], cubic_mean(maps["xy"]), rtol=0, atol=_NOTHING))
    changes, ratios = [], []
    fields = field_count(target.phase_count)
    for field, phase in enumerate(field_phases(target.phase_count)):
        index = field_pairs(fields).index((field, field))
        found = realizable_maps(
            {plane: maps[plane][index] for plane in PLANES},
            {plane: rows[plane].pairs for plane in PLANES},
            float(target.phase_fractions[phase]),
            shape,
            periodic=periodic,
        )
        new = dict(found.s2)
        if alike:  # but for rounding they are
            mean = np.mean([cubic_mean(new[p]) for p in PLANES], axis=0)
            new = {plane: mean for plane in PLANES}
        for plane in PLANES:
            chosen = found.moved[plane].copy()
            chosen[tuple(extent // 2 for extent in chosen.shape)] = False
            change = (new[plane] - maps[plane][index])[chosen]
            changes.append(change)
            ratios.append(change / np.maximum(found.errors[plane][chosen], 1e-12))
            if np.abs(change).max(initial=0) > _NOTHING:
                maps[plane][index] = new[plane]
    result: dict[str, PlaneStatistics] = {}
    for plane in PLANES:
        if alike and result:
            result[plane] = result["xy"]
        elif np.array_equal(maps[plane], rows[plane].s2):
            result[plane] = rows[plane]
        else:
            result[plane] = with_map(target.descriptors, rows[plane], maps[plane])
    every, scaled = np.abs(np.concatenate(changes)), np.abs(np.concatenate(ratios))
    if not every.size:
        return result, Moved(0.0, 0.0, 0.0, 0.0)
    return result, Moved(
        float(every.max()),
        float(np.sqrt(np.mean(every**2))),
        float(scaled.max()),
        float(np.sqrt(np.mean(scaled**2))),
    )
