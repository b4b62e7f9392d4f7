"""Findings in words."""

from __future__ import annotations

import numpy as np

from mcr_core.checks.check import Finding, Level
from mcr_core.checks.direction import Direction
from mcr_core.checks.edges import Edges
from mcr_core.checks.features import Features
from mcr_core.microstructure import Microstructure
from mcr_core.sampling.image_scatter import FractionError
from mcr_core.wording import percent

_RARE = 0.01
#: Half widths of the interval of 90 % relative to the fraction of the rarest phase.
_UNCERTAIN, _TOO_UNCERTAIN = 0.2, 1.0
_FEWEST_PIECES = 10
_COARSE = 3.0
_SPECKS = 2.0


def segmentation(image: Microstructure) -> Finding:
    """How many phases there are."""
    fractions = image.phase_fractions
    shares = ", ".join(
        f"{name} ({percent(f)})" for name, f in zip(image.phase_names, fractions, strict=True)
    )
    numbers = {"phases": image.phase_count, "fractions": [round(float(f), 6) for f in fractions]}
    if np.count_nonzero(fractions) < 2:
        text = f"One phase only: {shares}. A microstructure has two or more."
        return Finding("segmentation", "problem", text, numbers)
    text = f"{image.phase_count} phases: {shares}."
    rare = [n for n, f in zip(image.phase_names, fractions, strict=True) if f < _RARE]
    if not rare:
        return Finding("segmentation", "ok", text, numbers)
    text += (
        f" {' and '.join(rare)} take{'s' if len(rare) == 1 else ''} less than 1 %: if it is left "
        "over from segmenting (grey values at boundaries, compression), segment again."
    )
    return Finding("segmentation", "note", text, numbers)


def size(image: Microstructure, error: FractionError) -> Finding:
    """Whether the image is large enough for its phase fractions."""
    widths = [error.half_width(p) for p in range(image.phase_count)]
    present = [p for p in range(image.phase_count) if error.fractions[p] > 0]
    listed = ", ".join(
        f"{image.phase_names[p]} {error.fractions[p]:.3f} ± {widths[p]:.3f}" for p in present
    )
    worst = max(widths[p] / error.fractions[p] for p in present)
    level: Level = "ok"
    if worst > _TOO_UNCERTAIN or error.pieces < _FEWEST_PIECES:
        level = "problem"
    elif worst > _UNCERTAIN:
        level = "note"
    verdict = {
        "ok": "Large enough",
        "note": "Rather small",
        "problem": "Too small to speak for the material",
    }[level]
    text = (
        f"{verdict}: fractions with the error of one image (90 %): {listed}. It counts as about "
        f"{error.pieces:.0f} independent pieces. Three more images of this size would halve the "
        "errors."
    )
    numbers = {
        "fractions": list(error.fractions),
        "standard_errors": list(error.errors),
        "half_widths_90": widths,
        "degrees": error.degrees,
        "pieces": error.pieces,
        "more_images_to_halve": 3,
    }
    return Finding("size", level, text, numbers)


def features(image: Microstructure, found: Features, limit_to: int, levels: int) -> Finding:
    """Whether the lags of the descriptors reach as far as the features."""
    longest = (limit_to - 1) * 2 ** max(levels - 1, 0)
    thinnest = min(chord for chord in found.chords if chord > 0)
    numbers = {
        "correlated_up_to": found.reach,
        "mean_chords": list(found.chords),
        "limit_to": limit_to,
        "levels": levels,
        "longest_lag": longest,
    }
    chords = ", ".join(
        f"{name} {c:.1f}" for name, c in zip(image.phase_names, found.chords, strict=True) if c
    )
    text = f"Mean chord of phases in pixels: {chords}."
    if not found.ends:
        text += (
            f" Pixels are still correlated at {found.reach} pixels, half of the extent: the image "
            "shows too little of its largest features."
        )
        return Finding("features", "problem", text, numbers)
    text += f" Pixels are correlated up to a lag of {found.reach}."
    level: Level = "ok"
    command = ""
    if levels == 0:
        level = "problem"
        text += f" The image is too small for limit_to={limit_to}: it needs {2 * limit_to - 1}."
    elif found.reach < limit_to:
        text += f" limit_to={limit_to} reaches that far."
    elif found.reach <= longest:
        text += (
            f" limit_to={limit_to} reaches {limit_to - 1} pixels, and {longest} on coarser "
            "levels of the pyramid."
        )
    else:
        level = "note"
        longer = min(found.reach + 1, (min(image.shape) + 1) // 2)
        text += f" limit_to={limit_to} reaches {longest} at most: add S₂ of longer lags."
        command = f"-d two_point:limit_to={longer}"
    if thinnest < _COARSE:
        level = "note" if level == "ok" else level
        text += (
            f" The thinnest phase is {thinnest:.1f} pixels wide: an image of finer pixels helps."
        )
    return Finding("features", level, text, numbers, command)


def direction(image: Microstructure, found: Direction) -> Finding:
    """Whether there is a preferred direction."""
    numbers = {
        "pair": found.pair,
        "phase": found.phase,
        "difference": found.difference,
        "standard_error": found.error,
        "limit_95": found.limit,
        "lags": found.lags,
        "anisotropic": found.significant,
    }
    between = "X and Y" if found.pair == "axes" else "the two diagonals"
    fraction = float(image.phase_fractions[found.phase])
    spread = max(fraction * (1 - fraction), 1e-12)
    measured = (
        f"S₂ along {between} differs by {percent(abs(found.difference) / spread)} of v (1 − v), "
        f"the mean up to a lag of {found.lags}, by chance up to {percent(found.limit / spread)}"
    )
    if not found.significant:
        text = f"No anisotropy at 95 %: {measured}. One image may stand for the planes of all axes."
        return Finding("direction", "ok", text, numbers)
    text = (
        f"Anisotropic at 95 %: {measured}; {image.phase_names[found.phase]} is longer along "
        f"{found.longer}. One image does not stand for the planes of all three axes: for a volume "
        "give images of two or three planes, or ask for the symmetry cubic, the mean over the "
        "image's rotations and mirrorings. Of isotropic images, one in twenty looks so by chance."
    )
    return Finding("direction", "note", text, numbers, "--xy ... --xz ..., or --symmetry cubic")


def edges(image: Microstructure, found: Edges) -> Finding:
    """Whether the image looks periodic, and whether it has a frame."""
    numbers = {
        "inside": found.inside,
        "across": found.across,
        "unrelated": found.unrelated,
        "looks_periodic": found.periodic,
        "taken_as_periodic": image.periodic,
        "frame": found.frame,
    }
    level: Level = "ok"
    commands = []
    if found.periodic is None:
        text = "Whether opposite edges continue each other cannot be told."
    elif found.periodic:
        text = "Opposite edges continue each other: the image looks periodic."
        if not image.periodic:
            level = "note"
            text += " It is taken as open: say so if it was made periodic."
            commands.append("--periodic")
    else:
        text = "Opposite edges do not continue each other: an open image, as micrographs are."
        if image.periodic:
            level = "problem"
            text += " It is given as periodic: leave that out."
            commands.append("--open")
    if found.frame:
        level = "note" if level == "ok" else level
        text += (
            f" {found.frame} rows or columns at the {found.side} edge hold one phase only: if that "
            "is a frame or a scale bar, crop it or mask it."
        )
        commands.append("--mask FILE")
    return Finding("edges", level, text, numbers, ", ".join(commands))


def specks(image: Microstructure) -> Finding:
    """Single pixels that differ from all four neighbours."""
    padded = np.pad(image.labels.astype(np.int64), 1, constant_values=-1)
    centre = padded[1:-1, 1:-1]
    alone = np.ones(image.shape, bool)
    for axis in (0, 1):
        for step in (-1, 1):
            alone &= np.roll(padded, step, axis)[1:-1, 1:-1] != centre
    valid = np.ones(image.shape, bool) if image.mask is None else image.mask
    count = int(np.sum(alone & valid))
    share = 1000 * count / int(valid.sum())
    numbers = {"single_pixels": count, "per_thousand": share}
    if share <= _SPECKS:
        text = {0: "No specks of single pixels.", 1: "One speck of a single pixel."}.get(
            count, f"{count} specks of a single pixel."
        )
        return Finding("specks", "ok", text, numbers)
    text = (
        f"{count} specks of a single pixel ({share:.1f} of 1000 pixels): if they are noise, "
        "remove them first, by the median (smooth)."
    )
    return Finding("specks", "note", text, numbers, "mcr smooth IMAGE -o FILE --method median")


def mask(image: Microstructure) -> Finding | None:
    """How much the mask takes; None without one."""
    if image.mask is None:
        return None
    share = 1 - float(image.mask.mean())
    inner = image.mask.copy()
    inner[1:-1, 1:-1] = True
    touches = not bool(inner.all())
    where = "reaches the edge of the image" if touches else "lies inside of the image"
    text = (
        f"The mask leaves out {percent(share)} of the pixels and {where}: pairs of the others are "
        "counted, so features it cuts do not count as ending there."
    )
    numbers = {"masked": share, "touches_edge": touches}
    return Finding("mask", "note" if share > 0.5 else "ok", text, numbers)
