"""What a reconstruction needs, put together from its target, terms and settings."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from mcr_core.characterization import Characterization
from mcr_core.device import choose_device
from mcr_core.memory import plan_memory
from mcr_core.microstructure import Microstructure
from mcr_core.objective import CHUNK, TargetObjective, shared_levels
from mcr_core.objective.unit_loss import unit_loss
from mcr_core.optimizers import Optimizer
from mcr_core.parametrization import Simplex, SimplexSteps
from mcr_core.planes import plane_names
from mcr_core.reconstruction import Plan, finisher
from mcr_core.reconstruction.noise_floor import NoiseFloor
from mcr_core.settings import Settings
from mcr_core.starts.first_fields import start_fields, start_notes
from mcr_core.targets.prescribed import with_prescribed
from mcr_core.term import Term
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
    measured = target  # a start is not more exact than its S2, and to be there at once
    target, prescription = with_prescribed(target, shape, settings)
    gpu = choose_device(settings.device)
    memory = plan_memory(terms, shape, settings, target.phase_count, gpu=gpu)
    template = result_template(target, shape, settings)
    optimizer: Optimizer | SimplexSteps = settings.optimizer
    if settings.optimizer.needs_gradient and settings.parametrization == "simplex":
        optimizer = SimplexSteps(settings.optimizer, Simplex(target.phase_fractions))
        # The phases sum to 1 anyway.
        settings = settings.model_copy(update={"phase_sum_weight": 0.0})
    chunk = memory.chunk or CHUNK
    return Plan(
        target=target,
        objective=TargetObjective(target, terms, shape, settings, gpu=gpu, chunk=chunk),
        start=start_fields(measured, shape, initial, settings),
        finish=finisher(template, target.phase_fractions, settings.seed),
        optimizer=optimizer,
        notes=(
            *target.notes,
            *prescription,
            *coarse_notes(terms, count),
            *start_notes(initial, shape),
        ),
        finish_sweeps=settings.finish_sweeps,
        finish_seconds=settings.finish_seconds,
        finish_smoothing=settings.finish_smoothing,
        coarse=coarse_levels(target, terms, template, settings, gpu=gpu, chunk=chunk),
        noise_floor=(
            NoiseFloor(unit_loss(target, terms, shape)) if settings.stop == "noise_floor" else None
        ),
        initial=initial if initial is not None and initial.shape == tuple(shape) else None,
    )


def common_levels(
    target: Characterization, terms: Sequence[Term], shape: tuple[int, ...]
) -> dict[str, tuple[int, ...]]:
    """Return the levels of each term that target and result have, by the name of the plane."""
    kinds = plane_names(len(shape))
    return {plane: shared_levels(target, terms, shape, plane) for plane in kinds}


def result_template(
    target: Characterization, shape: tuple[int, ...], settings: Settings
) -> Microstructure:
    """Return a result without its labels: what its phases and voxels mean."""
    size = target.voxel_size
    return Microstructure(
        labels=np.zeros(shape, np.uint8),
        phase_values=target.phase_values,
        phase_names=target.phase_names,
        voxel_size=size if len(size) == len(shape) else (size[-1],) * len(shape),
        unit=target.unit,
        periodic=settings.periodic,
    )
