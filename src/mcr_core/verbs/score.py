"""score: how good a result is, row by row, with what scatters naturally as the measure."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from mcr_core.characterization import Characterization
from mcr_core.descriptors import VolumeFractions
from mcr_core.errors import InputError, OptionError
from mcr_core.microstructure import Microstructure
from mcr_core.planes import PLANES
from mcr_core.scorecard.card import Scorecard
from mcr_core.scorecard.row import Row
from mcr_core.scorecard.verdict import PREDICTION
from mcr_core.verbs.characterize import check_source, statistics_of
from mcr_core.verbs.compare import check_request
from mcr_core.verbs.inputs import AnyPath, Image, as_either, as_microstructure, states_plane
from mcr_core.verbs.merge import check_planes, merged
from mcr_core.verbs.plane_images import plane_images

_LIMITS = (2, 32)

#: One target, or the slice for each of the three planes.
Wanted = Microstructure | Characterization | dict[str, Microstructure]


def score(
    result: Image,
    target: Microstructure | Characterization | AnyPath | None = None,
    truth: Image | None = None,
    *,
    xy: Image | None = None,
    xz: Image | None = None,
    yz: Image | None = None,
    limit_to: int = 8,
    seed: int = 0,
    names: tuple[str, str, str] | None = None,
) -> Scorecard:
    """Judge a reconstruction by what it was asked for, and by what it was not.

    Prescribed: phase fractions, S₂ and S₃ of the phases. Held out: lineal path, chord lengths,
    surface, Euler number, largest cluster, local thickness, percolation and effective diffusivity
    along each axis. Every difference is given in units of the natural scatter, that between
    windows of the reference; and the same for a null model, a truncated Gaussian field that knows
    the fractions and S₂ of the target alone.

    The prescribed rows are compared with the target. The held-out ones are compared with the
    truth where one is given; else with the target, where it is an image: the planes of a volume
    with a slice, or those of each axis with their own where several slices are given; and what
    a slice cannot know of a volume is a prediction.

    Args:
        result: what was reconstructed, 2D or 3D.
        target: the image or characterization it was to meet: of the same number of axes, or a
            slice for a volume.
        truth: a sample of the material, with as many axes as the result.
        xy: instead of a target, the slice with rows Y and columns X that the volume was to meet.
            Two or three are given, a third may be stated: `yz="as:xz"`, see `merge`.
        xz: the same with rows Z and columns X.
        yz: the same with rows Z and columns Y.
        limit_to: lags |dy|, |dx| ≤ limit_to − 1 are compared (those of S₃ below 8).
        seed: of the null model.
        names: what texts call result, target and truth. Default: the names of the files.

    Raises:
        InputError: another number of phases or axes, pixels of another size, or an image too
            small to be cut into windows.
        OptionError: limit_to out of its bounds.
        FileFormatError: a file is damaged or of a format that is not read.
    """
    from threadpoolctl import ThreadpoolController

    if not _LIMITS[0] <= limit_to <= _LIMITS[1]:
        raise OptionError(f"limit_to: expected from {_LIMITS[0]} to {_LIMITS[1]}, got {limit_to}")
    planes = {"xy": xy, "xz": xz, "yz": yz}
    several = any(plane is not None for plane in planes.values())
    if several == (target is not None):
        raise InputError(
            "give a target, or images of planes by --xy, --xz and --yz (xy=, xz=, yz= in Python)"
        )
    if names is None:
        called = _planes_name(planes) if several else _name(target, "target")
        names = (_name(result, "result"), called, _name(truth, "truth"))
    made = as_microstructure(result)
    wanted = _distinct(plane_images(planes)) if several else as_either(target)
    sample = None if truth is None else as_microstructure(truth)
    _check(made, wanted, sample)
    # The matrix products are small: threads of BLAS wait for each other longer than they work.
    with ThreadpoolController().limit(limits=1, user_api="blas"):
        return _scorecard(made, wanted, sample, limit_to, seed, names)


def _distinct(images: dict[str, Microstructure]) -> dict[str, Microstructure]:
    """Take equal images as one, however often they were read."""
    return {
        name: next(one for one in images.values() if one == image) for name, image in images.items()
    }


def _planes_name(planes: Mapping[str, object]) -> str:
    named = (
        f"{name}: {given if states_plane(given) else _name(given, 'slice')}"
        for name, given in planes.items()
        if given is not None
    )
    return ", ".join(named)


def _name(given: object, word: str) -> str:
    return Path(given).name if isinstance(given, (str, os.PathLike)) else word


def _check(made: Microstructure, wanted: Wanted, sample: Microstructure | None) -> None:
    if isinstance(wanted, dict):
        if made.ndim == 2:
            raise InputError("expected one slice as the target of a 2D result, got several planes")
        for name, one in wanted.items():
            try:
                check_request(made, one)
                check_source(one, ())
            except InputError as error:
                raise type(error)(f"{name}: {error}") from None
        wanted = next(iter(wanted.values()))
    for other in (wanted, sample):
        if other is not None:
            check_request(made, other)
        if isinstance(other, Microstructure):
            check_source(other, ())
    if isinstance(wanted, Microstructure) and wanted.ndim > made.ndim:
        raise InputError("expected a slice as the target of a 2D result, got a volume")
    if sample is not None and sample.ndim != made.ndim:
        raise InputError(
            f"expected a truth with as many axes as the result, {made.ndim}, got {sample.ndim}: a "
            "slice is a target"
        )


def _scorecard(
    made: Microstructure,
    wanted: Wanted,
    sample: Microstructure | None,
    limit_to: int,
    seed: int,
    names: tuple[str, str, str],
) -> Scorecard:
    from mcr_core.scorecard.null_model import null_model
    from mcr_core.scorecard.of_slice import rows_of_slices
    from mcr_core.scorecard.of_statistics import rows_of_statistics
    from mcr_core.scorecard.predictions import predictions
    from mcr_core.scorecard.same_dimension import rows_of_windows
    from mcr_core.scorecard.samples import LOCAL, PRESCRIBED, TRANSPORT

    known = _known(wanted)
    null = null_model(known, made.shape, seed)
    asked: dict[str, Any] = {"limit_to": limit_to, "phases": made.phase_names}
    held_out = () if sample is not None else LOCAL
    notes = []
    words: tuple[str, ...]
    if isinstance(wanted, Characterization):
        rows, words = rows_of_statistics(made, null, wanted, **asked)
    elif isinstance(wanted, dict):
        rows, words = rows_of_slices(made, null, wanted, known, held_out, **asked)
    elif wanted.ndim < made.ndim:
        slices = dict.fromkeys(PLANES, wanted)
        rows, words = rows_of_slices(made, null, slices, known, held_out, **asked)
        notes.append("the slice stands for the planes of all three axes")
    else:
        every = PRESCRIBED if sample is not None else (*PRESCRIBED, *LOCAL, *TRANSPORT)
        rows, words = rows_of_windows(made, null, wanted, every, compared_with="target", **asked)
    if sample is not None:
        every = (*LOCAL, *TRANSPORT)
        more, of_truth = rows_of_windows(made, null, sample, every, compared_with="truth", **asked)
        rows, words = [*rows, *more], (*words, *of_truth)
    elif not isinstance(wanted, Microstructure) or wanted.ndim < made.ndim:
        rows += predictions(made, null, **asked)
        notes.append("predictions are of the whole result and the whole null model")
    return Scorecard(
        rows=_sorted(rows),
        result_name=names[0],
        target_name=names[1],
        truth_name=names[2] if sample is not None else "",
        result_shape=made.shape,
        phase_fractions=tuple(made.phase_fractions.tolist()),
        limit_to=limit_to,
        seed=seed,
        windows=words,
        notes=tuple(notes),
        sections=_sections(made, wanted, sample, null, names),
    )


def _known(wanted: Wanted) -> Characterization:
    """Fractions and S₂ of the target."""
    if isinstance(wanted, Characterization):
        return wanted
    if isinstance(wanted, Microstructure):
        return statistics_of(wanted, ())
    # What is merged has a descriptor; this one costs nothing.
    some = (VolumeFractions(),)
    each = {id(one): statistics_of(one, some) for one in wanted.values()}
    # The run has refused planes that disagree, or was told to go on.
    parts = {name: each[id(one)] for name, one in wanted.items()}
    return merged(parts, check_planes(parts, force=True))


def _sorted(rows: Sequence[Row]) -> tuple[Row, ...]:
    """What was prescribed first, predictions last; statistics and phases together."""
    places: dict[tuple[str, str], int] = {}
    for row in rows:
        places.setdefault((row.statistic, row.phase), len(places))

    def key(row: Row) -> tuple[bool, bool, int]:
        return (
            row.family != "prescribed",
            row.verdict == PREDICTION,
            places[row.statistic, row.phase],
        )

    return tuple(sorted(rows, key=key))


def _sections(
    made: Microstructure,
    wanted: Wanted,
    sample: Microstructure | None,
    null: npt.NDArray[np.uint8],
    names: tuple[str, str, str],
) -> tuple[tuple[str, npt.NDArray[np.uint8]], ...]:
    """The middle planes of the result, and one of each of the others."""
    found = [(names[0], made.labels)]
    if made.ndim == 3:
        z, y, x = (extent // 2 for extent in made.shape)
        planes = made.labels[z], made.labels[:, y], made.labels[:, :, x]
        found = [
            (f"{names[0]}, {plane}", labels)
            for plane, labels in zip(("xy", "xz", "yz"), planes, strict=True)
        ]
    if isinstance(wanted, Microstructure):
        found.append((names[1], _middle(wanted.labels)))
    elif isinstance(wanted, dict):
        found += [(f"target, {plane}", one.labels) for plane, one in wanted.items()]
    if sample is not None:
        found.append((names[2], _middle(sample.labels)))
    found.append(("null model", _middle(null)))
    return tuple(found)


def _middle(labels: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    return labels if labels.ndim == 2 else labels[len(labels) // 2]
