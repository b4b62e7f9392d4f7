"""reconstruct: statistics → microstructure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from mcr_core.errors import InputError, OptionError
from mcr_core.memory import check_memory
from mcr_core.microstructure import Microstructure
from mcr_core.objective.term_loss import block_groups
from mcr_core.objective.wanted import wanted_levels
from mcr_core.optimizers import gradient_free
from mcr_core.planes import plane_names, plane_shape
from mcr_core.plugin import nearest
from mcr_core.presets import PresetName
from mcr_core.reconstruction import Run, RunResult
from mcr_core.settings import Settings
from mcr_core.starts.first_fields import check_start
from mcr_core.statistics.directional import check_equal_edges
from mcr_core.targets.symmetry import check_symmetry
from mcr_core.term import Descriptors, Term
from mcr_core.verbs.coarse_levels import check_coarse_levels
from mcr_core.verbs.inputs import Image, Target, as_characterization, as_microstructure
from mcr_core.verbs.requested import requested_of_target
from mcr_core.verbs.run_plan import common_levels, plan
from mcr_core.verbs.weights import check_level_weights

#: What a misspelt option may have meant, beside settings.
_OTHERS = ("shape", "descriptors", "add_dimension", "weight", "preset", "initial")


def reconstruct_iter(
    target: Target,
    shape: Sequence[int] | None = None,
    descriptors: Descriptors | None = None,
    *,
    add_dimension: int | None = None,
    weight: Mapping[str, float] | None = None,
    preset: PresetName | None = None,
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
    target = replace(as_characterization(target), prescribed={})
    extent, used, chosen = requested_of_target(
        target,
        shape,
        descriptors,
        add_dimension=add_dimension,
        weight=weight,
        preset=preset,
        settings=as_settings(settings, options, _OTHERS),
    )
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
    if len(extent) == 3:
        check_symmetry(
            chosen.symmetry,
            target.voxel_size,
            target.direction,
            directional=target.is_directional,
        )
    levels = common_levels(target, used, extent)
    check_coarse_levels(used, extent, chosen.coarse_levels, levels)
    for plane, counts in levels.items():
        check_level_weights(used, counts)
        for term in used:
            wanted = wanted_levels(target, term, len(extent), plane)
            block_groups(term, list(wanted[0]))
    return Run(lambda: plan(target, used, extent, start, chosen), chosen.max_iter)


def reconstruct(
    target: Target,
    shape: Sequence[int] | None = None,
    descriptors: Descriptors | None = None,
    *,
    add_dimension: int | None = None,
    weight: Mapping[str, float] | None = None,
    preset: PresetName | None = None,
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
            are not given are those of the target. Default: those of `preset`; without one all
            that it has, with weight 1.
        add_dimension: instead of a shape, keep the extent of the 2D source and add so many planes.
        weight: weights of descriptors by name, for example `{"variation": 10}`; 0 leaves one out.
        preset: `fast`, `balanced` or `faithful` (docs/presets.md): its terms, of descriptors that
            the target has, and settings that are not given; or `auto`, one of them by the shape.
            Default: the one that the target was made with, and none where `descriptors` are given.
        initial: a microstructure to start from (`volume`), or the path of one, instead of
            `settings.start`; resampled where it has another extent.
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
        preset=preset,
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
    base = (
        settings.model_dump(exclude_unset=True)
        if isinstance(settings, Settings)
        else dict(settings or {})
    )
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
                "gradients: leave the descriptor out or choose an optimizer that needs none "
                f"({', '.join(gradient_free())})",
                command=f"--weight {descriptor.name}=0",
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
        if term.over == "mean":
            _check_mean(term, settings)
    check_directions(shape, directional=directional, voxel_size=voxel_size)
    check_start(settings.start, initial, shape, phase_count)
    if settings.finish_smoothing > max(shape):
        raise InputError(
            f"finish_smoothing={settings.finish_smoothing:g} is more than the longest edge of the "
            f"result ({max(shape)} voxels): choose a smaller one"
        )
    check_coarse_levels(terms, shape, settings.coarse_levels)
    check_memory(terms, shape, settings, phase_count)


def check_directions(
    shape: tuple[int, ...], *, directional: bool, voxel_size: tuple[float, ...]
) -> None:
    """Refuse a result with other axes than the target has statistics for.

    Raises:
        InputError: says what does not fit.
    """
    if len(shape) == 2 and directional:
        raise InputError("a volume's characterization has statistics per axis: ask for a 3D shape")
    if len(shape) == 3 and not directional:
        check_equal_edges(voxel_size)


def _check_mean(term: Term, settings: Settings) -> None:
    """Refuse `over="mean"` where there is no mean of all planes to be had."""
    name = term.descriptor.name
    for wrong, why in (
        (term.descriptor.volumetric, f"{name} with domain=volume has no planes"),
        (not term.descriptor.differentiable, f"{name} is compared plane by plane"),
        (settings.plane_fraction < 1, f"planes={settings.planes} has a part of them only"),
    ):
        if wrong:
            raise InputError(
                f"over=mean of {name} takes the mean of all planes, {why}: use over=planes"
            )
