"""A job as a file, until its recording is there: a small JSON file beside the recordings."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, BinaryIO, Self

from pydantic import AwareDatetime, ConfigDict, Field, PositiveFloat

from mcr_core.errors import FileFormatError, InputError, NewerFormatError, OptionError
from mcr_core.images.atomic import Part, replace_file
from mcr_core.plugin import Frozen
from napari_mcr.forms.run_queue import Waiting
from napari_mcr.layers.result_layers import ResultLayers
from napari_mcr.runs.own_files import read_or_delete
from napari_mcr.runs.recorded_colors import about_colors, kept_colors

if TYPE_CHECKING:
    from napari.components import ViewerModel

log = logging.getLogger("napari_mcr")

FORMAT_VERSION = 1
#: How the names of the files end.
KEPT = ".json"


@dataclass(frozen=True)
class LeftJob:
    """A job that had not begun when napari died.

    Attributes:
        file: where it is kept.
        name: of its result.
        asked: when it was put on the queue.
    """

    file: Path
    name: str
    asked: datetime


class KeptJob(Frozen):
    """What is kept of a job that waits; see `ResultLayers` for what shows it.

    `batch` is the same for jobs that were asked for at once, and for no others.
    """

    model_config = ConfigDict(extra="ignore", allow_inf_nan=False)

    result_name: str
    preview_name: str
    about: dict[str, Any]
    voxel_size: Annotated[tuple[PositiveFloat, ...], Field(min_length=1, max_length=3)]
    turn_to_3d: bool
    batch: str
    asked: AwareDatetime
    job: dict[str, Any]

    @classmethod
    def title(cls) -> str:
        """How errors call this class."""
        return "job that waits"

    @classmethod
    def of(cls, waiting: Waiting, batch: str, asked: datetime) -> Self:
        """Describe a job that waits."""
        layers = waiting.layers
        return cls(
            result_name=layers.title,
            preview_name=layers.name,
            about=about_colors(layers.colors),
            voxel_size=layers.voxel_size,
            turn_to_3d=layers.turn_to_3d,
            batch=batch,
            asked=asked,
            job=dict(waiting.job),
        )

    def waiting(self, viewer: ViewerModel, batch: int, before: ResultLayers | None) -> Waiting:
        """Return the job with layers that show it.

        Args:
            viewer: that shows it.
            batch: of the job, in this dock.
            before: what shows the job before of the same batch.
        """
        layers = ResultLayers(
            viewer,
            name=self.preview_name,
            title=self.result_name,
            colors=kept_colors(self.about) or None,
            voxel_size=self.voxel_size,
            turn_to_3d=self.turn_to_3d,
            before=before,
        )
        return Waiting(self.job, layers, batch)


def write_kept(file: Path, kept: KeptJob) -> None:
    """Write a file whole or not at all; where it cannot be written, the log says so."""

    def write(stream: BinaryIO) -> None:
        content = {"format_version": FORMAT_VERSION, **kept.model_dump(mode="json")}
        stream.write(json.dumps(content).encode())

    try:
        replace_file(Part(file, write))
    except (OSError, MemoryError) as error:
        log.warning("a job that waits is lost if napari dies: %s: %s", file, error)


def read_kept(file: Path) -> KeptJob:
    """Read a file without trust.

    Raises:
        InputError: it does not exist or cannot be read.
        FileFormatError: it is damaged, or of a newer format version.
    """
    try:
        data = json.loads(file.read_bytes())
    except FileNotFoundError:
        raise InputError(f"{file}: no such file") from None
    except OSError as error:
        raise InputError(f"{file}: cannot be read: {error.strerror or error}") from None
    except ValueError as error:
        raise FileFormatError(f"{file}: expected a job as JSON, it is damaged: {error}") from None
    version = data.get("format_version") if isinstance(data, Mapping) else None
    if not isinstance(version, int) or version < 1:
        raise FileFormatError(f"{file}: expected a job as JSON, it has no format_version: damaged")
    if version > FORMAT_VERSION:
        raise NewerFormatError(
            f"{file}: format version {version} is newer than this software reads "
            f"({FORMAT_VERSION}): update napari-mcr"
        )
    try:
        kept = KeptJob(**data)
    except OptionError as error:
        raise FileFormatError(f"{file}: the job is damaged: {error}") from None
    if not isinstance(kept.job.get("source"), Mapping):
        raise FileFormatError(f"{file}: the job is damaged: it has no source")
    return kept


def left_job(file: Path) -> LeftJob | None:
    """Read a job; one that is damaged is deleted, and the log says so."""
    kept = read_or_delete(file, read_kept, "a job that had not begun")
    return None if kept is None else LeftJob(file, kept.result_name, kept.asked)
