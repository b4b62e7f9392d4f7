"""check: what an image is good for, before a run."""

from __future__ import annotations

import os
from pathlib import Path

from mcr_core.checks import findings
from mcr_core.checks.advice import advice
from mcr_core.checks.check import Check, not_segmented
from mcr_core.checks.direction import measure_direction
from mcr_core.checks.edges import measure_edges
from mcr_core.checks.features import measure_features
from mcr_core.descriptors import Correlations
from mcr_core.errors import GreyImageError, InputError
from mcr_core.microstructure import Microstructure
from mcr_core.sampling import fraction_error
from mcr_core.verbs.inputs import Image, as_microstructure


def check(image: Image, *, limit_to: int = 8) -> Check:
    """Look at a 2D image before a run.

    Is it segmented, how many phases has it, how far may its fractions be from those of the
    material, do the descriptors reach as far as its features, has it a preferred direction, does it
    look periodic, has it specks, a frame or a mask; and what to run it with. docs/check.md has the
    formulas.

    Args:
        image: a microstructure, or the path of an image. One with too many values for phases is
            not refused: that it is not segmented is the finding.
        limit_to: longest lag + 1 in pixels that descriptors are to have.

    Raises:
        InputError: a volume, a limit below 2, or a file that cannot be read.
    """
    if limit_to < 2:
        raise InputError(f"expected a limit_to of 2 or more, got {limit_to}")
    try:
        microstructure = as_microstructure(image)
    except GreyImageError as error:
        return not_segmented(_without_file(str(error), image))
    return of_microstructure(microstructure, limit_to)


def of_microstructure(image: Microstructure, limit_to: int) -> Check:
    """Look at a segmented 2D image; see `check`."""
    if image.ndim != 2:
        raise InputError(
            "expected a 2D image, got a volume: check one of its planes, --plane Z "
            "(microstructure.plane(z) in Python)"
        )
    phases = findings.segmentation(image)
    shape = (image.shape[0], image.shape[1])
    if phases.level == "problem" or min(shape) < 4:
        if min(shape) < 4:
            raise InputError(
                f"expected an image of at least 4 x 4 pixels, got {shape[0]} x {shape[1]}"
            )
        return Check((phases,), shape)
    error = fraction_error(image)
    measured = measure_features(image)
    direction = measure_direction(image, measured.reach)
    levels = Correlations(limit_to=min(limit_to, 64)).levels(*shape)
    found = [
        phases,
        findings.size(image, error),
        findings.features(image, measured, limit_to, levels),
        findings.direction(image, direction),
        findings.edges(image, measure_edges(image)),
        findings.specks(image),
        findings.mask(image),
        advice(image, measured, direction, error.fractions),
    ]
    return Check(tuple(one for one in found if one is not None), shape)


def _without_file(reason: str, image: Image) -> str:
    """The reason alone, where the name of the file stands before it."""
    if isinstance(image, (str, os.PathLike)):
        for name in (str(image), Path(image).name):
            reason = reason.removeprefix(f"{name}: ")
    return reason
