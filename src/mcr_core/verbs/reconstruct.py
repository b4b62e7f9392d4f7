"""reconstruct: statistics → microstructure."""

from __future__ import annotations

import operator
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from mcr_core.characterization import Characterization
from mcr_core.device import choose_device
from mcr_core.errors import InputError
from mcr_core.memory import check_memory
from mcr_core.microstructure import Microstructure
from mcr_core.objective import TargetObjective, shared_levels
from mcr_core.optimizers import gradient_free
from mcr_core.planes import plane_names, plane_shape
from mcr_core.reconstruction import Plan, Run, RunResult, finisher
from mcr_core.settings import Settings
from mcr_core.start import check_start, start_fields
from mcr_core.statistics.directional import check_equal_edges
from mcr_core.term import Term, as_terms
from mcr_core.two_point import cubic_mean, near_lags


def reconstruct_iter(
    target: Characterization,
    shape: Sequence[int],
    terms: Sequence[Any] | None = None,
    *,
    initial: Microstructure | None = None,
    settings: Settings | Mapping[str, Any] | None = None,
    **options: Any,
) -> Run:
    """Start a reconstruction and return its stream of states.

    Nothing is computed before the first state is asked for; everything that can be wrong with the
    input is checked here.

    Args:
        target: the statistics to meet; those of one 2D image are prescribed on the planes of all
            three axes (as the mean over its eight symmetries, else they would contradict each
            other about the shared axes).
        shape: extent of the result, (Y, X) or (Z, Y, X), in pixels of the source.
        terms: terms, descriptors or names, all of which `target` must have; default: all that it
            has, with weight 1.
        initial: a microstructure to start from, instead of `settings.start`.
        settings: a `Settings`, or its fields as a dictionary.
        options: fields of `Settings`: max_iter, seed, optimizer, loss, periodic, dtype, device, …

    Raises:
        InputError: a shape, term or start that does not fit the target.
    """
    extent = check_shape(shape)
    chosen = as_settings(settings, options)
    used = as_terms([Term(descriptor=d) for d in target.descriptors] if terms is None else terms)
    check_request(
        used,
        extent,
        chosen,
        phase_count=target.phase_count,
        voxel_size=target.voxel_size,
        directional=target.is_directional,
        initial=initial,
    )
    for plane in plane_names(len(extent)):
        shared_levels(target, used, extent, plane)
    return Run(lambda: plan(target, used, extent, initial, chosen), chosen.max_iter)


def reconstruct(
    target: Characterization, shape: Sequence[int], *args: Any, **options: Any
) -> RunResult:
    """Reconstruct and return the result: `reconstruct_iter`, exhausted; same arguments."""
    run = reconstruct_iter(target, shape, *args, **options)
    for _ in run:
        pass
    return run.result


def check_shape(shape: Sequence[int]) -> tuple[int, ...]:
    """Return the shape as a tuple of 2 or 3 positive integers.

    Raises:
        InputError: it is not.
    """
    try:
        extent = tuple(operator.index(n) for n in shape)
    except TypeError:
        raise InputError(f"expected a shape of whole numbers, got {shape!r}") from None
    if len(extent) not in (2, 3):
        raise InputError(f"expected a shape of 2 (Y X) or 3 (Z Y X) numbers, got {len(extent)}")
    if min(extent) < 1:
        raise InputError(f"expected a shape of numbers greater than 0, got {extent}")
    if max(extent) >= 2**31:
        raise InputError("expected a shape of numbers below 2147483648, got a larger one")
    return extent


def as_settings(
    settings: Settings | Mapping[str, Any] | None, options: Mapping[str, Any]
) -> Settings:
    """Merge settings and single options; an option wins."""
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
    """Put together what a run needs; loads TensorFlow."""
    choose_device(settings.device)
    template = _template(target, shape, settings)
    return Plan(
        target=target,
        objective=TargetObjective(target, terms, shape, settings),
        start=start_fields(target, shape, initial, settings),
        finish=finisher(template, target.phase_fractions, settings.seed),
        optimizer=settings.optimizer,
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
