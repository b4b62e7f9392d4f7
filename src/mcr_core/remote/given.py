"""What verbs of the child are given: images and characterizations that come as data."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import Field

from mcr_core.characterization import Characterization
from mcr_core.errors import InputError
from mcr_core.job import Job
from mcr_core.microstructure import Microstructure
from mcr_core.plugin import Frozen
from mcr_core.sources import CharacterizationFile, ImageFile, Inline, Planes

Data = Mapping[str, Any]


class _Given(Frozen):
    """An image or a characterization that came as data."""

    source: ImageFile | Inline | CharacterizationFile = Field(discriminator="kind")


def given_either(source: Data) -> Microstructure | Characterization:
    """Return the image or the characterization of a source."""
    return _Given(source=source).source.load()


def given_image(source: Data) -> Microstructure:
    """Return the image of a source.

    Raises:
        InputError: it is a characterization.
    """
    found = given_either(source)
    if not isinstance(found, Microstructure):
        raise InputError("expected an image, got a characterization")
    return found


def given_target(source: Data) -> Characterization:
    """Return the characterization of a source.

    Raises:
        InputError: it is an image.
    """
    found = given_either(source)
    if not isinstance(found, Characterization):
        raise InputError("expected a characterization, got an image: characterize it first")
    return found


def of_job(job: Job) -> dict[str, Any]:
    """What `plan` takes, of a job; of several images of planes, one stands for all."""
    settings = job.settings
    if isinstance(job.source, Planes):
        images = [one for one in job.source.load().values() if isinstance(one, Microstructure)]
        source: Any = images[0]
        # Each image has an axis of planes of its own: it may have a preferred direction.
        settings = settings.model_copy(update={"symmetry": "none"})
    else:
        source = job.source.load()
    given = {
        "source": source,
        "shape": job.shape,
        "descriptors": job.terms,
        "add_dimension": job.add_dimension,
        "initial": None if job.initial is None else job.initial.load(),
        "settings": settings,
    }
    if isinstance(source, Microstructure):
        given |= {"pool": job.pool, "preset": job.preset, "limit_to": job.limit_to}
    return given
