"""The fields that a run starts from."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy.typing as npt

from mcr_core.characterization import Characterization
from mcr_core.coarse_fields import halved
from mcr_core.errors import InputError
from mcr_core.microstructure import Microstructure
from mcr_core.settings import Settings
from mcr_core.starts.base import Start
from mcr_core.starts.volume import Volume


def chosen_start(start: Start, initial: Microstructure | None) -> Start:
    """Return the start of a run: where a microstructure is given, one that begins with it."""
    return start if initial is None or start.needs_initial else Volume()


def check_start(
    start: Start, initial: Microstructure | None, shape: Sequence[int], phase_count: int
) -> None:
    """Check what a reconstruction is to start from.

    Raises:
        InputError: a microstructure is needed and not given, or has another number of axes or
            phases than the result.
    """
    if initial is None:
        if start.needs_initial:
            raise InputError(
                f"the start {start.name} begins with a given microstructure: give it by "
                "--initial FILE (initial= in Python)"
            )
        return
    if initial.ndim != len(shape):
        raise InputError(
            f"the start has shape {initial.shape}, the result {tuple(shape)}: expected a start in "
            f"{len(shape)}D"
        )
    if initial.phase_count != phase_count:
        raise InputError(
            f"expected a start with {phase_count} phases, got one with {initial.phase_count}"
        )


def start_notes(initial: Microstructure | None, shape: Sequence[int]) -> tuple[str, ...]:
    """Return what the user should know about the start."""
    if initial is None or initial.shape == tuple(shape):
        return ()
    old, new = (" x ".join(map(str, extent)) for extent in (initial.shape, shape))
    return (f"the start is resampled from {old} to {new} voxels",)


def start_fields(
    target: Characterization,
    shape: Sequence[int],
    initial: Microstructure | None,
    settings: Settings,
) -> npt.NDArray[Any]:
    """Fields [F, (Z,) Y, X] that a run starts from, by `settings.start` or as given.

    Where coarser volumes come first they are those of the coarsest; see `Start.averaged`.

    Args:
        target: the statistics to meet.
        shape: extent of the result.
        initial: what to start from instead.
        settings: how to run.
    """
    start, levels = chosen_start(settings.start, initial), settings.coarse_levels
    extent = tuple(shape) if start.averaged else tuple(size >> levels for size in shape)
    fields = start.fields(target, extent, settings.seed, initial).astype(settings.dtype)
    if start.averaged:
        for _ in range(levels):
            fields = halved(fields)
    return fields
