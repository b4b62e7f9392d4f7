"""characterize: microstructure → statistics."""

from __future__ import annotations

import logging
import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
from importlib.metadata import version

import numpy as np

from mcr_core.characterization import Characterization, PlaneStatistics
from mcr_core.descriptors import Descriptor
from mcr_core.errors import InputError
from mcr_core.estimate import plane_values, volume_values
from mcr_core.microstructure import Microstructure
from mcr_core.planes import plane_names, plane_shape
from mcr_core.presets import PresetName, described
from mcr_core.pyramid import remainder
from mcr_core.sampling import with_sampling_errors
from mcr_core.statistics.orientations import other_orientations
from mcr_core.statistics.pooling import mean_levels, pooled_images, pooled_planes
from mcr_core.statistics.shared_blocks import cut_levels, smallest_levels
from mcr_core.targets.direction_finding import direction_finding
from mcr_core.term import Descriptors
from mcr_core.two_point import mean_two_point
from mcr_core.verbs.extent import check_shape
from mcr_core.verbs.inputs import Image, as_microstructure, as_microstructures

log = logging.getLogger("mcr_core.characterize")


def characterize(
    source: Image | Sequence[Image],
    descriptors: Descriptors | None = None,
    *,
    preset: PresetName | None = None,
    limit_to: int | None = None,
    shape: Sequence[int] | None = None,
    pool: bool = False,
) -> Characterization:
    """Compute the statistics of a microstructure, or of several images of one material.

    A 2D image gives one set of statistics (and their mean over the eight symmetries of the
    square, for the planes of a volume); a volume gives one for each of its three kinds of planes,
    the mean over the planes, or with `pool` one for all: the mean over the three kinds. Several
    2D images give their mean, every image counting alike, with its standard error. This takes the
    images as independent; a note says so where ten images or more show that they are not. A single
    2D image gives its sampling errors, too, from how far its parts differ (docs/check.md), and
    whether it has a preferred direction (which a volume from it would not have). Open
    and masked images count valid pixels only, periodic ones wrap. Computed in float64.

    Args:
        source: 2D or 3D, any number of phases; or several 2D images of one material, with the same
            phases, pixels and boundary (`read(path, stack="images")` makes some of the pages of a
            file). A phase may be absent from some of these. For a microstructure, the path of an
            image will do.
        descriptors: descriptors, their names or specifications, without weights: these belong to
            `reconstruct` and `match`. Default: correlations and variation.
        preset: instead of descriptors, take those of `fast`, `balanced` or `faithful`
            (docs/presets.md), which `reconstruct` then takes if nothing else is said; or of `auto`,
            one of them by the shape.
        limit_to: longest lag + 1 in pixels, for the descriptors that have this option and do not
            set it; of a preset, S₃.
        shape: extent of the result that a preset is for; its limits are cut to what fits. Default:
            that of the source.
        pool: prescribe the same on the planes of all directions; volumes with cubic voxels only.

    Raises:
        InputError: an image too small or masked too much for a descriptor, or of one phase only;
            images that are not of one material; a weight; options that do not go together.
    """
    made = None if shape is None else check_shape(shape)
    asked = described(preset, descriptors, limit_to, made)
    if isinstance(source, (Microstructure, str, os.PathLike)):
        microstructure = as_microstructure(source)
        given, taken = asked([microstructure.shape])
        check_source(microstructure, given, pool=pool)
        found = statistics_of(microstructure, _resolved(given), pool=pool)
        return replace(_of_image(found, microstructure), preset=taken)
    images = as_microstructures(source)
    if pool:
        raise InputError("pool is for one volume: several images give their mean anyway")
    given, taken = asked([image.shape for image in images]) if images else ((), None)
    check_images(images, given)
    wanted = _resolved(given)
    pooled = pooled_images([statistics_of(image, wanted) for image in images])
    pooled = replace(pooled, preset=taken)
    if len(images) == 1:
        return _of_image(pooled, images[0])
    for note in pooled.notes:
        log.warning("%s", note)
    return pooled


def _of_image(found: Characterization, image: Microstructure) -> Characterization:
    """Add what one image tells of its own: sampling errors, and a preferred direction."""
    if image.ndim != 2:
        return found
    return replace(with_sampling_errors(found, image), direction=direction_finding(image))


def _resolved(wanted: Sequence[Descriptor]) -> tuple[Descriptor, ...]:
    """Fill in what a characterization records; it may load the weights of a network."""
    return tuple(descriptor.resolved() for descriptor in wanted)


def statistics_of(
    microstructure: Microstructure, wanted: tuple[Descriptor, ...], *, pool: bool = False
) -> Characterization:
    """Characterize one microstructure that was checked; without descriptors, what is always kept.

    Phase fractions and S₂ at all lags need no TensorFlow.
    """
    planes = {
        name: _statistics(microstructure, name, wanted) for name in plane_names(microstructure.ndim)
    }
    for index, descriptor in enumerate(wanted):
        _log_remainders(descriptor, microstructure.shape)
        if not descriptor.volumetric:
            found = {name: len(row.values[index]) for name, row in planes.items()}
            _log_masked_levels(descriptor, microstructure.shape, found)
    if microstructure.ndim == 2 or pool:
        turned = [_cubic(microstructure, name, wanted, row) for name, row in planes.items()]
        every = list(planes.values())
        planes = {
            "all": every[0] if len(every) == 1 else pooled_planes(wanted, every),
            "cubic": turned[0] if len(every) == 1 else pooled_planes(wanted, turned),
        }
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
        versions=software(),
        volume=volume_values(microstructure, wanted),
    )


def software() -> dict[str, str]:
    """Versions of what computes."""
    return {name: version(name) for name in ("napari-mcr", "tensorflow", "numpy")}


def check_source(
    microstructure: Microstructure, wanted: Sequence[Descriptor], *, pool: bool = False
) -> None:
    """Check that descriptors can be computed of a microstructure, before computing.

    Raises:
        InputError: one phase only, planes too small for a descriptor, or no mean over directions.
    """
    _check_phases([microstructure])
    _check_extent(microstructure, wanted)
    if pool and microstructure.ndim == 2:
        raise InputError("expected a volume to pool the directions of, got a 2D image")
    if pool and len(set(microstructure.voxel_size)) > 1:
        edges = " x ".join(f"{edge:g}" for edge in microstructure.voxel_size)
        raise InputError(
            f"expected cubic voxels to pool the directions of, these have {edges}: "
            "resample the volume first"
        )


def check_images(images: Sequence[Microstructure], wanted: Sequence[Descriptor]) -> None:
    """Check that images can be taken as several of one material, before computing.

    Raises:
        InputError: none, a volume, other phases or boundaries, or too small for a descriptor.
    """
    if not images:
        raise InputError("expected at least one image, got none")
    for number, image in enumerate(images):
        if image.ndim != 2:
            raise InputError(
                f"expected 2D images of one material, image {number} is 3D: to take the pages of "
                'a file as images, use --stack images (read(path, stack="images") in Python)'
            )
        if image.periodic != images[0].periodic:
            raise InputError(
                "expected images that are all periodic or all open, got both: say which they are"
            )
        if image.phase_values != images[0].phase_values:
            raise InputError(
                f"expected images with the same phases, image {number} has the values "
                f"{_values(image)}, the first {_values(images[0])}: name all of them "
                "(phase_values= in Python), or put the images into one file"
            )
        _check_extent(image, wanted)
    _check_phases(images)


def _values(image: Microstructure) -> str:
    return ", ".join(f"{value:g}" for value in image.phase_values)


def _check_phases(images: Sequence[Microstructure]) -> None:
    fractions = np.sum([image.phase_fractions for image in images], axis=0)
    if np.count_nonzero(fractions) < 2:
        present = images[0].phase_names[int(np.argmax(fractions))]
        raise InputError(f"expected at least two phases, found only {present!r}")


def _check_extent(microstructure: Microstructure, wanted: Sequence[Descriptor]) -> None:
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


def _log_masked_levels(
    descriptor: Descriptor, shape: Sequence[int], found: Mapping[str, int]
) -> None:
    """Say where a mask leaves fewer pyramid levels than the planes have."""
    for name, count in found.items():
        levels = descriptor.levels(*plane_shape(shape, name))
        if count < levels:
            log.warning(
                "%s: the mask leaves only the %d finest of %d pyramid levels of the %s planes",
                descriptor.name,
                count,
                levels,
                name,
            )


def _cubic(
    microstructure: Microstructure,
    plane: str,
    wanted: tuple[Descriptor, ...],
    raw: PlaneStatistics,
) -> PlaneStatistics:
    """Mean over the eight images that flips and a transposition make of one."""
    turned = other_orientations(microstructure, plane)
    images = [raw.values, *(plane_values(image, plane, wanted) for image in turned)]
    values = []
    for descriptor, levels in zip(wanted, zip(*images, strict=True), strict=True):
        shapes = smallest_levels(levels)
        values.append(
            mean_levels([cut_levels(one, descriptor, descriptor, shapes) for one in levels])
        )
    return replace(raw, values=tuple(values))


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
