"""From classes of pixels, such as labels or grey values between thresholds, to phases."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from mcr_core.errors import InputError
from mcr_core.microstructure import MAX_PHASES, Microstructure


def distinct_values(values: npt.NDArray[Any], most: int) -> tuple[npt.NDArray[Any], list[float]]:
    """Return the distinct values, ascending, and the share that each takes.

    Args:
        values: finite numbers or booleans, any shape, not empty.
        most: do not look further once there are more.

    Returns:
        `most + 1` values or more, and no shares, where there are more than `most`.
    """
    if values.dtype.kind == "b":
        values = values.astype(np.uint8)
    flat = values.reshape(-1)
    if flat.dtype.kind == "u" and flat.dtype.itemsize <= 2:
        counts = np.bincount(flat)
        found = np.flatnonzero(counts).astype(flat.dtype)
        counts = counts[found]
    else:
        # A grey image shows itself in a few of its pixels: it need not be sorted as a whole.
        few = np.unique(flat[:: max(1, flat.size // 65536)])
        if len(few) > most:
            return few, []
        found, counts = np.unique(flat, return_counts=True)
    if len(found) > most:
        return found, []
    return found, [float(count) / flat.size for count in counts]


def classes_of(values: npt.NDArray[Any], known: Sequence[float]) -> npt.NDArray[np.uint8]:
    """Return the index of each value among known ones.

    Args:
        values: any shape.
        known: at most 256 values, ascending.

    Returns:
        uint8, the shape of `values`; a value that is not known has the index of a neighbour.
    """
    table = np.asarray(known)
    if values.dtype.kind == "b":
        values = values.astype(np.uint8)
    return np.minimum(np.searchsorted(table, values), len(table) - 1).astype(np.uint8)


def unknown_values(values: npt.NDArray[Any], known: Sequence[float]) -> list[float]:
    """Return the values that are not known, ascending."""
    found, _ = distinct_values(values, values.size)
    return [value.item() for value in found[~np.isin(found, known)]]


def boundaries(labels: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    """Return the labels of pixels that have a lower label beside them, and 0 elsewhere.

    Args:
        labels: shape (Y, X); a pixel has four neighbours, nothing lies beyond the edges.
    """
    higher = np.zeros(labels.shape, bool)
    higher[1:] |= labels[1:] > labels[:-1]
    higher[:-1] |= labels[:-1] > labels[1:]
    higher[:, 1:] |= labels[:, 1:] > labels[:, :-1]
    higher[:, :-1] |= labels[:, :-1] > labels[:, 1:]
    return labels * higher


def phases_of_classes(
    classes: npt.NDArray[np.uint8],
    phases: Sequence[int | None],
    names: dict[int, str],
    *,
    voxel_size: float | Sequence[float] = 1.0,
    unit: str = "pixel",
    periodic: bool = False,
) -> Microstructure:
    """Return a microstructure whose phases are classes of pixels, some of them merged.

    Args:
        classes: index of the class of every pixel, shape (Y, X) or (Z, Y, X).
        phases: the phase value of each class; None where it is no part of the image (masked).
        names: of the phases, by phase value.
        voxel_size: see `Microstructure.from_array`.
        unit: of the voxel size.
        periodic: whether opposite faces continue each other.

    Raises:
        InputError: fewer than two phases are there, or more than 16 are asked for.
    """
    used = sorted({phase for phase in phases if phase is not None})
    if len(used) > MAX_PHASES:
        raise InputError(
            f"expected at most {MAX_PHASES} phases, got {len(used)}: merge some of them, or leave "
            "them outside"
        )
    inside = np.array([phase is not None for phase in phases])
    counts = np.bincount(classes.ravel(), minlength=len(phases))
    there = sorted(
        {phase for phase, n in zip(phases, counts, strict=True) if n and phase is not None}
    )
    if len(there) < 2:
        said = f"phase {there[0]}" if there else "what is outside"
        raise InputError(
            f"expected at least two phases, the image has {said} only: give some pixels another "
            "phase, or choose another threshold"
        )
    values = np.array([used[0] if phase is None else phase for phase in phases])
    return Microstructure.from_array(
        values[classes],
        phase_values=used,
        phase_names=[names[phase] for phase in used],
        mask=None if inside.all() else inside[classes],
        voxel_size=voxel_size,
        unit=unit,
        periodic=periodic,
    )
