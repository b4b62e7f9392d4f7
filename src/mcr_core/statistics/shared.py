"""What several characterizations share: only that can be compared, averaged or interpolated."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import replace

from mcr_core.characterization import Characterization, Levels, PlaneStatistics
from mcr_core.descriptors import Descriptor
from mcr_core.errors import InputError
from mcr_core.images.scale import same_scale
from mcr_core.statistics.directional import directional
from mcr_core.statistics.shared_blocks import cut_levels, cut_window, smallest_levels
from mcr_core.wording import descriptor_name

#: The option that says how far a descriptor reaches, and nothing of what it means.
_RANGE = "limit_to"

Characterizations = tuple[Characterization, ...]


def common(characterizations: Sequence[Characterization]) -> tuple[Characterizations, list[str]]:
    """Reduce characterizations to the descriptors, planes, levels, entries and lags that all have.

    Descriptors are the same if their options are, `limit_to` aside: the shortest is taken. Where
    some have statistics per direction and others do not, the latter take theirs (the mean over
    the symmetries of the square) for every direction. Voxel sizes are not looked at: see
    `check_scale`.

    Args:
        characterizations: one or more.

    Returns:
        The reduced ones, in their order: their arrays have the same shapes. And what was left
        out, a sentence each; nothing if all are alike.

    Raises:
        InputError: the phases differ, or no descriptor is shared.
    """
    check_phases(characterizations)
    turned = _same_planes(characterizations)
    notes = []
    if any(len(a.planes) != len(b.planes) for a, b in zip(turned, characterizations, strict=True)):
        notes.append(
            "some have statistics per direction, some do not: those count for every direction"
        )
    picked, left_out = same_descriptors(turned)
    reduced = list(picked)
    for name in picked[0].planes:
        rows = shared_planes(picked[0].descriptors, [each.planes[name] for each in picked])
        for n, statistics in enumerate(rows):
            reduced[n] = replace(reduced[n], planes={**reduced[n].planes, name: statistics})
    for index, descriptor in enumerate(picked[0].descriptors):
        if descriptor.volumetric:
            smallest = smallest_levels([each.volume[index] for each in picked])
            for n, each in enumerate(reduced):
                volume = list(each.volume)
                volume[index] = cut_levels(volume[index], descriptor, descriptor, smallest)
                reduced[n] = replace(each, volume=tuple(volume))
    return tuple(reduced), [*notes, *left_out, *_what_is_cut(picked, reduced[0])]


def check_phases(characterizations: Sequence[Characterization]) -> None:
    """Check that all have the phases of the first.

    Raises:
        InputError: they have not.
    """
    first = characterizations[0].phase_values
    for other in characterizations[1:]:
        if other.phase_values != first:
            values = [", ".join(f"{v:g}" for v in some) for some in (first, other.phase_values)]
            raise InputError(
                f"expected the same phases, got those of the values {' and '.join(values)}"
            )


def check_scale(characterizations: Sequence[Characterization]) -> None:
    """Check that the pixels of all have the size of the first's: lags count pixels.

    Raises:
        InputError: they have not.
    """
    first = characterizations[0]
    for other in characterizations[1:]:
        axes = min(len(first.voxel_size), len(other.voxel_size))
        sizes = first.voxel_size[-axes:], other.voxel_size[-axes:]
        if not same_scale(sizes[0], first.unit, sizes[1], other.unit):
            texts = (
                f"{' x '.join(f'{edge:g}' for edge in c.voxel_size)} {c.unit}"
                for c in (first, other)
            )
            raise InputError(
                f"expected pixels of one size, got {' and '.join(texts)}: resample an image, or "
                "characterize again with --voxel-size and --unit"
            )


def common_preset(characterizations: Iterable[Characterization]) -> str | None:
    """Return the preset that all were made with; None where they differ."""
    presets = {one.preset for one in characterizations}
    return presets.pop() if len(presets) == 1 else None


def shared_planes(
    descriptors: Sequence[Descriptor], rows: Sequence[PlaneStatistics]
) -> list[PlaneStatistics]:
    """Reduce statistics of the same descriptors to the levels, entries and lags that all have."""
    smallest = [smallest_levels(levels) for levels in zip(*(r.values for r in rows), strict=True)]

    def cut(values: tuple[Levels, ...]) -> tuple[Levels, ...]:
        return tuple(
            cut_levels(levels, descriptor, descriptor, shapes)
            for levels, descriptor, shapes in zip(values, descriptors, smallest, strict=True)
        )

    extents = [row.pairs.shape for row in rows]
    return [
        PlaneStatistics(
            values=cut(row.values),
            phase_fractions=row.phase_fractions,
            s2=cut_window(row.s2, extents),
            pairs=cut_window(row.pairs, extents),
            errors=None
            if row.errors is None
            else replace(
                row.errors,
                values=cut(row.errors.values),
                s2=cut_window(row.errors.s2, extents),
            ),
        )
        for row in rows
    ]


def same_descriptors(
    characterizations: Sequence[Characterization],
) -> tuple[Characterizations, list[str]]:
    """Keep the descriptors that all have, of those that differ in `limit_to` the shortest.

    Levels and lags stay as they are. What was left out is said, a sentence each.

    Raises:
        InputError: there is none, or its values cannot be cut.
    """
    pairings = [_pairing(characterizations[0], other) for other in characterizations]
    kept = [row for row in zip(*pairings, strict=True) if None not in row]
    if not kept:
        listed = (", ".join(d.name for d in c.descriptors) for c in characterizations)
        raise InputError(
            "expected descriptors that all have with the same options, got "
            f"{' and '.join(listed)}: characterize again with the same ones"
        )
    wanted, owners, notes = [], [], []
    for row in kept:
        candidates = [c.descriptors[i] for c, i in zip(characterizations, row, strict=True)]
        # A descriptor without a limit has as many lags as its image allows.
        ranges = [getattr(candidate, _RANGE, None) or math.inf for candidate in candidates]
        owner = ranges.index(min(ranges))
        wanted.append(candidates[owner])
        owners.append(owner)
        if len(set(ranges)) > 1:
            notes.append(f"{wanted[-1].name} with limit_to={min(ranges)}, the smallest of them")
    picked = []
    for n, each in enumerate(characterizations):
        positions = [row[n] for row in kept]
        templates = [
            (characterizations[owner], row[owner]) for owner, row in zip(owners, kept, strict=True)
        ]
        picked.append(_picked(each, positions, tuple(wanted), templates))
    left_out = _left_out(characterizations, kept)
    if left_out:
        notes.append(f"without {', '.join(left_out)}, which not all have")
    return tuple(picked), notes


def _left_out(
    characterizations: Sequence[Characterization], kept: Sequence[Sequence[int | None]]
) -> list[str]:
    """Names of the descriptors that were not kept, with their options where the name is kept."""
    names = {characterizations[0].descriptors[row[0]].name for row in kept if row[0] is not None}
    found: set[str] = set()
    for n, each in enumerate(characterizations):
        used = {row[n] for row in kept}
        for descriptor in (d for i, d in enumerate(each.descriptors) if i not in used):
            where = " of volumes" if descriptor.volumetric else ""
            known = descriptor.name in names
            found.add(f"{descriptor_name(descriptor)}{where}" if known else descriptor.name)
    return sorted(found)


def _pairing(first: Characterization, other: Characterization) -> list[int | None]:
    """Position in the other of every descriptor of the first; None if it has no such one."""
    found: list[int | None] = [
        other.descriptors.index(d) if d in other.descriptors else None for d in first.descriptors
    ]
    free = [i for i in range(len(other.descriptors)) if i not in found]
    for n, descriptor in enumerate(first.descriptors):
        near = [i for i in free if _meaning(other.descriptors[i]) == _meaning(descriptor)]
        if found[n] is None and near:
            found[n] = near[0]
            free.remove(near[0])
    for n, i in enumerate(found):
        if (
            i is not None
            and other.descriptors[i].volumetric
            and not (first.volume and other.volume)
        ):
            found[n] = None
    return found


def _meaning(descriptor: Descriptor) -> tuple[object, ...]:
    """What decides whether the values of two descriptors can be compared."""
    options = descriptor.model_dump(mode="json", exclude={_RANGE})
    return descriptor.name, sorted(options.items())


def _picked(
    source: Characterization,
    positions: Sequence[int | None],
    wanted: tuple[Descriptor, ...],
    templates: Sequence[tuple[Characterization, int | None]],
) -> Characterization:
    """Pick descriptors, whose values are cut to the shapes that others of `limit_to` have."""

    def pick(values: tuple[Levels, ...], of_planes: bool) -> tuple[Levels, ...]:
        result = []
        for position, descriptor, (other, place) in zip(positions, wanted, templates, strict=True):
            if position is None or place is None:
                continue
            one = next(iter(other.planes.values())).values if of_planes else other.volume
            levels = values[position]
            own = source.descriptors[position]
            if own != descriptor:
                shapes = smallest_levels([one[place]])[:1] * len(levels)
                levels = cut_levels(levels, own, descriptor, shapes)
            result.append(levels)
        return tuple(result)

    planes = {}
    for name, row in source.planes.items():
        errors = row.errors
        if errors is not None:
            errors = replace(errors, values=pick(errors.values, True))
        planes[name] = replace(row, values=pick(row.values, True), errors=errors)
    volume = pick(source.volume, False) if source.volume else ()
    kept = volume if any(volume) else ()
    return replace(source, descriptors=wanted, planes=planes, volume=kept)


def _same_planes(characterizations: Sequence[Characterization]) -> list[Characterization]:
    if any(each.is_directional for each in characterizations):
        return [each if each.is_directional else directional(each) for each in characterizations]
    if not any("cubic" in each.planes for each in characterizations):
        return list(characterizations)
    return [
        replace(each, planes={"cubic": each.planes["all"], **each.planes})
        for each in characterizations
    ]


def _what_is_cut(before: Sequence[Characterization], after: Characterization) -> list[str]:
    """What the reduction to shared levels, entries and lags has left out."""
    found: dict[tuple[str, str], list[str]] = {}
    names = [name for name in after.planes if name != "cubic"]
    for name in names:
        row = after.planes[name]
        rows = [each.planes[name] for each in before]
        for index, descriptor in enumerate(after.descriptors):
            kept, most = len(row.values[index]), max(len(r.values[index]) for r in rows)
            if kept < most:
                what = descriptor.name, f"the {kept} finest of {most} levels"
                found.setdefault(what, []).append(name)
        if any(r.pairs.shape != row.pairs.shape for r in rows):
            reach = " x ".join(str((n - 1) // 2) for n in row.pairs.shape)
            found.setdefault(("S2", f"lags up to {reach} pixels"), []).append(name)
    return [
        f"{what}: {kept}"
        if where == names
        else f"{what} of the {' and '.join(where)} planes: {kept}"
        for (what, kept), where in found.items()
    ]
