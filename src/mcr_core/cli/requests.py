"""From options of the command line to a job."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from mcr_core.errors import InputError
from mcr_core.job import ImageFile, Planes
from mcr_core.microstructure import Microstructure
from mcr_core.planes import PLANES, plane_axes
from mcr_core.settings import Settings
from mcr_core.term import Term, parse_spec, parse_term
from mcr_core.verbs.merge import plane_sources

_IMAGE = ("voxel_size", "unit", "periodic", "mask", "ignore", "plane", "channel", "frame")
_SETTINGS = (
    "weighting",
    "stop",
    "planes",
    "max_iter",
    "coarse_levels",
    "seed",
    "parametrization",
    "finish_sweeps",
    "finish_seconds",
    "finish_smoothing",
    "symmetry",
    "realizable",
    "open_result",
    "dtype",
    "phase_sum_weight",
    "device",
    "memory",
)


def image_file(path: str, given: Mapping[str, Any]) -> ImageFile:
    """Return the image that the options of `image_options` describe."""
    options = {name: given[name] for name in _IMAGE if given.get(name) is not None}
    size = options.get("voxel_size")
    if size is not None and len(size) == 1:
        options["voxel_size"] = size[0]
    threshold = given.get("threshold")
    if threshold is not None:
        options["threshold"] = _threshold(threshold)
    return ImageFile(path=path, **options)


def image_or_planes(path: str | None, given: Mapping[str, Any]) -> ImageFile | Planes:
    """Return the image that is named, or those of planes that `plane_options` name.

    Raises:
        InputError: both are given, or neither.
    """
    several = any(given[name] is not None for name in PLANES)
    if several == (path is not None):
        raise InputError("give an IMAGE, or images of planes by --xy, --xz and --yz")
    if given["force"] and not several:
        raise InputError("--force is for images of several planes, this is one image")
    return planes(given) if path is None else image_file(path, given)


def image_stack(paths: Sequence[str], given: Mapping[str, Any]) -> list[Microstructure]:
    """Return the 2D images that `--stack images` finds in files: their pages, one after another.

    Raises:
        InputError: a file cannot be read, or an option does not go with a stack.
    """
    from mcr_core.images import read

    stack: list[Microstructure] = []
    for path in paths:
        options = image_file(path, given).model_dump(exclude={"kind", "path"})
        stack += read(path, **options, stack="images")
    return stack


def planes(given: Mapping[str, Any]) -> Planes:
    """Return the images of `--xy`, `--xz` and `--yz`; the options of images hold for all of them.

    Raises:
        InputError: an option that cannot hold for several images.
    """
    for name in ("mask", "plane"):
        if given[name] is not None:
            raise InputError(
                f"--{name} is for one image, these are several planes: "
                "use --ignore, or put it into the files"
            )
    size = given["voxel_size"]
    if size is not None and len(size) not in (1, 3):
        raise InputError(f"expected 1 or 3 voxel sizes (Z Y X) of planes, got {len(size)}")
    found: dict[str, ImageFile | str] = {}
    for name in PLANES:
        text = given[name]
        if text is not None and text.startswith("as:"):
            found[name] = text
        elif text is not None:
            edges = size
            if size is not None and len(size) == 3:
                edges = tuple(size[axis] for axis in plane_axes(3, name))
            found[name] = image_file(text, {**given, "voxel_size": edges})
    plane_sources(found)
    return Planes(**found, force=given["force"])


def scale(given: Mapping[str, Any]) -> dict[str, Any]:
    """Return voxel size and unit where they are given."""
    return {name: given[name] for name in ("voxel_size", "unit") if given[name] is not None}


def given_terms(given: Mapping[str, Any]) -> list[Term] | None:
    """Return what `-d` says, or None."""
    texts: Sequence[str] = given["descriptors"]
    return [parse_term(text) for text in texts] or None


def reconstruction(given: Mapping[str, Any]) -> dict[str, Any]:
    """Return what `run_options` say, as entries of a job."""
    initial = given["initial"]
    return {
        "settings": settings(given),
        "initial": None if initial is None else {"kind": "image", "path": initial},
        **extent(given),
    }


def settings(given: Mapping[str, Any]) -> Settings:
    """Return the settings of `run_options`."""
    options = {name: given[name] for name in _SETTINGS if given.get(name) is not None}
    for name in ("optimizer", "loss", "start"):
        if given.get(name) is not None:
            word, values = parse_spec(given[name])
            options[name] = {"name": word, "options": values}
    return Settings(**options)


def extent(given: Mapping[str, Any]) -> dict[str, Any]:
    """Return `shape` and `add_dimension` of a job.

    Raises:
        InputError: both are given.
    """
    if given["shape"] is not None and given["add_dimension"] is not None:
        raise InputError("give --shape or --add-dimension, not both")
    planes = given["add_dimension"]
    if planes is not None and planes < 1:
        raise InputError(f"--add-dimension: expected 1 or more planes, got {planes}")
    return {name: given[name] for name in ("shape", "add_dimension") if given[name] is not None}


def _threshold(text: str) -> str | float | tuple[float, ...]:
    if text.startswith(("otsu", "multiotsu")):
        return text
    try:
        limits = tuple(map(float, text.split(",")))
    except ValueError:
        raise InputError(
            f"--threshold: expected otsu, multiotsu:3, a number or several, 80,160, got {text!r}"
        ) from None
    return limits[0] if len(limits) == 1 else limits
