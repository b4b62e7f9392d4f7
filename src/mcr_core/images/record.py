"""What we write into an image file besides the labels, as JSON.

The text is `{"mcr": {"format_version": 1, "microstructure": {...}, "job": {...}}}`. A TIFF holds it
in the ImageJ property `Info`, a `.npy` file in `<name>.npy.json` beside it, an OME-Zarr folder in
its attributes. A file that carries the key `mcr` is ours.
"""

from __future__ import annotations

import itertools
import json
from pathlib import Path
from typing import Any, Literal, Self

import pydantic

from mcr_core.errors import FileFormatError, InputError
from mcr_core.units import UNITS

FORMAT_VERSION = 1
MARKER = '{"mcr":'

Number = int | float


class _Frozen(pydantic.BaseModel):
    model_config = pydantic.ConfigDict(frozen=True, allow_inf_nan=False)


class Scale(_Frozen):
    """Edge lengths of a voxel, one per axis, and their unit."""

    voxel_size: tuple[pydantic.PositiveFloat, ...]
    unit: str

    @pydantic.field_validator("unit")
    @classmethod
    def _known_unit(cls, unit: str) -> str:
        if unit not in UNITS:
            raise ValueError(f"expected one of {', '.join(UNITS)}")
        return unit


class Meaning(Scale):
    """The attributes of a microstructure that pixels cannot express.

    Attributes:
        shape: extent in voxels when it was written; an image of another shape was cropped since.
        stored: whether the pixels are the values of the phases or their indices 0 … P-1, for
            values that an integer image cannot hold.
        phase_values: the value of each phase, ascending.
        phase_names: one name per phase.
        periodic: whether opposite faces continue each other.
        ignore: the pixel that marks voxels outside of the mask; None without a mask.
        tags: the scale as the tags of the file give it; None in files without tags.
        crc32: checksum of the pixels, where the record is a file of its own.
    """

    shape: tuple[pydantic.PositiveInt, ...]
    stored: Literal["values", "indices"]
    phase_values: tuple[Number, ...]
    phase_names: tuple[str, ...]
    periodic: bool
    ignore: int | None = None
    tags: Scale | None = None
    crc32: int | None = None

    @pydantic.model_validator(mode="after")
    def _consistent(self) -> Self:
        values = self.phase_values
        if not values or any(a >= b for a, b in itertools.pairwise(values)):
            raise ValueError("phase_values must ascend")
        if len(self.phase_names) != len(values):
            raise ValueError("expected one phase name per phase value")
        if len(self.shape) not in (2, 3) or len(self.voxel_size) != len(self.shape):
            raise ValueError("expected one voxel size per axis, two or three axes")
        return self


class Record(_Frozen):
    """Everything that we write about an image."""

    format_version: int = FORMAT_VERSION
    microstructure: Meaning
    job: dict[str, Any] | None = None

    def to_json(self) -> str:
        """Return the text that goes into a file: one line of ASCII.

        Raises:
            InputError: the job holds what JSON cannot express.
        """
        content = self.model_dump(mode="python")
        try:
            text = json.dumps(content, allow_nan=False)
        except (TypeError, ValueError) as error:
            raise InputError(f"expected a job that JSON can hold: {error}") from error
        return f"{MARKER} {text}}}"


def parse_record(path: Path, text: str) -> Record | None:
    """Return the record in a text, or None if the text is not ours.

    Raises:
        FileFormatError: the record is damaged, or of a newer version of this program.
    """
    start = text.find(MARKER)
    if start < 0:
        return None
    try:
        # Other programs may append lines of their own to the ImageJ property.
        content = json.JSONDecoder().raw_decode(text, start)[0]["mcr"]
        version = content["format_version"]
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise _damaged(path, "it is no valid JSON") from error
    if isinstance(version, int) and version > FORMAT_VERSION:
        raise FileFormatError(
            f"{path}: expected format version {FORMAT_VERSION} or older, got {version}: the file "
            "was written by a newer version of this program, upgrade napari-mcr to read it"
        )
    try:
        return Record.model_validate(content)
    except pydantic.ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise _damaged(path, f"{place}: {first['msg']}") from error


def _damaged(path: Path, reason: str) -> FileFormatError:
    return FileFormatError(
        f"{path}: the description that this program wrote into the file is damaged ({reason}): "
        "use an intact copy, or remove the description (in ImageJ: the property Info; in OME-Zarr: "
        "the attribute mcr) to read the pixels alone"
    )
