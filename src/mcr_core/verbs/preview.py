"""preview: what a reconstruction starts from, in a second."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from mcr_core.characterization import Characterization
from mcr_core.descriptors import VolumeFractions
from mcr_core.errors import InputError
from mcr_core.microstructure import Microstructure
from mcr_core.reconstruction import finisher
from mcr_core.settings import Settings
from mcr_core.starts import Start
from mcr_core.starts.first_fields import check_start, start_fields
from mcr_core.verbs.characterize import statistics_of
from mcr_core.verbs.extent import result_shape
from mcr_core.verbs.inputs import Image, Target, as_either, as_microstructure
from mcr_core.verbs.merge import check_planes, merged
from mcr_core.verbs.plane_images import for_each_image, plane_images
from mcr_core.verbs.reconstruct import check_directions
from mcr_core.verbs.run_plan import result_template


def preview(
    source: Image | Target | None = None,
    shape: Sequence[int] | None = None,
    *,
    xy: Image | None = None,
    xz: Image | None = None,
    yz: Image | None = None,
    force: bool = False,
    add_dimension: int | None = None,
    pool: bool = False,
    seed: int = 0,
    start: Start | str | Mapping[str, Any] = "gaussian_field",
    initial: Image | None = None,
    open_result: bool = False,
) -> Microstructure:
    """Return what a reconstruction with these options starts from, with exact phase fractions.

    That is the microstructure of the first state of a run with the same seed. From the default
    start, a truncated Gaussian field, it has the fractions of the target and nearly its S₂, and
    knows nothing else of an image; a run whose target has S₃ may begin with walls. Nothing is
    iterated, and TensorFlow is not loaded.

    Args:
        source: what to match: a microstructure or the path of an image; or a characterization, or
            the path of its file (.h5).
        shape: extent of the result, (Y, X) or (Z, Y, X). Default: that of the source.
        xy: an image of this plane, rows Y, columns X, instead of `source`.
        xz: likewise, rows Z, columns X.
        yz: likewise, rows Z, columns Y. Where two are given, a third may be stated:
            `yz="as:xz"`, see `merge`.
        force: take planes that disagree about an axis all the same.
        add_dimension: instead of a shape, keep the extent of a 2D source and add so many planes.
        pool: of a volume, take the mean over the directions.
        seed: start of the random numbers.
        start: a start, its name or its specification.
        initial: a microstructure to start from, or the path of one, instead of `start`.
        open_result: call the result open; the fields are periodic all the same.

    Raises:
        InputError: a source, shape or start that does not fit.
    """
    settings = Settings(seed=seed, start=start, open_result=open_result)
    target = preview_target(source, xy=xy, xz=xz, yz=yz, force=force, pool=pool)
    made = result_shape(shape, add_dimension, target.source_shape)
    given = None if initial is None else as_microstructure(initial)
    check_directions(made, directional=target.is_directional, voxel_size=target.voxel_size)
    check_start(settings.start, given, made, target.phase_count)
    fields = start_fields(target, made, given, settings)
    template = result_template(target, made, settings)
    return finisher(template, target.phase_fractions, settings.seed)(fields)


def preview_target(
    source: Image | Target | None = None,
    *,
    xy: Image | None = None,
    xz: Image | None = None,
    yz: Image | None = None,
    force: bool = False,
    pool: bool = False,
) -> Characterization:
    """Return fractions and S₂ of a source, or what it has; for the arguments see `preview`.

    Raises:
        InputError: a source that is none, or an option that is not for it.
    """
    planes = {"xy": xy, "xz": xz, "yz": yz}
    several = any(plane is not None for plane in planes.values())
    if several == (source is not None):
        raise InputError(
            "give a source, or images of planes by --xy, --xz and --yz (xy=, xz=, yz= in Python)"
        )
    if force and not several:
        raise InputError("force is for images of several planes, this is one source")
    given: Microstructure | Characterization = (
        _of_planes(planes, force=force) if several else as_either(source)
    )
    if isinstance(given, Microstructure):
        return statistics_of(given, (), pool=pool)
    if pool:
        raise InputError("pool is for a volume: characterize it with pool instead")
    return given


def _of_planes(planes: Mapping[str, Image | None], *, force: bool) -> Characterization:
    """What images of planes say of fractions and S₂: of one descriptor, and the quickest."""
    wanted = (VolumeFractions(),)
    parts = for_each_image(plane_images(planes), lambda image: statistics_of(image, wanted))
    return merged(parts, check_planes(parts, force=force))
