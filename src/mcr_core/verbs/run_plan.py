"""What a reconstruction needs, put together from its target, terms and settings."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from mcr_core.characterization import Characterization
from mcr_core.device import choose_device
from mcr_core.memory import plan_memory
from mcr_core.microstructure import Microstructure
from mcr_core.objective import CHUNK, TargetObjective, shared_levels
from mcr_core.optimizers import Optimizer
from mcr_core.parametrization import Simplex, SimplexSteps
from mcr_core.planes import plane_names
from mcr_core.reconstruction import Plan, finisher
from mcr_core.settings import Settings
from mcr_core.start import start_fields
from mcr_core.term import Term
from mcr_core.two_point import cubic_mean, near_lags
from mcr_core.verbs.coarse_levels import check_coarse_levels, coarse_levels, coarse_notes


def plan(
    target: Characterization,
    terms: Sequence[Term],
    shape: tuple[int, ...],
    initial: Microstructure | None,
    settings: Settings,
) -> Plan:
    """Put together what a run needs; loads TensorFlow if a GPU or a term needs it.

    Raises:
        InputError: a mask has left the target too few levels for coarser volumes.
    """
    count = settings.coarse_levels
    check_coarse_levels(terms, shape, count, common_levels(target, terms, shape))
    gpu = choose_device(settings.device)
    memory = plan_memory(terms, shape, settings, target.phase_count, gpu=gpu)
    template = _template(target, shape, settings)
    optimizer: Optimizer | SimplexSteps = settings.optimizer
    if settings.optimizer.needs_gradient and settings.parametrization == "simplex":
        optimizer = SimplexSteps(settings.optimizer, Simplex(target.phase_fractions))
        # The phases sum to 1 anyway.
        settings = settings.model_copy(update={"phase_sum_weight": 0.0})
    chunk = memory.chunk or CHUNK
    return Plan(
        target=target,
        objective=TargetObjective(target, terms, shape, settings, gpu=gpu, chunk=chunk),
        start=start_fields(target, shape, initial, settings),
        finish=finisher(template, target.phase_fractions, settings.seed),
        optimizer=optimizer,
        notes=(*target.notes, *_notes(target, shape), *coarse_notes(terms, count)),
        finish_sweeps=settings.finish_sweeps,
        coarse=coarse_levels(target, terms, template, settings, gpu=gpu, chunk=chunk),
    )


def common_levels(
    target: Characterization, terms: Sequence[Term], shape: tuple[int, ...]
) -> dict[str, tuple[int, ...]]:
    """Return the levels of each term that target and result have, by the name of the plane."""
    kinds = plane_names(len(shape))
    return {plane: shared_levels(target, terms, shape, plane) for plane in kinds}


def _template(
    target: Characterization, shape: tuple[int, ...], settings: Settings
) -> Microstructure:
    size = target.voxel_size
    return Microstructure(
        labels=np.zeros(shape, np.uint8),
        phase_values=target.phase_values,
        phase_names=target.phase_names,
        voxel_size=size if len(size) == len(shape) else (size[-1],) * len(shape),
        unit=target.unit,
        periodic=settings.periodic,
    )


def _notes(target: Characterization, shape: tuple[int, ...]) -> list[str]:
    if len(shape) == 2 or target.is_directional:
        return []
    window = near_lags(target.planes["all"].s2, 8)
    side = min(window.shape[-2:]) // 2
    moved = np.abs(near_lags(window, side + 1) - cubic_mean(near_lags(window, side + 1))).max()
    note = (
        "one image for the planes of three axes: prescribed is the mean over its eight symmetries, "
        f"which moves S2 by up to {moved:.3f}"
    )
    if moved > 0.03:
        note += " - the image is anisotropic, the volume will not be"
    return [note]
