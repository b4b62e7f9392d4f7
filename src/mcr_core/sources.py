"""Where the statistics of a job come from: images and characterizations as data."""

from __future__ import annotations

import base64
import binascii
import hashlib
import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

import numpy as np
from pydantic import Field, field_validator

from mcr_core.characterization import Characterization
from mcr_core.characterization_file import read_characterization
from mcr_core.errors import FileFormatError, InputError
from mcr_core.microstructure import Microstructure
from mcr_core.planes import PLANES
from mcr_core.plugin import Frozen

_LARGEST_ARRAY = 2**32


class ImageFile(Frozen):
    """An image file, with what it does not say itself."""

    kind: Literal["image"] = "image"
    path: str
    voxel_size: float | tuple[float, ...] | None = None
    unit: str | None = None
    threshold: float | tuple[float, ...] | str | None = None
    periodic: bool | None = None
    mask: str | None = None
    ignore: float | None = Field(None, allow_inf_nan=False)
    plane: int | None = None
    channel: int | None = None
    frame: int | None = None

    @classmethod
    def title(cls) -> str:
        """How errors call this class."""
        return "image"

    def load(self) -> Microstructure:
        """Read the image."""
        from mcr_core.images import read

        options = self.model_dump(exclude={"kind", "path"})
        image: Microstructure = read(self.path, **options)
        return image

    def inline(self) -> Inline:
        """Return the image itself, for a job that does not need its file."""
        return Inline.of(self.load(), Path(self.path).name)


class Inline(Frozen):
    """A microstructure inside of the job: labels compressed by zlib, as base64."""

    kind: Literal["inline"] = "inline"
    name: str = Field("", description="Where it came from, for people.")
    shape: tuple[int, ...]
    labels: str = Field(repr=False)
    mask: str | None = Field(default=None, repr=False)
    phase_values: tuple[int | float, ...]
    phase_names: tuple[str, ...]
    voxel_size: tuple[float, ...]
    unit: str
    periodic: bool

    @classmethod
    def title(cls) -> str:
        """How errors call this class."""
        return "image inside of the job"

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

    @classmethod
    def title(cls) -> str:
        """How errors call this class."""
        return "characterization"

    def load(self) -> Characterization:
        """Read it.

        Raises:
            InputError: it has changed since.
        """
        found = read_characterization(self.path)
        if self.sha256 is not None and checksum(self.path) != self.sha256:
            raise InputError(f"{self.path} has changed since this job was run")
        return found

    def pinned(self) -> CharacterizationFile:
        """Return the same with its whole path and its checksum."""
        if self.sha256 is not None:
            return self
        whole = str(Path(self.path).resolve())
        return CharacterizationFile(path=whole, sha256=checksum(self.path))


_STATED = tuple(f"as:{name}" for name in PLANES)
#: An image of one plane, or the name of the plane that it is like: `as:xz`.
Plane = (
    Annotated[ImageFile | Inline, Field(discriminator="kind")] | Literal["as:xy", "as:xz", "as:yz"]
)


class Planes(Frozen):
    """Images of two or three orthogonal planes, a third perhaps stated: see `merge`."""

    kind: Literal["planes"] = "planes"
    xy: Plane | None = None
    xz: Plane | None = None
    yz: Plane | None = None
    force: bool = Field(False, description="Merge planes that disagree about an axis all the same.")

    @field_validator("xy", "xz", "yz", mode="before")
    @classmethod
    def _image_or_statement(cls, value: Any) -> Any:
        """Say what is expected in words, before the union of types is tried."""
        stated = isinstance(value, str) and value in _STATED
        if value is None or stated or isinstance(value, (Mapping, ImageFile, Inline)):
            return value
        raise ValueError(f"expected an image or one of {', '.join(_STATED)}")

    @classmethod
    def title(cls) -> str:
        """How errors call this class."""
        return "planes"

    def load(self) -> dict[str, Microstructure | str]:
        """Read the images."""
        return {
            name: plane if isinstance(plane, str) else plane.load() for name, plane in self.given()
        }

    def given(self) -> Iterator[tuple[str, ImageFile | Inline | str]]:
        """Yield what was said of each plane, with its name."""
        for name in PLANES:
            plane = getattr(self, name)
            if plane is not None:
                yield name, plane

    def inline(self) -> Planes:
        """Return the same with its images inside."""
        images = {
            name: plane.inline() for name, plane in self.given() if isinstance(plane, ImageFile)
        }
        return self.model_copy(update=images)


Source = ImageFile | Inline | CharacterizationFile | Planes


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
