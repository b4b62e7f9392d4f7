"""Images of orthogonal planes."""

from __future__ import annotations

import os
from collections.abc import Mapping

from mcr_core.errors import InputError
from mcr_core.microstructure import Microstructure
from mcr_core.planes import PLANES
from mcr_core.verbs.inputs import Image, as_microstructure
from mcr_core.verbs.merge import plane_sources


def plane_images(planes: Mapping[str, Image | None]) -> dict[str, Microstructure]:
    """Return the image of each of the three planes, `as:` resolved: to the same object.

    Raises:
        InputError: a plane is missing, or stated as one that is not there; an image cannot be
            read, or is no 2D one.
    """
    files: dict[str, Microstructure] = {}
    images: dict[str, Microstructure] = {}
    for name, source in plane_sources(planes).items():
        if source in images:
            images[name] = images[source]
            continue
        given = planes[source]
        key = os.path.realpath(given) if isinstance(given, (str, os.PathLike)) else ""
        try:
            image = files[key] if key in files else as_microstructure(given)
        except InputError as error:
            raise type(error)(f"{source}: {error}") from None
        if key:
            files[key] = image
        if image.ndim != 2:
            raise InputError(f"{source}: expected a 2D microstructure, got a {image.ndim}D one")
        images[name] = image
    return {name: images[name] for name in PLANES}
