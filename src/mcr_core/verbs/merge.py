"""merge: statistics of orthogonal planes → statistics per direction of a volume."""

from __future__ import annotations

import itertools
import logging
import math
import os
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TypeVar

import numpy as np

from mcr_core.characterization import Characterization
from mcr_core.errors import InputError
from mcr_core.images.scale import same_scale
from mcr_core.microstructure import field_phases
from mcr_core.planes import PLANES, plane_axes
from mcr_core.statistics.shared import check_phases, common_preset, same_descriptors
from mcr_core.statistics.shared_axes import NOTED, axis_differences, fraction_scatter
from mcr_core.verbs.inputs import Target, as_characterization, states_plane

log = logging.getLogger("mcr_core.merge")

T = TypeVar("T")

_AXES = "ZYX"


def merge(
    *,
    xy: Target | None = None,
    xz: Target | None = None,
    yz: Target | None = None,
    force: bool = False,
) -> Characterization:
    """Merge characterizations of orthogonal planes into one of a volume, {Dx, Dy, Dz}.

    The planes are named, not ordered: `xy` has rows Y and columns X, `xz` rows Z and columns X,
    `yz` rows Z and columns Y (the Dz, Dy and Dx of the literature). Two or three are given; a third
    is stated: `yz="as:xz"` has the statistics of `xz`, its rows as rows and its columns as columns.

    Two planes share an axis, and a volume has one S₂ along it. Where two planes differ there by
    more than 2.5 times what sampling explains, or in a phase fraction, this is logged and kept in
    `notes`; a difference of more than 3.5 times and of more than 0.2 in the autocorrelation
    coefficient is refused: no volume has both (a slice elongated along X can be `xy` and `xz`, but
    not `yz`). See `statistics.shared_axes`. The prescribed fractions are the means over the three
    planes.

    Args:
        xy: characterization of 2D images (or pooled), or the path of its file (.h5), or `as:xz` or
            `as:yz`.
        xz: the same for this plane.
        yz: the same for this plane.
        force: merge planes that disagree about an axis all the same.

    Returns:
        Statistics per plane, on the descriptors that all have. Voxel size (Z, Y, X), checked on
        shared axes; source shape: the smallest extent along each axis.

    Raises:
        InputError: a plane is missing, or pixel sizes, phases or descriptors differ; the planes
            are those of no volume.
    """
    parts = stated(xy=xy, xz=xz, yz=yz)
    target = merged(parts, check_planes(parts, force=force))
    for note in target.notes:
        log.warning("%s", note)
    return target


def stated(**planes: Target | None) -> dict[str, Characterization]:
    """Return the characterization of each of the three planes, `as:` resolved, files read.

    Raises:
        InputError: a plane is missing, or stated as one that is not there.
    """
    return each_plane(planes, _of_images)


def each_plane(planes: Mapping[str, object], load: Callable[[object], T]) -> dict[str, T]:
    """Return what is loaded for each of the three planes; for `as:`, and for one file, one object.

    Raises:
        InputError: a plane is missing, or stated as one that is not there; or what `load` raises.
    """
    found: dict[object, T] = {}
    parts = {}
    for name, source in plane_sources(planes).items():
        given = planes[source]
        # One file in two planes is one image, and counted as such.
        key = os.path.realpath(given) if isinstance(given, (str, os.PathLike)) else id(given)
        if key not in found:
            try:
                found[key] = load(given)
            except InputError as error:
                raise type(error)(f"{source}: {error}") from None
        parts[name] = found[key]
    return parts


def _of_images(given: object) -> Characterization:
    part = as_characterization(given)
    if part.is_directional:
        raise InputError(
            "expected the characterization of 2D images or a pooled one, this one has the planes "
            f"{', '.join(part.planes)} of a volume: it is merged already"
        )
    return part


def plane_sources(planes: Mapping[str, object]) -> dict[str, str]:
    """Return, for each of the three planes, the name of the plane whose statistics it takes.

    Raises:
        InputError: a plane is missing, unknown, or stated as one that is not there.
    """
    strange = set(planes) - set(PLANES)
    if strange:
        raise InputError(f"expected the planes xy, xz and yz, got {', '.join(map(repr, strange))}")
    given = [
        name for name in PLANES if planes.get(name) is not None and not states_plane(planes[name])
    ]
    sources = {}
    for name in PLANES:
        what = planes.get(name)
        if what is None:
            if len(given) < 2:
                raise InputError(
                    "expected images of 2 or 3 orthogonal planes (xy, xz, yz), got "
                    f"{', '.join(given) or 'none'}"
                )
            raise InputError(
                f"the plane {name} is missing: say which one it is like, as:{given[0]} or "
                f"as:{given[1]} (rows as rows, columns as columns)",
                command=f"--{name} as:{given[0]} or --{name} as:{given[1]}",
            )
        source = name
        if isinstance(what, str) and states_plane(what):
            source = what.removeprefix("as:")
            if source not in given or source == what:
                listed = " or ".join(f"as:{other}" for other in given)
                raise InputError(f"{name}: expected {listed or 'an image'}, got {what!r}")
        sources[name] = source
    return sources


def check_planes(parts: Mapping[str, Characterization], *, force: bool) -> list[str]:
    """Check that three characterizations can be those of the planes of one volume.

    Their descriptors are not looked at.

    Returns:
        What the user should know, a sentence each.

    Raises:
        InputError: they cannot.
    """
    check_phases(list(parts.values()))
    voxel_edges(parts)
    names = parts["xy"].phase_names
    notes = [*_fraction_notes(parts), *_boundary_notes(parts)]
    rows = {name: part.planes["all"] for name, part in parts.items()}
    for difference in axis_differences(rows, len(names)):
        if difference.times <= NOTED:
            continue
        text = difference.text(repr(names[difference.phase]))
        if difference.excluded and not force:
            raise InputError(
                f"{text}: no volume has both. Check which image lies in which plane (rows and "
                "columns are Y X in xy, Z X in xz, Z Y in yz; turn the image if need be), or merge "
                "them all the same with force",
                command="--force",
            )
        notes.append(text)
    return notes


def merged(parts: Mapping[str, Characterization], notes: list[str]) -> Characterization:
    """Put characterizations of the three planes together, once they are checked."""
    picked, left_out = same_descriptors(
        # The values of whole volumes are no statistics of a plane.
        [replace(parts[name], volume=(), prescribed={}) for name in PLANES]
    )
    edges, unit = voxel_edges(parts)
    given = {id(part): part for part in parts.values()}.values()
    carried = dict.fromkeys(note for part in given for note in part.notes)
    return replace(
        picked[0],
        planes={name: part.planes["all"] for name, part in zip(PLANES, picked, strict=True)},
        voxel_size=edges,
        unit=unit,
        source_shape=extents(
            {name: part.source_shape[-2:] for name, part in zip(PLANES, picked, strict=True)}
        ),
        periodic=all(part.periodic for part in given),
        masked=any(part.masked for part in given),
        images=sum(part.images for part in given),
        volume=(),
        direction=None,
        preset=common_preset(parts.values()),
        notes=(*carried, *left_out, *notes),
    )


def extents(shapes: Mapping[str, tuple[int, ...]]) -> tuple[int, ...]:
    """The smallest extent along Z, Y and X of planes of these shapes."""
    found: list[list[int]] = [[], [], []]
    for name, shape in shapes.items():
        for axis, extent in zip(plane_axes(3, name), shape, strict=True):
            found[axis].append(extent)
    return tuple(map(min, found))


def voxel_edges(parts: Mapping[str, Characterization]) -> tuple[tuple[float, ...], str]:
    """Edges of a voxel (Z, Y, X) and their unit, from the pixels of three planes.

    Raises:
        InputError: the planes disagree.
    """
    edges: dict[int, tuple[float, str, str]] = {}
    for name, part in parts.items():
        for axis, edge in zip(plane_axes(3, name), part.voxel_size[-2:], strict=True):
            known, unit, other = edges.setdefault(axis, (edge, part.unit, name))
            if not same_scale([known], unit, [edge], part.unit):
                raise InputError(
                    f"the pixels of {other} and {name} differ along {_AXES[axis]}: "
                    f"{known:g} {unit} and {edge:g} {part.unit}: resample an image, or give the "
                    "right --voxel-size and --unit when characterizing it"
                )
    return tuple(edges[axis][0] for axis in range(3)), edges[0][1]


def _fraction_notes(parts: Mapping[str, Characterization]) -> list[str]:
    notes = []
    names = parts["xy"].phase_names
    rows = {name: part.planes["all"] for name, part in parts.items()}
    means = np.mean([row.phase_fractions for row in rows.values()], axis=0)
    for phase in field_phases(len(names)):
        worst: tuple[float, str, str] = (0.0, "", "")
        for first, second in itertools.combinations(PLANES, 2):
            scatter = math.hypot(*(fraction_scatter(rows[n], phase) for n in (first, second)))
            one, other = (float(rows[name].phase_fractions[phase]) for name in (first, second))
            if one != other:
                worst = max(worst, (abs(one - other) / max(scatter, 1e-9), first, second))
        times, first, second = worst
        if times > NOTED:
            one, other = (float(rows[name].phase_fractions[phase]) for name in (first, second))
            notes.append(
                f"the fraction of {names[phase]!r} is {one:.4f} in {first} and {other:.4f} in "
                f"{second}, {times:.1f} times the scatter of sampling: prescribed is the mean over "
                f"the planes, {means[phase]:.4f}"
            )
    return notes


def _boundary_notes(parts: Mapping[str, Characterization]) -> list[str]:
    periodic = [name for name, part in parts.items() if part.periodic]
    if len(periodic) in (0, len(parts)):
        return []
    return [f"taken for periodic: {', '.join(periodic)} only; the other planes are open"]
