"""match: characterize and reconstruct in one go."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from mcr_core.characterization import Characterization
from mcr_core.descriptors import Descriptor
from mcr_core.errors import InputError
from mcr_core.microstructure import Microstructure
from mcr_core.reconstruction import Plan, Run, RunResult
from mcr_core.settings import Settings
from mcr_core.term import as_terms
from mcr_core.verbs.characterize import check_source, statistics_of
from mcr_core.verbs.merge import check_planes, extents, merged, plane_sources, voxel_edges
from mcr_core.verbs.reconstruct import as_settings, check_request, check_shape, plan

#: A microstructure, or images by the plane that they lie in; a string states what a plane is like.
Source = Microstructure | Mapping[str, Microstructure | str]


def match_iter(
    microstructure: Source,
    shape: Sequence[int],
    descriptors: Sequence[Any] | None = None,
    *,
    initial: Microstructure | None = None,
    settings: Settings | Mapping[str, Any] | None = None,
    pool: bool = False,
    force: bool = False,
    **options: Any,
) -> Run:
    """Start a reconstruction of a microstructure from its own statistics; see `match`."""
    extent = check_shape(shape)
    chosen = as_settings(settings, options)
    terms = as_terms(descriptors)
    wanted = tuple(term.descriptor.resolved() for term in terms)
    characterize: Callable[[], Characterization]
    if isinstance(microstructure, Microstructure):
        source = microstructure
        if force:
            raise InputError("force is for images of several planes, this is one microstructure")
        check_source(source, wanted, pool=pool)
        phases, edges = source.phase_count, source.voxel_size

        def characterize() -> Characterization:
            return statistics_of(source, wanted, pool=pool)
    else:
        if pool:
            raise InputError("pool is for a volume, these are images of several planes")
        images = plane_images(microstructure)
        phases, edges, characterize = _of_planes(images, wanted, force=force)
    check_request(
        terms,
        extent,
        chosen,
        phase_count=phases,
        voxel_size=edges,
        directional=not isinstance(microstructure, Microstructure)
        or (microstructure.ndim == 3 and not pool),
        initial=initial,
    )

    def prepare() -> Plan:
        return plan(characterize(), terms, extent, initial, chosen)

    return Run(prepare, chosen.max_iter)


def match(
    microstructure: Source,
    shape: Sequence[int],
    descriptors: Sequence[Any] | None = None,
    **options: Any,
) -> RunResult:
    """Characterize a microstructure and reconstruct one with the same statistics.

    2D → 2D, 2D → 3D and 3D → 3D; and two or three orthogonal slices → 3D: a dictionary of 2D
    images by the name of their plane, a third perhaps stated, `{"xy": a, "xz": b, "yz": "as:xz"}`
    (rows and columns are Y X, Z X and Z Y; see `merge`).

    Args:
        microstructure: what to match.
        shape: extent of the result, (Y, X) or (Z, Y, X).
        descriptors: as for `characterize`; here they may be terms with weights.
        options: those of `reconstruct_iter`, and `pool` (of `characterize`) for a volume, `force`
            (of `merge`) for several images.

    Raises:
        InputError: an image, shape or term that does not fit.
    """
    run = match_iter(microstructure, shape, descriptors, **options)
    for _ in run:
        pass
    return run.result


def plane_images(planes: Mapping[str, Microstructure | str]) -> dict[str, Microstructure]:
    """Return the image of each of the three planes, `as:` resolved: to the same object.

    Raises:
        InputError: a plane is missing, or no 2D image.
    """
    images = {}
    for name, source in plane_sources(planes).items():
        image = planes[source]
        if not isinstance(image, Microstructure) or image.ndim != 2:
            found = f"a {image.ndim}D one" if isinstance(image, Microstructure) else repr(image)
            raise InputError(f"{name}: expected a 2D microstructure, got {found}")
        images[name] = image
    return images


def planes_shape(planes: Mapping[str, Microstructure | str]) -> tuple[int, ...]:
    """Return the extent (Z, Y, X) that images of orthogonal planes have in common.

    Raises:
        InputError: a plane is missing.
    """
    return extents({name: image.shape for name, image in plane_images(planes).items()})


def _of_planes(
    images: Mapping[str, Microstructure], wanted: tuple[Descriptor, ...], *, force: bool
) -> tuple[int, tuple[float, ...], Callable[[], Characterization]]:
    """Check images of planes; return phases, voxel edges and what characterizes and merges."""
    for name, image in images.items():
        try:
            check_source(image, wanted)
        except InputError as error:
            raise type(error)(f"{name}: {error}") from None

    def parts(descriptors: tuple[Descriptor, ...]) -> dict[str, Characterization]:
        each = {id(image): statistics_of(image, descriptors) for image in images.values()}
        return {name: each[id(image)] for name, image in images.items()}

    basics = parts(())  # what is checked needs no TensorFlow
    notes = check_planes(basics, force=force)
    edges, _ = voxel_edges(basics)
    phases = basics["xy"].phase_count
    return phases, edges, lambda: merged(parts(wanted), notes)


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
