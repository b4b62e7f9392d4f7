"""The sampling errors of a characterization of one image."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from mcr_core.characterization import (
    Characterization,
    Levels,
    PlaneStatistics,
    SamplingErrors,
)
from mcr_core.microstructure import Microstructure
from mcr_core.sampling.bounds import UNKNOWN, bounded_errors
from mcr_core.sampling.descriptor_scatter import Plane, descriptor_errors, has_cubic, is_mean
from mcr_core.sampling.image_scatter import ImageScatter, image_scatter
from mcr_core.sampling.waves import low_waves
from mcr_core.two_point import field_pairs


def with_sampling_errors(
    characterization: Characterization, image: Microstructure
) -> Characterization:
    """Return the characterization of a 2D image with the sampling errors of its values.

    Phase fractions, S₂ at all lags and the descriptors whose values are means over pixels have
    standard errors from the longest waves of the image (`image_scatter`); of S₂ at lags with few
    pairs 1/2, more a share cannot be off. The other descriptors have upper bounds
    (`bounded_errors`), and `SamplingErrors.bounds` names them. Of a volume it is returned as it is.
    """
    if image.ndim != 2:
        return characterization
    fields = image.fields(np.float64)
    scatter = image_scatter(fields, image.mask, periodic=image.periodic)
    waves = low_waves(
        (image.shape[0], image.shape[1]), image.mask, periodic=image.periodic, count=scatter.count
    )
    inside = np.ones(image.shape) if image.mask is None else image.mask.astype(np.float64)
    plane = Plane(fields * inside, inside, waves, periodic=image.periodic)
    shape = characterization.planes["all"].pairs.shape
    s2 = _s2_errors(plane, scatter, (shape[0], shape[1]))
    error = scatter.fraction_error
    fractions = np.repeat(error, 2) if image.phase_count == 2 else error
    planes: dict[str, PlaneStatistics] = {}
    # `all` comes first: `cubic` takes over what has no errors of its own.
    for name, row in sorted(characterization.planes.items()):
        values = []
        for index, descriptor in enumerate(characterization.descriptors):
            first = planes["all"].errors if name == "cubic" else None
            if first is not None and not has_cubic(descriptor):
                values.append(first.values[index][: len(row.values[index])])
                continue
            values.append(
                _value_errors(characterization, row, index, plane, scatter, cubic=name == "cubic")
            )
        errors = SamplingErrors(
            tuple(values),
            fractions,
            s2,
            origin="image",
            degrees=float(scatter.count),
            bounds=tuple(d.name for d in characterization.descriptors if not is_mean(d)),
        )
        planes[name] = replace(row, errors=errors)
    return replace(characterization, planes={n: planes[n] for n in characterization.planes})


def _value_errors(
    characterization: Characterization,
    row: PlaneStatistics,
    index: int,
    plane: Plane,
    scatter: ImageScatter,
    *,
    cubic: bool,
) -> Levels:
    descriptor, levels = characterization.descriptors[index], row.values[index]
    crude = bounded_errors(levels, scatter.pieces, row.phase_fractions)
    if not is_mean(descriptor):
        return crude
    found = descriptor_errors(descriptor, plane, scatter, len(levels), cubic=cubic)
    return tuple(
        {
            name: np.where(np.isfinite(blocks[name]), blocks[name], UNKNOWN).astype(value.dtype)
            if blocks[name].shape == value.shape
            else rough[name]
            for name, value in known.items()
        }
        for blocks, known, rough in zip(found, levels, crude, strict=True)
    )


def _s2_errors(
    plane: Plane, scatter: ImageScatter, extent: tuple[int, int]
) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    """Errors of S₂ at all lags, [K, rows, columns]; 1/2 where too few pairs are."""
    found = plane.two_point()
    known = found.at(found.known, extent)
    errors = []
    for p, q in field_pairs(len(plane.fields)):
        squares = np.mean(np.square(found.amplitudes(p, q)), axis=0)
        correction = np.sqrt(scatter.correction[p] * scatter.correction[q])
        errors.append(np.where(known, found.at(np.sqrt(squares * correction), extent), UNKNOWN))
    return np.stack(errors).astype(np.float32)
