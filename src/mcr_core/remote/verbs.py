"""What the child does besides runs: verbs that answer once, from JSON data to JSON data.

Images and characterizations are given as sources of a job (`mcr_core.sources`): inside of the
message, or as files. Characterizations are answered as files, as they are what `read` takes again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from mcr_core.characterization import Characterization
from mcr_core.characterization_file import write_characterization
from mcr_core.errors import GreyImageError, OptionError
from mcr_core.job import Job
from mcr_core.microstructure import Microstructure
from mcr_core.remote.given import (
    Data,
    given_either,
    given_image,
    given_target,
    of_job,
)
from mcr_core.sources import Planes
from mcr_core.verbs.preview import preview_target


@dataclass(frozen=True, eq=False)
class Reply:
    """What a verb gives.

    Attributes:
        content: JSON data.
        microstructure: for verbs that make one.
    """

    content: dict[str, Any]
    microstructure: Microstructure | None = None


def perform(verb: str, arguments: Data) -> Reply:
    """Do what is asked.

    Raises:
        OptionError: no such verb, or arguments that it does not have.
        McrError: what the verb raises.
    """
    if verb not in VERBS:
        raise OptionError(f"unknown verb {verb!r}: one of {', '.join(VERBS)}")
    return VERBS[verb](**arguments)


def _check(source: Data, *, limit_to: int = 8) -> Reply:
    """`Check.as_dict()`."""
    from mcr_core.checks.check import not_segmented
    from mcr_core.verbs.check import check

    try:
        return Reply(check(given_image(source), limit_to=limit_to).as_dict())
    except GreyImageError as error:
        return Reply(not_segmented(str(error)).as_dict())


def _estimate(job: Data, *, timed: bool = True) -> Reply:
    """What a run would take: `memory` and `limit` in bytes, `fits`, and `seconds` in all.

    The seconds, see `expected_seconds`, take some themselves: None unless `timed`, where the memory
    does not suffice, or where the run ends before its pace is known.
    """
    from mcr_core.verbs.expected_time import expected_seconds
    from mcr_core.verbs.plan import plan

    parsed = Job.parse(job)
    found = plan(**of_job(parsed))
    content: dict[str, Any] = {
        "shape": list(found.shape),
        "memory": found.memory.total,
        "limit": found.limit,
        "fits": found.fits,
        "device": found.device,
        "seconds": None,
    }
    if timed and found.fits:
        content["seconds"] = expected_seconds(parsed, found.shape)
    return Reply(content)


def _preview(job: Data) -> Reply:
    """The microstructure that a run would start from, and how far its S₂ is off."""
    from mcr_core.two_point_error import two_point_error
    from mcr_core.verbs.preview import preview

    parsed = Job.parse(job)
    given = of_job(parsed)
    if isinstance(parsed.source, Planes):
        planes: dict[str, Any] = {**parsed.source.load(), "force": parsed.source.force}
        target = preview_target(**planes)
    else:
        target = preview_target(given["source"], pool=parsed.pool)
    made = preview(
        target,
        parsed.shape,
        add_dimension=parsed.add_dimension,
        seed=parsed.settings.seed,
        start=parsed.settings.start,
        initial=given["initial"],
        open_result=parsed.settings.open_result,
    )
    error = two_point_error(made, target)
    return Reply({"two_point_error": error.mean, "limit_to": error.limit_to}, made)


def _characterize(sources: Sequence[Data], output: str, **options: Any) -> Reply:
    """Write the characterization of one image, or the mean over several, to `output`."""
    from mcr_core.verbs.characterize import characterize

    images = [given_image(source) for source in sources]
    return _written(output, characterize(images[0] if len(images) == 1 else images, **options))


def _merge(planes: Mapping[str, Data | str], output: str, *, force: bool = False) -> Reply:
    """Write the characterization of orthogonal planes to `output`; a plane may be `as:xy`."""
    from mcr_core.verbs.merge import merge

    sides = {
        name: one if isinstance(one, str) else given_target(one) for name, one in planes.items()
    }
    return _written(output, merge(**sides, force=force))


def _interpolate(ends: Sequence[Data], outputs: Sequence[str]) -> Reply:
    """Write as many characterizations between others as there are outputs, ends included."""
    from mcr_core.verbs.interpolate import interpolate

    found = interpolate(*map(given_target, ends), steps=len(outputs))
    for output, one in zip(outputs, found, strict=True):
        _written(output, one)
    return Reply({"paths": list(outputs), "notes": list(found[0].notes)})


def _smooth(source: Data, **options: Any) -> Reply:
    """The smoothed microstructure, and what that has changed, in words."""
    from mcr_core.surface_change import change, change_text
    from mcr_core.verbs.smooth import smooth

    ragged = given_image(source)
    made = smooth(ragged, **options)
    return Reply({"change": change_text(change(ragged, made))}, made)


def _score(
    result: Data,
    target: Data,
    truth: Data | None = None,
    *,
    html: str | None = None,
    **options: Any,
) -> Reply:
    """`Scorecard.to_json()`, the table as `heads` and `cells`; and the page, if a path is given."""
    from mcr_core.scorecard.files import write_scorecard
    from mcr_core.verbs.score import score

    several = target.get("kind") == "planes"
    wanted = Planes(**target).load() if several else {"target": given_either(target)}
    if truth is not None:
        wanted["truth"] = given_image(truth)
    card = score(given_image(result), **wanted, **options)
    if html is not None:
        write_scorecard(html, card, overwrite=True)
    heads, cells = card.cells()
    return Reply({**card.to_json(), "heads": list(heads), "cells": [list(row) for row in cells]})


def _export(
    source: Data, output: str, *, job: Data | None = None, overwrite: bool = False
) -> Reply:
    """Write a microstructure as a file, see `export`."""
    from mcr_core.verbs.export import export

    return Reply({"path": str(export(given_image(source), output, job=job, overwrite=overwrite))})


def _place(source: Data, what: Any, phase: int) -> Reply:
    """Where the largest cluster or the thickest spot of a phase is; and its voxels, as phase 1."""
    from mcr_core.scorecard.places import place

    image = given_image(source)
    found = place(image, what, phase)
    content = {
        "position": list(found.position),
        "voxels": found.voxels,
        "share": found.share,
        "diameter": found.diameter,
    }
    part = Microstructure.from_array(
        found.part,
        phase_values=(0, 1),
        phase_names=("elsewhere", what),
        voxel_size=image.voxel_size,
        unit=image.unit,
        periodic=image.periodic,
    )
    return Reply(content, part)


def _written(output: str, found: Characterization) -> Reply:
    file = write_characterization(output, found, overwrite=True)
    return Reply({"path": str(file), "notes": list(found.notes)})


VERBS: Mapping[str, Callable[..., Reply]] = MappingProxyType(
    {
        "characterize": _characterize,
        "check": _check,
        "estimate": _estimate,
        "export": _export,
        "interpolate": _interpolate,
        "merge": _merge,
        "place": _place,
        "preview": _preview,
        "score": _score,
        "smooth": _smooth,
    }
)
