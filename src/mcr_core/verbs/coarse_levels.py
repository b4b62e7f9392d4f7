"""Coarser volumes that come before a result: whether they fit, and what is lowered there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial

import numpy as np

from mcr_core.characterization import Characterization
from mcr_core.coarse_fields import refined
from mcr_core.coarse_target import coarse_target, coarse_terms, has_levels
from mcr_core.errors import InputError
from mcr_core.microstructure import Microstructure
from mcr_core.objective import CHUNK, TargetObjective
from mcr_core.planes import plane_names, plane_shape
from mcr_core.reconstruction import CoarseLevel, finisher
from mcr_core.sampling import with_bounds
from mcr_core.settings import Settings
from mcr_core.term import Term
from mcr_core.verbs.weights import check_level_weights


def check_coarse_levels(
    terms: Sequence[Term],
    shape: Sequence[int],
    count: int,
    levels: Mapping[str, Sequence[int]] | None = None,
) -> None:
    """Refuse coarser volumes that are no whole voxels, or on which nothing can be prescribed.

    Args:
        terms: what is prescribed at full resolution.
        shape: extent of the result.
        count: how many coarser volumes come first.
        levels: of the pyramid, for each term, by the name of the kind of plane. Default: as many as
            the result has.

    Raises:
        InputError: says how many would fit.
    """
    if count == 0:
        return
    if levels is None:
        levels = {
            plane: [term.descriptor.levels(*plane_shape(shape, plane)) for term in terms]
            for plane in plane_names(len(shape))
        }
    if not any(has_levels(term) for term in terms):
        have = ", ".join(term.descriptor.name for term in terms)
        raise InputError(
            f"coarse_levels={count} needs a descriptor with a pyramid, such as correlations, got "
            f"{have}: add one, or choose coarse_levels=0"
        )
    whole = min(_halvings(extent) for extent in shape)
    found = [
        (numbers[index], term.descriptor.name, plane)
        for plane, numbers in levels.items()
        for index, term in enumerate(terms)
        if has_levels(term)
    ]
    fitting = max(0, min(whole, min(found)[0] - 1))
    if count <= fitting:
        if not coarse_terms(terms, count):
            raise InputError(
                f"coarse_levels={count} begins on a level where all level_weights are 0: choose "
                "fewer coarse levels, or other weights"
            )
        return
    fits = f"choose coarse_levels={fitting}" + ("" if fitting < 2 else " or less")
    if count > whole:
        raise InputError(
            f"coarse_levels={count} needs extents that {2**count} divides, got the shape "
            f"{tuple(shape)}: {fits}, or another shape"
        )
    least, name, plane = min(found)
    raise InputError(
        f"coarse_levels={count} needs {count + 1} pyramid levels of every descriptor that has a "
        f"pyramid, {name} has {least} on the {plane} planes that source and result share: {fits}, "
        "or a larger shape, or shorter lags"
    )


def check_levels_of_images(
    terms: Sequence[Term],
    shape: tuple[int, ...],
    images: Mapping[str, Microstructure],
    coarse_levels: int,
) -> None:
    """Check the weights of levels and coarser volumes, as far as shapes tell how many there are."""
    if any(image.mask is not None for image in images.values()):
        return  # a mask may leave fewer levels
    levels = {}
    for plane in plane_names(len(shape)):
        image = images.get(plane) or next(iter(images.values()))
        found = (
            plane_shape(shape, plane),
            plane_shape(image.shape, plane if image.ndim == 3 else "xy"),
        )
        levels[plane] = [min(t.descriptor.levels(*extent) for extent in found) for t in terms]
        check_level_weights(terms, levels[plane])
    check_coarse_levels(terms, shape, coarse_levels, levels)


def coarse_levels(
    target: Characterization,
    terms: Sequence[Term],
    template: Microstructure,
    settings: Settings,
    *,
    gpu: bool = False,
    chunk: int = CHUNK,
) -> tuple[CoarseLevel, ...]:
    """Return the coarser volumes that come before a result, from the coarsest.

    Args:
        target: the statistics to meet at full resolution.
        terms: what is prescribed there.
        template: a result, for its extent and what its phases mean.
        settings: how to run.
        gpu: see `TargetObjective`.
        chunk: see `TargetObjective`.
    """
    if settings.weighting == "sampling" and settings.coarse_levels:
        target = with_bounds(target)  # a coarse target knows no more how large its source was
    found = []
    for level in range(settings.coarse_levels, 0, -1):
        shape = tuple(extent >> level for extent in template.shape)
        objective = TargetObjective(
            coarse_target(target, level),
            coarse_terms(terms, level),
            shape,
            settings,
            gpu=gpu,
            chunk=chunk,
        )
        coarse = template.with_labels(
            np.zeros(shape), voxel_size=tuple(2**level * size for size in template.voxel_size)
        )
        finish = finisher(coarse, target.phase_fractions, settings.seed)
        found.append(CoarseLevel(objective, finish, partial(refined, periodic=settings.periodic)))
    return tuple(found)


def coarse_notes(terms: Sequence[Term], count: int) -> tuple[str, ...]:
    """Return what the user should know about coarser volumes."""
    left_out = [term.descriptor.name for term in terms if not has_levels(term)]
    if not count or not left_out:
        return ()
    verb = "have" if len(left_out) > 1 else "has"
    return (
        f"at full resolution only: {', '.join(left_out)}, which {verb} no pyramid for coarser "
        "volumes",
    )


def _halvings(extent: int) -> int:
    """How often 2 divides an extent."""
    return (extent & -extent).bit_length() - 1
