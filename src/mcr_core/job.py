"""A whole job as data: what the command line, napari and a child process share."""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

import numpy as np
from pydantic import Field, field_validator

from mcr_core.characterization import Characterization
from mcr_core.characterization_file import read_characterization
from mcr_core.errors import FileFormatError, InputError
from mcr_core.microstructure import Microstructure
from mcr_core.plugin import Frozen
from mcr_core.run import Run
from mcr_core.settings import Settings
from mcr_core.term import Term, as_terms
from mcr_core.verbs.match import added_dimension, match_iter
from mcr_core.verbs.reconstruct import reconstruct_iter

_LARGEST_ARRAY = 2**32


class ImageFile(Frozen):
    """An image file, with what it does not say itself."""

    kind: Literal["image"] = "image"
    path: str
    voxel_size: float | tuple[float, ...] | None = None
    unit: str | None = None
    threshold: float | Literal["otsu"] | None = None
    periodic: bool | None = None
    mask: str | None = None
    ignore: float | None = Field(None, allow_inf_nan=False)
    plane: int | None = None
    channel: int | None = None
    frame: int | None = None

    def load(self) -> Microstructure:
        """Read the image."""
        from mcr_core.images import read

        options = self.model_dump(exclude={"kind", "path"})
        return read(self.path, **options)


class Inline(Frozen):
    """A microstructure inside of the job: labels compressed by zlib, as base64."""

    kind: Literal["inline"] = "inline"
    name: str = Field("", description="Where it came from, for people.")
    shape: tuple[int, ...]
    labels: str
    mask: str | None = None
    phase_values: tuple[int | float, ...]
    phase_names: tuple[str, ...]
    voxel_size: tuple[float, ...]
    unit: str
    periodic: bool

    @classmethod
    def of(cls, microstructure: Microstructure, name: str = "") -> Inline:
        """Pack a microstructure."""
        mask = microstructure.mask
        return cls(
            name=name,
            shape=microstructure.shape,
            labels=_pack(microstructure.labels),
            mask=None if mask is None else _pack(mask.astype(np.uint8)),
            phase_values=microstructure.phase_values,
            phase_names=microstructure.phase_names,
            voxel_size=microstructure.voxel_size,
            unit=microstructure.unit,
            periodic=microstructure.periodic,
        )

    def load(self) -> Microstructure:
        """Unpack it.

        Raises:
            FileFormatError: the data are damaged.
        """
        labels = _unpack(self.labels, self.shape)
        if labels.max() >= len(self.phase_values):
            raise FileFormatError("the job's labels name a phase that it does not list: damaged")
        return Microstructure.from_array(
            np.asarray(self.phase_values)[labels],
            phase_values=self.phase_values,
            phase_names=self.phase_names,
            voxel_size=self.voxel_size,
            unit=self.unit,
            periodic=self.periodic,
            mask=None if self.mask is None else _unpack(self.mask, self.shape),
        )


class CharacterizationFile(Frozen):
    """A characterization file, with the checksum it had when the job ran."""

    kind: Literal["characterization"] = "characterization"
    path: str
    sha256: str | None = None

    def load(self) -> Characterization:
        """Read it.

        Raises:
            InputError: it has changed since.
        """
        found = read_characterization(self.path)
        if self.sha256 is not None and checksum(self.path) != self.sha256:
            raise InputError(f"{self.path} has changed since this job was run")
        return found


Source = ImageFile | Inline | CharacterizationFile


class Job(Frozen):
    """A reconstruction with all that decides its result.

    `shape` is the full extent, (Y, X) or (Z, Y, X); `add_dimension` instead keeps the extent of a
    2D source and adds planes.
    """

    format_version: Literal[1] = 1
    source: Source = Field(discriminator="kind")
    terms: tuple[Term, ...] | None = None
    shape: tuple[int, ...] | None = None
    add_dimension: int | None = Field(None, ge=1)
    settings: Settings = Field(default_factory=Settings)
    initial: ImageFile | Inline | None = Field(None, discriminator="kind")
    output: str | None = Field(None, description="Where `mcr run` writes the result.")
    software: dict[str, str] = Field(default_factory=dict)

    @field_validator("terms", mode="before")
    @classmethod
    def _terms(cls, value: Any) -> Any:
        return value if value is None else as_terms(value)

    @classmethod
    def parse(cls, data: str | bytes | Mapping[str, Any]) -> Job:
        """Read a job from JSON text or data.

        The entry `result` that a written result carries beside its job is left out.

        Raises:
            FileFormatError: no JSON object, or of a newer format version.
            OptionError: an unknown or wrong option.
        """
        if isinstance(data, (str, bytes)):
            try:
                data = json.loads(data)
            except (ValueError, RecursionError) as error:  # a number of 5000 digits, too
                raise FileFormatError(f"expected a job as JSON: {error}") from None
        if not isinstance(data, Mapping):
            raise FileFormatError(f"expected a job as a JSON object, got {type(data).__name__}")
        found = data.get("format_version", 1)
        if isinstance(found, int) and found > 1:
            raise FileFormatError(
                f"the job has format version {found}, this software reads 1: update napari-mcr"
            )
        source = data.get("source")
        if isinstance(source, Mapping) and "kind" not in source and "path" in source:
            data = {**data, "source": {"kind": _kind_of_file(source["path"]), **source}}
        return cls(**{key: value for key, value in data.items() if key != "result"})

    def resolved(self) -> Job:
        """Return the job with its images inside and its characterization file pinned.

        So a result can be repeated where the image file is not at hand.
        """
        changes: dict[str, Any] = {}
        if isinstance(self.source, ImageFile):
            changes["source"] = Inline.of(self.source.load(), Path(self.source.path).name)
        elif isinstance(self.source, CharacterizationFile) and self.source.sha256 is None:
            pinned = {"path": str(Path(self.source.path).resolve())}
            changes["source"] = CharacterizationFile(**pinned, sha256=checksum(self.source.path))
        if isinstance(self.initial, ImageFile):
            changes["initial"] = Inline.of(self.initial.load(), Path(self.initial.path).name)
        changes["output"] = None
        return self.model_copy(update=changes)

    def start(self) -> Run:
        """Load the source, check everything and return the run."""
        source = self.source.load()
        shape = self._shape(source)
        initial = None if self.initial is None else self.initial.load()
        if isinstance(source, Characterization):
            return reconstruct_iter(
                source, shape, self.terms, initial=initial, settings=self.settings
            )
        return match_iter(source, shape, self.terms, initial=initial, settings=self.settings)

    def _shape(self, source: Microstructure | Characterization) -> tuple[int, ...]:
        if self.shape is not None and self.add_dimension is not None:
            raise InputError("give shape or add_dimension, not both")
        if self.shape is not None:
            return self.shape
        extent = source.source_shape if isinstance(source, Characterization) else source.shape
        if self.add_dimension is not None:
            return added_dimension(extent, self.add_dimension)
        return extent

    def to_json(self) -> dict[str, Any]:
        """Return the job as JSON data; `parse` takes it back."""
        return self.model_dump(mode="json")


def checksum(path: str | Path) -> str:
    """Return the SHA-256 of a file, hexadecimal.

    Raises:
        InputError: the file cannot be read.
    """
    try:
        with open(path, "rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except FileNotFoundError:
        raise InputError(f"{path}: no such file") from None
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror}") from None


def _kind_of_file(path: Any) -> str:
    return "characterization" if str(path).lower().endswith((".h5", ".hdf5")) else "image"


def _pack(array: Any) -> str:
    return base64.b64encode(zlib.compress(np.ascontiguousarray(array, np.uint8).tobytes())).decode()


def _unpack(text: str, shape: tuple[int, ...]) -> Any:
    size = 1
    for extent in shape:
        size *= extent
    if not 2 <= len(shape) <= 3 or min(shape) < 1 or size > _LARGEST_ARRAY:
        raise FileFormatError(f"expected a 2D or 3D image in the job, got the shape {shape}")
    decompress = zlib.decompressobj()
    try:
        # At most one byte more than expected: a small text cannot fill the memory.
        data = decompress.decompress(base64.b64decode(text, validate=True), size + 1)
    except (binascii.Error, ValueError, zlib.error) as error:
        raise FileFormatError(f"the image in the job is damaged: {error}") from None
    if len(data) != size:
        raise FileFormatError(
            f"the image in the job is damaged: expected {size} pixels, got {len(data)}"
        )
    return np.frombuffer(data, np.uint8).reshape(shape)
