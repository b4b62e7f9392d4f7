"""Images of orthogonal planes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeVar

from mcr_core.errors import InputError
from mcr_core.microstructure import Microstructure
from mcr_core.verbs.inputs import Image, as_microstructure
from mcr_core.verbs.merge import each_plane

T = TypeVar("T")


def plane_images(planes: Mapping[str, Image | None]) -> dict[str, Microstructure]:
    """Return the image of each of the three planes, `as:` resolved: to the same object.

    Raises:
        InputError: a plane is missing, or stated as one that is not there; an image cannot be
            read, or is no 2D one.
    """
    return each_plane(planes, _image)


def for_each_image(
    images: Mapping[str, Microstructure], compute: Callable[[Microstructure], T]
) -> dict[str, T]:
    """Return what is computed of the image of each plane; of planes that share one, once."""
    distinct = {id(image): image for image in images.values()}
    found = {key: compute(image) for key, image in distinct.items()}
    return {name: found[id(image)] for name, image in images.items()}


def _image(given: object) -> Microstructure:
    image = as_microstructure(given)
    if image.ndim != 2:
        raise InputError(f"expected a 2D microstructure, got a {image.ndim}D one")
    return image
