"""match: characterize and reconstruct in one go."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from mcr_core.characterization import Characterization, DirectionFinding
from mcr_core.descriptors import Descriptor
from mcr_core.errors import InputError
from mcr_core.microstructure import Microstructure
from mcr_core.planes import plane_names, plane_shape
from mcr_core.presets import PresetName, resolved
from mcr_core.reconstruction import Plan, Run, RunResult
from mcr_core.sampling import with_sampling_errors
from mcr_core.settings import Settings
from mcr_core.targets.direction_finding import direction_finding
from mcr_core.targets.symmetry import check_symmetry
from mcr_core.term import Descriptors, Term
from mcr_core.verbs.characterize import check_source, statistics_of
from mcr_core.verbs.coarse_levels import check_levels_of_images
from mcr_core.verbs.extent import result_shape
from mcr_core.verbs.inputs import Image, as_microstructure
from mcr_core.verbs.merge import check_planes, extents, merged, voxel_edges
from mcr_core.verbs.plane_images import for_each_image, plane_images
from mcr_core.verbs.reconstruct import as_settings, check_request
from mcr_core.verbs.run_plan import plan
from mcr_core.verbs.weights import check_block_weights


def match_iter(
    source: Image | None = None,
    shape: Sequence[int] | None = None,
    descriptors: Descriptors | None = None,
    *,
    add_dimension: int | None = None,
    xy: Image | None = None,
    xz: Image | None = None,
    yz: Image | None = None,
    force: bool = False,
    pool: bool = False,
    preset: PresetName | None = None,
    limit_to: int | None = None,
    initial: Image | None = None,
    settings: Settings | Mapping[str, Any] | None = None,
    **options: Any,
) -> Run:
    """Start a reconstruction of a microstructure from its own statistics; arguments as for `match`.

    Nothing is computed before the first state is asked for; everything that can be wrong with the
    input is checked here.

    Raises:
        InputError: an image, shape or term that does not fit.
    """
    given = as_settings(settings, options, _OTHERS)
    planes = {"xy": xy, "xz": xz, "yz": yz}
    several, images, extent = _images(source, planes)
    if several and pool:
        raise InputError("pool is for a volume, these are images of several planes")
    if force and not several:
        raise InputError("force is for images of several planes, this is one image")
    made = result_shape(shape, add_dimension, extent)
    terms, chosen = _asked(images, made, descriptors, preset, limit_to, given)
    start = None if initial is None else as_microstructure(initial)
    characterize: Callable[[], Characterization]
    wanted = tuple(term.descriptor.resolved() for term in terms)
    weighted = chosen.weighting == "sampling"
    image = next(iter(images.values()))
    if several:
        phases, edges, characterize = _of_planes(images, wanted, force=force, weighted=weighted)
    else:
        check_source(image, wanted, pool=pool)
        phases, edges = image.phase_count, image.voxel_size

        def characterize() -> Characterization:
            found = replace(statistics_of(image, wanted, pool=pool), direction=direction)
            return with_sampling_errors(found, image) if weighted else found

    direction: DirectionFinding | None = None
    if len(made) == 3 and len(extent) == 2 and not several:
        direction = direction_finding(image)
    check_request(
        terms,
        made,
        chosen,
        phase_count=phases,
        voxel_size=edges,
        directional=several or (len(extent) == 3 and not pool),
        initial=start,
    )
    if len(made) == 3:
        directional = several or (len(extent) == 3 and not pool)
        check_symmetry(chosen.symmetry, edges, direction, directional=directional)
    check_levels_of_images(terms, made, images, chosen.coarse_levels)

    def prepare() -> Plan:
        check_block_weights(terms)
        found = plan(characterize(), terms, made, start, chosen)
        if shape is not None or add_dimension is not None or len(made) == 3:
            return found
        note = (
            f"no shape was given: the result is 2D, {made[0]} x {made[1]} as the image; a volume "
            "is made with --shape Z Y X or --add-dimension N (shape= in Python)"
        )
        return replace(found, notes=(note, *found.notes))

    return Run(prepare, chosen.max_iter)


def match(
    source: Image | None = None,
    shape: Sequence[int] | None = None,
    descriptors: Descriptors | None = None,
    *,
    add_dimension: int | None = None,
    xy: Image | None = None,
    xz: Image | None = None,
    yz: Image | None = None,
    force: bool = False,
    pool: bool = False,
    preset: PresetName | None = None,
    limit_to: int | None = None,
    initial: Image | None = None,
    settings: Settings | Mapping[str, Any] | None = None,
    **options: Any,
) -> RunResult:
    """Characterize a microstructure and reconstruct one with the same statistics.

    2D → 2D, 2D → 3D and 3D → 3D; and several orthogonal slices → 3D. N realizations are N seeds:
    call it with seed=0, 1, …; `mcr match --realizations N` does that, and numbers the files.

    Args:
        source: what to match: a microstructure, or the path of an image.
        shape: extent of the result, (Y, X) or (Z, Y, X). Default: that of the source.
        descriptors: as for `characterize`; here they may be terms with weights. Default: those of
            `preset`.
        add_dimension: instead of a shape, keep the extent of a 2D source and add so many planes.
        xy: instead of `source`, a 2D image with rows Y and columns X. Two or three planes are
            given, a third may be stated: `yz="as:xz"`, see `merge`.
        xz: the same with rows Z and columns X.
        yz: the same with rows Z and columns Y.
        force: match planes that disagree about an axis all the same.
        pool: of a volume, prescribe the same on the planes of all directions.
        preset: `fast`, `balanced` or `faithful` (docs/presets.md): descriptors, and settings that
            are not given; or `auto`, one of them by the shape. Default: `auto`, and none where
            `descriptors` are given.
        limit_to: longest lag + 1 in pixels, for the descriptors that have this option and do not
            set it.
        initial: a microstructure to start from (`volume`), or the path of one, instead of
            `settings.start`; resampled where it has another extent.
        settings: a `Settings`, or its fields as a dictionary.
        options: fields of `Settings`: max_iter, seed, optimizer, loss, open_result, dtype, device,
            …

    Raises:
        InputError: an image, shape or term that does not fit.
    """
    run = match_iter(
        source,
        shape,
        descriptors,
        add_dimension=add_dimension,
        xy=xy,
        xz=xz,
        yz=yz,
        force=force,
        pool=pool,
        preset=preset,
        limit_to=limit_to,
        initial=initial,
        settings=settings,
        **options,
    )
    for _ in run:
        pass
    return run.result


def requested(
    source: Image | None = None,
    shape: Sequence[int] | None = None,
    descriptors: Descriptors | None = None,
    *,
    add_dimension: int | None = None,
    xy: Image | None = None,
    xz: Image | None = None,
    yz: Image | None = None,
    preset: PresetName | None = None,
    limit_to: int | None = None,
    settings: Settings,
) -> tuple[tuple[Term, ...], Settings]:
    """Return the terms and settings that `match` would take, presets spelled out.

    Raises:
        InputError: what `match` would refuse of these arguments.
    """
    _, images, extent = _images(source, {"xy": xy, "xz": xz, "yz": yz})
    made = result_shape(shape, add_dimension, extent)
    return _asked(images, made, descriptors, preset, limit_to, settings)


def _images(
    source: Image | None, planes: Mapping[str, Image | None]
) -> tuple[bool, dict[str, Microstructure], tuple[int, ...]]:
    """Return whether planes were given, the image of each plane, and the extent of the source."""
    several = any(plane is not None for plane in planes.values())
    if several == (source is not None):
        raise InputError(
            "give an image, or images of planes by --xy, --xz and --yz (xy=, xz=, yz= in Python)"
        )
    if several:
        images = plane_images(planes)
        return True, images, extents({name: image.shape for name, image in images.items()})
    image = as_microstructure(source)
    return False, dict.fromkeys(plane_names(image.ndim), image), image.shape


def _asked(
    images: Mapping[str, Microstructure],
    shape: tuple[int, ...],
    descriptors: Descriptors | None,
    preset: PresetName | None,
    limit_to: int | None,
    settings: Settings,
) -> tuple[tuple[Term, ...], Settings]:
    planes = [
        plane_shape(image.shape, name if image.ndim == 3 else "xy")
        for name, image in images.items()
    ]
    return resolved(preset, descriptors, limit_to, settings, planes=planes, shape=shape)


_OTHERS = (
    "shape",
    "descriptors",
    "add_dimension",
    "force",
    "pool",
    "preset",
    "limit_to",
    "initial",
)


def _of_planes(
    images: Mapping[str, Microstructure],
    wanted: tuple[Descriptor, ...],
    *,
    force: bool,
    weighted: bool,
) -> tuple[int, tuple[float, ...], Callable[[], Characterization]]:
    """Check images of planes; return phases, voxel edges and what characterizes and merges."""
    for name, image in images.items():
        try:
            check_source(image, wanted)
        except InputError as error:
            raise type(error)(f"{name}: {error}") from None

    def parts(descriptors: tuple[Descriptor, ...]) -> dict[str, Characterization]:
        def part(image: Microstructure) -> Characterization:
            found = statistics_of(image, descriptors)
            return with_sampling_errors(found, image) if weighted and descriptors else found

        return for_each_image(images, part)

    basics = parts(())  # what is checked needs no TensorFlow
    notes = check_planes(basics, force=force)
    edges, _ = voxel_edges(basics)
    phases = basics["xy"].phase_count
    return phases, edges, lambda: merged(parts(wanted), notes)
