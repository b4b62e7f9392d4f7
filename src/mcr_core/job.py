"""A whole job as data: what the command line, napari and a child process share."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, Literal

from pydantic import Field, field_validator

from mcr_core.errors import FileFormatError, InputError
from mcr_core.planes import PLANES
from mcr_core.plugin import Frozen
from mcr_core.presets import PresetName
from mcr_core.reconstruction import Run
from mcr_core.settings import Settings
from mcr_core.sources import (
    CharacterizationFile,
    ImageFile,
    Inline,
    Planes,
    Source,
    checksum,
)
from mcr_core.term import Term, as_terms
from mcr_core.verbs.match import match_iter, requested
from mcr_core.verbs.reconstruct import reconstruct_iter
from mcr_core.verbs.requested import preset_taken, requested_of_target

__all__ = [
    "CharacterizationFile",
    "ImageFile",
    "Inline",
    "Job",
    "Planes",
    "Source",
    "checksum",
]


class Job(Frozen):
    """A reconstruction with all that decides its result.

    `shape` is the full extent, (Y, X) or (Z, Y, X); `add_dimension` instead keeps the extent of a
    2D source and adds planes.
    """

    format_version: Literal[1] = 1
    source: Source = Field(discriminator="kind")
    terms: tuple[Term, ...] | None = None
    preset: PresetName | None = Field(
        None, description="Terms, and settings that are not given; see `match`, `reconstruct`."
    )
    limit_to: int | None = Field(None, description="Of terms that do not set it; see `match`.")
    shape: tuple[int, ...] | None = None
    add_dimension: int | None = Field(None, ge=1)
    pool: bool = Field(False, description="Take the mean over the directions of a volume.")
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
        if isinstance(data.get("source"), Mapping):
            data = {**data, "source": _with_kind(data["source"])}
        return cls(**{key: value for key, value in data.items() if key != "result"})

    def resolved(self) -> Job:
        """Return the job with its images inside, its preset spelled out and its target pinned.

        So a result can be repeated where the image file is not at hand, and presets have changed.
        """
        changes: dict[str, Any] = {"output": None, "preset": None}
        asked: dict[str, Any] = {
            "shape": self.shape,
            "descriptors": self.terms,
            "add_dimension": self.add_dimension,
            "preset": self.preset,
            "settings": self.settings,
        }
        if isinstance(self.source, CharacterizationFile):
            changes["source"] = self.source.pinned()
            if self.preset is not None or self.terms is None:
                target = self.source.load()
                if preset_taken(target, self.preset, self.terms) is not None:
                    _, terms, settings = requested_of_target(target, **asked)
                    changes |= {"terms": terms, "settings": settings}
        else:
            source = self.source if isinstance(self.source, Inline) else self.source.inline()
            terms, settings = requested(**_images(source), limit_to=self.limit_to, **asked)
            changes |= {"source": source, "terms": terms, "settings": settings, "limit_to": None}
        if isinstance(self.initial, ImageFile):
            changes["initial"] = self.initial.inline()
        return self.model_copy(update=changes)

    def files(self) -> Iterator[str]:
        """Yield the paths that the job reads: no result may be written there."""
        planes = self.source.given() if isinstance(self.source, Planes) else ()
        for source in (self.source, self.initial, *(plane for _, plane in planes)):
            for name in ("path", "mask"):
                path = getattr(source, name, None)
                if isinstance(path, str) and not isinstance(source, Inline):
                    yield path

    def start(self) -> Run:
        """Load the source, check everything and return the run."""
        initial = None if self.initial is None else self.initial.load()
        result: dict[str, Any] = {
            "shape": self.shape,
            "descriptors": self.terms,
            "add_dimension": self.add_dimension,
            "preset": self.preset,
            "initial": initial,
            "settings": self.settings,
        }
        if isinstance(self.source, CharacterizationFile):
            if self.pool:
                raise InputError("pool is for a volume: characterize it with pool instead")
            if self.limit_to is not None:
                raise InputError("limit_to is for images: a characterization has its own")
            return reconstruct_iter(self.source.load(), **result)
        result |= {"pool": self.pool, "limit_to": self.limit_to}
        if isinstance(self.source, Planes):
            result["force"] = self.source.force
        return match_iter(**_images(self.source), **result)

    @classmethod
    def title(cls) -> str:
        """How errors call this class."""
        return "job"

    def to_json(self) -> dict[str, Any]:
        """Return the job as JSON data; `parse` takes it back."""
        return self.model_dump(mode="json")


def _images(source: ImageFile | Inline | Planes) -> dict[str, Any]:
    """Return the images of a source, as arguments of `match`."""
    return dict(source.load()) if isinstance(source, Planes) else {"source": source.load()}


def _with_kind(source: Mapping[str, Any]) -> dict[str, Any]:
    """Fill in the kind of a source that only names files."""
    if "kind" in source:
        return dict(source)
    if "path" in source:
        ending = str(source["path"]).lower()
        kind = "characterization" if ending.endswith((".h5", ".hdf5")) else "image"
        return {"kind": kind, **source}
    if not any(name in source for name in PLANES):
        return dict(source)
    images = {
        name: {"kind": "image", **plane}
        for name, plane in source.items()
        if isinstance(plane, Mapping) and "kind" not in plane
    }
    return {"kind": "planes", **source, **images}
