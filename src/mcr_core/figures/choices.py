"""What can be drawn of one or several characterizations, one picture at a time."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from mcr_core.characterization import Characterization
from mcr_core.planes import PLANES
from mcr_core.wording import descriptor_name, field_names, level_name


@dataclass(frozen=True)
class Statistic:
    """What can be drawn of characterizations; see `choices`.

    Attributes:
        title: for people.
        key: the same for the same statistic of other characterizations.
        phases: names of the phase fields of which one is drawn; none if all are.
        planes: kinds of planes of which one is drawn; none if it has none.
    """

    title: str
    key: tuple[Literal["fractions", "s2", "map", "descriptor"], str, int, int]
    phases: tuple[str, ...] = ()
    planes: tuple[str, ...] = ()


def choices(sources: Iterable[Characterization]) -> list[Statistic]:
    """Return what can be drawn of at least one of the characterizations, in a fixed order.

    Fractions and S₂ first, then the descriptors in the order in which they come; descriptors of
    one name are one statistic, whatever their options. A 2D image stands for the planes of all
    axes of a volume.
    """
    given = list(sources)
    if not given:
        return []
    planes = PLANES if any(source.is_directional for source in given) else ("all",)
    most = max(given, key=lambda source: source.phase_count)
    names = tuple(field_names(most))
    found = [
        Statistic("phase fractions", ("fractions", "", 0, 0)),
        Statistic("S₂ along the axes", ("s2", "", 0, 0), names, planes),
        Statistic("S₂ as a map", ("map", "", 0, 0), names, planes),
    ]
    titles: dict[tuple[str, int, int], dict[str, None]] = {}
    about: dict[tuple[str, int, int], tuple[tuple[str, ...], tuple[str, ...]]] = {}
    for source in given:
        for (name, number), index in positions(source).items():
            descriptor = source.descriptors[index]
            own = tuple(field_names(source, descriptor))
            for level in range(_levels(source, index)):
                place = (name, number, level)
                titles.setdefault(place, {})[descriptor_name(descriptor)] = None
                before = about.get(place, ((), ()))[0]
                about[place] = (
                    max(before, own, key=len),
                    () if descriptor.volumetric else planes,
                )
    for place, told in titles.items():
        title = next(iter(told)) if len(told) == 1 else place[0]
        title = ", ".join(filter(None, (title, level_name(place[2]))))
        found.append(Statistic(title, ("descriptor", *place), *about[place]))
    return found


def positions(source: Characterization) -> dict[tuple[str, int], int]:
    """Return the position of each descriptor, by its name and how many of that name came before."""
    found: dict[tuple[str, int], int] = {}
    for index, descriptor in enumerate(source.descriptors):
        number = sum(name == descriptor.name for name, _ in found)
        found[descriptor.name, number] = index
    return found


def _levels(source: Characterization, index: int) -> int:
    if source.descriptors[index].volumetric:
        return len(source.volume[index])
    rows = (row for name, row in source.planes.items() if name != "cubic")
    return max(len(row.values[index]) for row in rows)
