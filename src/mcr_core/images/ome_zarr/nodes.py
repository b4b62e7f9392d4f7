"""Groups and arrays of a Zarr folder, version 2 or 3, as their JSON describes them."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, TypeVar

import numpy as np
import pydantic

from mcr_core.errors import FileFormatError
from mcr_core.images.faults import damaged, reported

KIND = "OME-Zarr"
_FILES = ("zarr.json", ".zarray", ".zgroup")
_NUMBERS = "biuf"

M = TypeVar("M", bound=pydantic.BaseModel)


@dataclass(frozen=True)
class Node:
    """A group or an array.

    Attributes:
        folder: where it is.
        attributes: what programs have written about it.
        shape: extent of an array; None for a group.
        dtype: of an array; None for a group.
        blosc: whether the chunks of an array, as they are in the folder, are those of Blosc.
    """

    folder: Path
    attributes: dict[str, Any] = field(default_factory=dict)
    shape: tuple[int, ...] | None = None
    dtype: np.dtype[Any] | None = None
    blosc: bool = False

    @property
    def ome(self) -> dict[str, Any]:
        """What OME-Zarr says here: under `ome` since version 0.5, at the top before."""
        found = self.attributes.get("ome", self.attributes)
        if not isinstance(found, dict):
            raise damaged(self.folder, KIND, "ome: expected an object")
        return found


class _Version3(pydantic.BaseModel):
    node_type: Literal["group", "array"]
    attributes: dict[str, Any] = {}
    shape: tuple[pydantic.NonNegativeInt, ...] = ()
    data_type: Any = None
    codecs: Any = None


class _Version2(pydantic.BaseModel):
    shape: tuple[pydantic.NonNegativeInt, ...]
    dtype: Any
    compressor: Any = None


def is_zarr(folder: Path) -> bool:
    """Whether a folder says that it is a group or an array of Zarr."""
    return any(os.path.isfile(folder / name) for name in _FILES)


def read_node(folder: Path) -> Node | None:
    """Return the group or array in a folder, None where there is none.

    Raises:
        InputError: it cannot be read.
        FileFormatError: damaged, or an array of something else than numbers.
    """
    new, array, group = (folder / name for name in _FILES)
    if os.path.isfile(new):
        found = _parsed(new, _Version3)
        if found.node_type == "group":
            return Node(folder, found.attributes)
        dtype = _dtype(folder, found.data_type)
        last = found.codecs[-1] if isinstance(found.codecs, list) and found.codecs else None
        return Node(folder, found.attributes, found.shape, dtype, _is_blosc(last, "name"))
    if not os.path.isfile(array) and not os.path.isfile(group):
        return None
    beside = folder / ".zattrs"
    attributes = _json(beside) if os.path.isfile(beside) else {}
    if not isinstance(attributes, dict):
        raise damaged(beside, KIND, "expected an object")
    if not os.path.isfile(array):
        return Node(folder, attributes)
    old = _parsed(array, _Version2)
    dtype = _dtype(folder, old.dtype)
    return Node(folder, attributes, old.shape, dtype, _is_blosc(old.compressor, "id"))


def checked(path: Path, model: type[M], content: object) -> M:
    """Return JSON data as a model.

    Raises:
        FileFormatError: they are none.
    """
    try:
        return model.model_validate(content)
    except pydantic.ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise damaged(path, KIND, f"{place}: {first['msg']}") from error


def _parsed(file: Path, model: type[M]) -> M:
    return checked(file, model, _json(file))


def _json(file: Path) -> Any:
    with reported(file, "JSON"):
        return json.loads(file.read_bytes())


def _is_blosc(codec: Any, key: str) -> bool:
    return isinstance(codec, dict) and codec.get(key) == "blosc"


def _dtype(folder: Path, name: object) -> np.dtype[Any]:
    try:
        dtype = np.dtype(name) if isinstance(name, str) else None
    except (TypeError, ValueError, SyntaxError):
        dtype = None
    if dtype is None or dtype.kind not in _NUMBERS or not dtype.itemsize:
        raise FileFormatError(f"{folder}: expected an array of numbers, got the type {name!r}")
    return dtype
