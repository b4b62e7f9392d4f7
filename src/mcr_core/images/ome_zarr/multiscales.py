"""Axes, levels and scales of an image, as the JSON of OME-Zarr states them."""

from __future__ import annotations

import logging
from pathlib import Path, PurePosixPath
from typing import Any

import pydantic

from mcr_core.images.faults import damaged
from mcr_core.images.ome_zarr.nodes import KIND, Node, checked
from mcr_core.images.scale import Sizes, common_unit, known_unit, usable_size

log = logging.getLogger("mcr_core.images")

#: The axes of versions 0.1 and 0.2, which do not state them.
_UNSTATED = "tczyx"
_LETTERS = {"time": "T", "channel": "C"}


class _Axis(pydantic.BaseModel):
    name: str
    type: str | None = None
    unit: str | None = None

    @property
    def letter(self) -> str:
        """One of Z, Y, X, C, T; `?` for an axis that we do not know."""
        name = self.name.lower()
        kind = self.type or ("space" if name in {"z", "y", "x"} else "")
        if kind == "space":
            return name.upper() if name in {"z", "y", "x"} else "?"
        return _LETTERS.get(kind) or {"t": "T", "c": "C"}.get(name, "?")


class _Transformation(pydantic.BaseModel):
    type: str
    scale: tuple[float, ...] | None = None


class Level(pydantic.BaseModel):
    """One resolution of an image: its array, seen from the group, and its scale."""

    path: str
    coordinateTransformations: tuple[_Transformation, ...] = ()


class Multiscale(pydantic.BaseModel):
    """An image at several resolutions, the finest first."""

    datasets: tuple[Level, ...] = pydantic.Field(min_length=1)
    axes: tuple[_Axis, ...] | None = None
    coordinateTransformations: tuple[_Transformation, ...] = ()

    @pydantic.field_validator("axes", mode="before")
    @classmethod
    def _named(cls, axes: Any) -> Any:
        """Version 0.3 has names in place of axes."""
        if not isinstance(axes, (list, tuple)):
            return axes
        return [{"name": axis} if isinstance(axis, str) else axis for axis in axes]

    def axes_of(self, folder: Path, ndim: int) -> tuple[_Axis, ...]:
        """Return the axes of an array of the image.

        Raises:
            FileFormatError: they are not stated, or not as many as the array has.
        """
        axes = self.axes
        if axes is None and ndim == len(_UNSTATED):
            axes = tuple(_Axis(name=name) for name in _UNSTATED)
        if axes is None or len(axes) != ndim:
            stated = "no axes" if axes is None else f"{len(axes)} axes"
            raise damaged(folder, KIND, f"{stated} for an array of {ndim} dimensions")
        if len({axis.letter for axis in axes} - {"?"}) != len([a for a in axes if a.letter != "?"]):
            raise damaged(folder, KIND, "two axes are the same")
        return axes

    def sizes(self, folder: Path, level: Level, axes: tuple[_Axis, ...]) -> Sizes:
        """Return the edge lengths of a level along Z, Y, X, and their unit.

        Raises:
            FileFormatError: a scale that does not fit the axes.
        """
        factors = [1.0] * len(axes)
        for step in (*level.coordinateTransformations, *self.coordinateTransformations):
            if step.type != "scale":
                continue  # where the image lies does not matter
            if step.scale is None or len(step.scale) != len(axes):
                raise damaged(folder, KIND, f"expected a scale of {len(axes)} numbers")
            factors = [a * b for a, b in zip(factors, step.scale, strict=True)]
        found: dict[str, tuple[float, str]] = {}
        unstated: dict[str, float] = {}
        for axis, factor in zip(axes, factors, strict=True):
            if axis.letter not in ("Z", "Y", "X"):
                continue
            size = usable_size(folder, axis.letter, factor)
            if axis.unit is None:
                unstated[axis.letter] = size
                continue
            times, unit = known_unit(folder, axis.unit)
            found[axis.letter] = (times * size, unit)
        if not found:
            return unstated, "pixel"
        sizes, unit = common_unit(found)
        for letter in unstated:
            log.warning(
                "%s: it states no unit along %s; %s is taken, as along the other axes",
                folder, letter, unit,
            )  # fmt: skip
        return unstated | sizes, unit


def multiscale(node: Node) -> Multiscale | None:
    """Return the image in a group, the first of several; None if there is none.

    Raises:
        FileFormatError: it is damaged.
    """
    found = node.ome.get("multiscales")
    if found is None:
        return None
    if not isinstance(found, list) or not found:
        raise damaged(node.folder, KIND, "multiscales: expected a list")
    return checked(node.folder, Multiscale, found[0])


def label_names(node: Node) -> list[str]:
    """Return the label images that a group `labels` lists.

    Raises:
        FileFormatError: the list is damaged.
    """
    found = node.ome.get("labels") or []
    if not isinstance(found, list) or not all(isinstance(name, str) for name in found):
        raise damaged(node.folder, KIND, "labels: expected a list of names")
    for name in found:
        check_inside(node.folder, name)
    return found


def check_inside(group: Path, name: str) -> None:
    """Check that a path in the JSON of a group leads to something in it.

    Raises:
        FileFormatError: it leads elsewhere.
    """
    parts = PurePosixPath(name).parts
    if not parts or ".." in parts or "/" in parts or "\0" in name:
        raise damaged(group, KIND, f"{name!r} is not in its group")
