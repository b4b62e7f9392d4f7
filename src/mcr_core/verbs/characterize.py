"""characterize: microstructure → statistics."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from dataclasses import replace
from importlib.metadata import version
from typing import Any

import numpy as np
import numpy.typing as npt

from mcr_core.characterization import Characterization, PlaneStatistics
from mcr_core.descriptors import Descriptor
from mcr_core.errors import InputError
from mcr_core.estimate import plane_values, volume_values
from mcr_core.microstructure import Microstructure
from mcr_core.planes import plane_names, plane_shape
from mcr_core.pyramid import remainder
from mcr_core.term import Term, as_terms
from mcr_core.two_point import mean_two_point

log = logging.getLogger("mcr_core.characterize")


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
        volume=volume_values(microstructure, wanted),
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
        if descriptor.volumetric and microstructure.ndim == 2:
            raise InputError(
                f"{descriptor.name} with domain=volume needs a volume, this is a 2D image: "
                "choose domain=planes"
            )
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
    others = [plane_values(image, "xy", wanted) for image in _other_orientations(microstructure)]
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
        values=plane_values(microstructure, plane, wanted),
        phase_fractions=microstructure.phase_fractions,
        s2=s2,
        pairs=pairs,
    )
