"""What statistics of one image ask of the planes of a volume, direction by direction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from mcr_core.characterization import Characterization
from mcr_core.errors import InputError
from mcr_core.planes import PLANES
from mcr_core.two_point import cubic_mean, near_lags


def check_equal_edges(voxel_size: Sequence[float]) -> None:
    """Check that statistics whose lags count pixels can be those of every direction.

    Raises:
        InputError: the edges of the pixels differ.
    """
    if len(set(voxel_size)) > 1:
        edges = " x ".join(f"{edge:g}" for edge in voxel_size)
        raise InputError(
            f"planes of three axes need pixels of equal edges, these have {edges}: "
            "resample the image first"
        )


def directional(source: Characterization) -> Characterization:
    """Return what one set of statistics asks of the planes of a volume, as a set per direction.

    Raises:
        InputError: the pixels of the source have no equal edges.
    """
    check_equal_edges(source.voxel_size)
    row = source.for_plane("xy", 3)
    side = (min(row.pairs.shape) + 1) // 2
    errors = row.errors
    if errors is not None:
        errors = replace(errors, s2=cubic_mean(near_lags(errors.s2, side)).astype(errors.s2.dtype))
    row = replace(
        row,
        s2=cubic_mean(near_lags(row.s2, side)).astype(row.s2.dtype),
        pairs=near_lags(row.pairs, side),
        errors=errors,
    )
    return replace(
        source,
        planes=dict.fromkeys(PLANES, row),
        source_shape=(min(source.source_shape),) * 3,
        voxel_size=(source.voxel_size[0],) * 3,
    )
