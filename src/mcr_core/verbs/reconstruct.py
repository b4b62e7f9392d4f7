"""reconstruct: statistics → microstructure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from mcr_core.characterization import Characterization
from mcr_core.device import choose_device
from mcr_core.errors import InputError, OptionError
from mcr_core.memory import check_memory, plan_memory
from mcr_core.microstructure import Microstructure
from mcr_core.objective import CHUNK, TargetObjective, shared_levels
from mcr_core.objective.term_loss import block_groups
from mcr_core.objective.wanted import wanted_levels
from mcr_core.optimizers import Optimizer, gradient_free
from mcr_core.parametrization import Simplex, SimplexSteps
from mcr_core.planes import plane_names, plane_shape
from mcr_core.plugin import nearest
from mcr_core.reconstruction import Plan, Run, RunResult, finisher
from mcr_core.settings import Settings
from mcr_core.start import check_start, start_fields
from mcr_core.statistics.directional import check_equal_edges
from mcr_core.term import Descriptors, Term
from mcr_core.two_point import cubic_mean, near_lags
from mcr_core.verbs.extent import result_shape
from mcr_core.verbs.inputs import Image, Target, as_characterization, as_microstructure
from mcr_core.verbs.weights import check_level_weights, target_terms


def reconstruct_iter(
    target: Target,
    shape: Sequence[int] | None = None,
    descriptors: Descriptors | None = None,
    *,
    add_dimension: int | None = None,
    weight: Mapping[str, float] | None = None,
    initial: Image | None = None,
    settings: Settings | Mapping[str, Any] | None = None,
    **options: Any,
) -> Run:
    """Start a reconstruction and return its stream of states; arguments as for `reconstruct`.

    Nothing is computed before the first state is asked for; everything that can be wrong with the
    input is checked here.

    Raises:
        InputError: a shape, term or start that does not fit the target.
    """
    target = as_characterization(target)
    extent = result_shape(shape, add_dimension, target.source_shape)
    chosen = as_settings(settings, options, ("shape", "descriptors", "add_dimension", "weight"))
    used = target_terms(target.descriptors, descriptors, weight)
    start = None if initial is None else as_microstructure(initial)
    check_request(
        used,
        extent,
        chosen,
        phase_count=target.phase_count,
        voxel_size=target.voxel_size,
        directional=target.is_directional,
        initial=start,
    )
    for plane in plane_names(len(extent)):
        check_level_weights(used, shared_levels(target, used, extent, plane))
        for term in used:
            levels = wanted_levels(target, term, len(extent), plane)
            block_groups(term, list(levels[0]))
    return Run(lambda: plan(target, used, extent, start, chosen), chosen.max_iter)


def reconstruct(
    target: Target,
    shape: Sequence[int] | None = None,
    descriptors: Descriptors | None = None,
    *,
    add_dimension: int | None = None,
    weight: Mapping[str, float] | None = None,
    initial: Image | None = None,
    settings: Settings | Mapping[str, Any] | None = None,
    **options: Any,
) -> RunResult:
    """Reconstruct a microstructure with the statistics of a target.

    N realizations are N seeds: call it with seed=0, 1, …; `mcr reconstruct --realizations N` does
    that, and numbers the files.

    Args:
        target: the statistics to meet, or the path of their file (.h5); those of one 2D image are
            prescribed on the planes of all three axes (as the mean over its eight symmetries, else
            they would contradict each other about the shared axes).
        shape: extent of the result, (Y, X) or (Z, Y, X), in pixels of the source. Default: that of
            the source.
        descriptors: terms, descriptors or names, all of which `target` must have; options that
            are not given are those of the target. Default: all that it has, with weight 1.
        add_dimension: instead of a shape, keep the extent of the 2D source and add so many planes.
        weight: weights of descriptors by name, for example `{"variation": 10}`; 0 leaves one out.
        initial: a microstructure to start from, or the path of one, instead of `settings.start`.
        settings: a `Settings`, or its fields as a dictionary.
        options: fields of `Settings`: max_iter, seed, optimizer, loss, open_result, dtype, device,
            …

    Raises:
        InputError: a shape, term or start that does not fit the target.
    """
    run = reconstruct_iter(
        target,
        shape,
        descriptors,
        add_dimension=add_dimension,
        weight=weight,
        initial=initial,
        settings=settings,
        **options,
    )
    for _ in run:
        pass
    return run.result


def as_settings(
    settings: Settings | Mapping[str, Any] | None,
    options: Mapping[str, Any],
    others: Sequence[str] = (),
) -> Settings:
    """Merge settings and single options; an option wins.

    Args:
        settings: some or all of them.
        options: single ones, by name.
        others: further names that a misspelt one may have meant.

    Raises:
        OptionError: an option that there is not, or a wrong value.
    """
    for name in options:
        if name not in Settings.model_fields:
            if name == "weight":
                raise OptionError(
                    "weights go with the descriptors here: "
                    'mcr.Term(descriptor="variation", weight=10)'
                )
            known = (*Settings.model_fields, *others)
            raise OptionError(f"unknown option {name!r}: {nearest(name, known)}")
    base = settings.model_dump() if isinstance(settings, Settings) else dict(settings or {})
    return Settings(**{**base, **options})


def check_request(
    terms: Sequence[Term],
    shape: tuple[int, ...],
    settings: Settings,
    *,
    phase_count: int,
    voxel_size: tuple[float, ...],
    directional: bool,
    initial: Microstructure | None = None,
) -> None:
    """Check what can be checked before anything is computed.

    Args:
        terms: what is prescribed.
        shape: extent of the result.
        settings: how to run.
        phase_count: number of phases of the target.
        voxel_size: of the target's source.
        directional: whether the target has statistics per axis.
        initial: what the run starts from.

    Raises:
        InputError: says what does not fit.
    """
    for term in terms:
        descriptor = term.descriptor.resolved()
        if len(shape) not in descriptor.result_dimensions:
            dimensions = " and ".join(f"{n}D" for n in descriptor.result_dimensions)
            raise InputError(
                f"{descriptor.name} works for {dimensions} results only, "
                f"asked for was the shape {shape}"
            )
        if settings.optimizer.needs_gradient and not descriptor.differentiable:
            raise InputError(
                f"{descriptor.name} is not differentiable and {settings.optimizer.name} needs "
                "gradients: leave the descriptor out (--weight NAME=0) or choose an optimizer that "
                f"needs none ({', '.join(gradient_free())})"
            )
        for plane in plane_names(len(shape)):
            descriptor.require_extent(
                *plane_shape(shape, plane), f"the {plane} planes of the result"
            )
        if descriptor.volumetric and term.axis_weights is not None:
            raise InputError(
                f"{descriptor.name} with domain=volume is taken once, not per axis: "
                "leave axis_weights out"
            )
        if descriptor.volumetric and len(shape) == 2:
            raise InputError(
                f"{descriptor.name} with domain=volume works for 3D results only, "
                f"asked for was the shape {shape}"
            )
    if len(shape) == 2 and directional:
        raise InputError("a volume's characterization has statistics per axis: ask for a 3D shape")
    if len(shape) == 3 and not directional:
        check_equal_edges(voxel_size)
    if initial is not None:
        check_start(initial, shape, phase_count)
    check_memory(terms, shape, settings, phase_count)


def plan(
    target: Characterization,
    terms: Sequence[Term],
    shape: tuple[int, ...],
    initial: Microstructure | None,
    settings: Settings,
) -> Plan:
    """Put together what a run needs; loads TensorFlow if a GPU or a term needs it."""
    gpu = choose_device(settings.device)
    memory = plan_memory(terms, shape, settings, target.phase_count, gpu=gpu)
    template = _template(target, shape, settings)
    optimizer: Optimizer | SimplexSteps = settings.optimizer
    if settings.optimizer.needs_gradient and settings.parametrization == "simplex":
        optimizer = SimplexSteps(settings.optimizer, Simplex(target.phase_fractions))
        # The phases sum to 1 anyway.
        settings = settings.model_copy(update={"phase_sum_weight": 0.0})
    return Plan(
        target=target,
        objective=TargetObjective(
            target, terms, shape, settings, gpu=gpu, chunk=memory.chunk or CHUNK
        ),
        start=start_fields(target, shape, initial, settings),
        finish=finisher(template, target.phase_fractions, settings.seed),
        optimizer=optimizer,
        notes=(*target.notes, *_notes(target, shape)),
        finish_sweeps=settings.finish_sweeps,
    )


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
