"""match: characterize and reconstruct in one go."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from mcr_core.errors import InputError
from mcr_core.microstructure import Microstructure
from mcr_core.run import Plan, Run, RunResult
from mcr_core.settings import Settings
from mcr_core.term import as_terms
from mcr_core.verbs.characterize import characterize, check_source
from mcr_core.verbs.reconstruct import as_settings, check_request, check_shape, plan


def match_iter(
    microstructure: Microstructure,
    shape: Sequence[int],
    descriptors: Sequence[Any] | None = None,
    *,
    initial: Microstructure | None = None,
    settings: Settings | Mapping[str, Any] | None = None,
    **options: Any,
) -> Run:
    """Start a reconstruction of a microstructure from its own statistics; see `match`."""
    extent = check_shape(shape)
    chosen = as_settings(settings, options)
    terms = as_terms(descriptors)
    check_source(microstructure, [term.descriptor for term in terms])
    check_request(
        terms,
        extent,
        chosen,
        phase_count=microstructure.phase_count,
        voxel_size=microstructure.voxel_size,
        directional=microstructure.ndim == 3,
        initial=initial,
    )

    def prepare() -> Plan:
        return plan(characterize(microstructure, terms), terms, extent, initial, chosen)

    return Run(prepare, chosen.max_iter)


def match(
    microstructure: Microstructure,
    shape: Sequence[int],
    descriptors: Sequence[Any] | None = None,
    **options: Any,
) -> RunResult:
    """Characterize a microstructure and reconstruct one with the same statistics.

    2D → 2D, 2D → 3D and 3D → 3D. The arguments are those of `characterize` and
    `reconstruct_iter`; here `descriptors` may be terms with weights.

    Raises:
        InputError: an image, shape or term that does not fit.
    """
    run = match_iter(microstructure, shape, descriptors, **options)
    for _ in run:
        pass
    return run.result


def added_dimension(extent: Sequence[int], planes: int) -> tuple[int, int, int]:
    """Shape (Z, Y, X) of a volume with the extent of an image and a number of planes.

    Raises:
        InputError: the image is 3D already.
    """
    if len(extent) != 2:
        raise InputError(
            "a dimension can be added to a 2D image only, this one is 3D: give the full shape"
        )
    return (planes, extent[0], extent[1])
