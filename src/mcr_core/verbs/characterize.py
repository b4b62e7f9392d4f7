"""characterize: microstructure → statistics."""

from __future__ import annotations

import functools
import logging
from collections.abc import Iterator, Sequence
from dataclasses import replace
from importlib.metadata import version
from typing import Any

import numpy as np
import numpy.typing as npt

from mcr_core.characterization import Characterization, Levels, PlaneStatistics
from mcr_core.descriptors import Descriptor
from mcr_core.errors import InputError
from mcr_core.microstructure import Microstructure
from mcr_core.planes import field_planes, plane_names, plane_shape
from mcr_core.pyramid import remainder
from mcr_core.term import Term, as_terms
from mcr_core.two_point import mean_two_point

log = logging.getLogger("mcr_core.characterize")

#: From how many pixels of all planes on compiling pays.
_COMPILE_FROM = 2**17


def characterize(
    microstructure: Microstructure,
    descriptors: Sequence[Term | Descriptor | str | dict[str, Any]] | None = None,
) -> Characterization:
    """Compute the statistics of a microstructure.

    A 2D image gives one set of statistics (and their mean over the eight symmetries of the
    square, for the planes of a volume); a volume gives one for each of its three kinds of planes,
    the mean over the planes. Open and masked images count valid pixels only, periodic ones wrap.
    Computed in float64.

    Args:
        microstructure: 2D or 3D, any number of phases.
        descriptors: descriptors, their names or specifications; weights are no part of a
            characterization and are ignored. Default: correlations and variation.

    Raises:
        InputError: an image too small or masked too much for a descriptor, or of one phase only.
    """
    wanted = tuple(term.descriptor for term in as_terms(descriptors))
    check_source(microstructure, wanted)
    names = plane_names(microstructure.ndim)
    planes = {
        ("all" if microstructure.ndim == 2 else name): _statistics(microstructure, name, wanted)
        for name in names
    }
    for descriptor in wanted:
        _log_remainders(descriptor, microstructure.shape)
    if microstructure.ndim == 2:
        planes["cubic"] = _cubic(microstructure, wanted, planes["all"])
    return Characterization(
        descriptors=wanted,
        planes=planes,
        phase_values=microstructure.phase_values,
        phase_names=microstructure.phase_names,
        voxel_size=microstructure.voxel_size,
        unit=microstructure.unit,
        source_shape=microstructure.shape,
        periodic=microstructure.periodic,
        masked=microstructure.mask is not None,
        versions={name: version(name) for name in ("napari-mcr", "tensorflow", "numpy")},
    )


def check_source(microstructure: Microstructure, wanted: Sequence[Descriptor]) -> None:
    """Check that descriptors can be computed of a microstructure, before computing.

    Raises:
        InputError: one phase only, or planes too small for a descriptor.
    """
    fractions = microstructure.phase_fractions
    if np.count_nonzero(fractions) < 2:
        present = microstructure.phase_names[int(np.argmax(fractions))]
        raise InputError(f"expected at least two phases, found only {present!r}")
    for descriptor in wanted:
        for name in plane_names(microstructure.ndim):
            extent = plane_shape(microstructure.shape, name)
            descriptor.require_extent(*extent, f"the {name} planes of the image")


def _log_remainders(descriptor: Descriptor, shape: Sequence[int]) -> None:
    """Say which rows and columns the coarser pyramid levels leave out."""
    for name in plane_names(len(shape)):
        height, width = plane_shape(shape, name)
        rows, columns = remainder(height, width, descriptor.levels(height, width))
        if rows or columns:
            log.info(
                "%s: the coarsest level of the %s planes leaves out %d rows and %d columns",
                descriptor.name,
                name,
                rows,
                columns,
            )


def _cubic(
    microstructure: Microstructure, wanted: tuple[Descriptor, ...], raw: PlaneStatistics
) -> PlaneStatistics:
    """Mean over the eight images that flips and a transposition make of one."""
    others = [_values(image, "xy", wanted) for image in _other_orientations(microstructure)]
    images = [raw.values, *others]
    values = tuple(
        tuple(
            {
                block: np.mean([image[d][level][block] for image in images], axis=0)
                for block in blocks
            }
            for level, blocks in enumerate(levels)
        )
        for d, levels in enumerate(raw.values)
    )
    return replace(raw, values=values)


def _other_orientations(microstructure: Microstructure) -> Iterator[Microstructure]:
    """The seven images that flips and a transposition make of one, besides itself."""
    for turned in (False, True):
        for y in (1, -1):
            for x in (1, -1):
                if (turned, y, x) == (False, 1, 1):
                    continue

                def move(
                    array: npt.NDArray[Any], turned: bool = turned, y: int = y, x: int = x
                ) -> npt.NDArray[Any]:
                    return (array.T if turned else array)[::y, ::x]

                mask = microstructure.mask
                yield replace(
                    microstructure,
                    labels=move(microstructure.labels),
                    mask=None if mask is None else move(mask),
                )


def _statistics(
    microstructure: Microstructure, plane: str, wanted: tuple[Descriptor, ...]
) -> PlaneStatistics:
    s2, pairs = mean_two_point(microstructure, plane)
    return PlaneStatistics(
        values=_values(microstructure, plane, wanted),
        phase_fractions=microstructure.phase_fractions,
        s2=s2,
        pairs=pairs,
    )


def _values(
    microstructure: Microstructure, plane: str, wanted: tuple[Descriptor, ...]
) -> tuple[Levels, ...]:
    """Levels of every descriptor, the mean over the planes of one kind."""
    fields, valid = field_planes(microstructure, plane)
    return tuple(
        _mean_over_planes(descriptor, fields, valid, microstructure, plane) for descriptor in wanted
    )


def _mean_over_planes(
    descriptor: Descriptor,
    fields: npt.NDArray[np.float64],
    valid: npt.NDArray[np.float64] | None,
    microstructure: Microstructure,
    plane: str,
) -> tuple[dict[str, npt.NDArray[Any]], ...]:
    import tensorflow as tf

    height, width = plane_shape(microstructure.shape, plane)
    levels = descriptor.levels(height, width)
    weight = valid
    if valid is None and not microstructure.periodic:
        weight = np.ones((1, height, width))
    evaluate = _evaluator(descriptor, levels, compiled=fields.size >= _COMPILE_FROM)
    sums: list[dict[str, Any]] = [{} for _ in range(levels)]
    for index in range(len(fields)):
        one = None if weight is None else tf.constant(weight[min(index, len(weight) - 1)][None])
        found = evaluate(tf.constant(fields[index : index + 1]), one)
        for level, blocks in enumerate(found):
            for name, block in blocks.items():
                value = block.numpy()[0]
                counts = np.isfinite(value)
                total, number = sums[level].get(name, (0.0, 0))
                # A masked plane may hold no pair of pixels at some lag: it has no vote there.
                sums[level][name] = (total + np.where(counts, value, 0.0), number + counts)
    if any((number == 0).any() for blocks in sums for _, number in blocks.values()):
        raise InputError(
            f"the mask leaves no pixels for some entries of {descriptor.name}: "
            "choose a smaller limit_to or a smaller mask"
        )
    return tuple(
        {name: total / number for name, (total, number) in blocks.items()} for blocks in sums
    )


@functools.lru_cache(maxsize=16)
def _evaluator(descriptor: Descriptor, levels: int, *, compiled: bool) -> Any:
    """Return the function (fields, valid) → levels of blocks."""

    def evaluate(fields: Any, valid: Any) -> Any:
        return descriptor.evaluate(fields, valid, levels)

    if not compiled:
        return evaluate
    import tensorflow as tf

    return tf.function(evaluate, jit_compile=True, autograph=False)
