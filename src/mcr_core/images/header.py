"""What the header of an image file says, before a pixel is loaded."""

from __future__ import annotations

import json
import math
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from mcr_core.errors import FileFormatError, InputError
from mcr_core.images.record import Record

# At its peak `Microstructure.from_array` holds, besides the image, a sorted copy of it, the labels
# twice and a mask.
WORK_BYTES_PER_VOXEL = 12


@dataclass(frozen=True)
class ImageHeader:
    """The description of an image file.

    Attributes:
        shape: extent along each of `axes`.
        dtype: type of the pixels.
        axes: one letter per axis: Z, Y, X in space, C channel, T time, S samples of a colour;
            any other letter is an axis that we do not know. Axes of length 1 are left out,
            except Y and X.
        voxel_size: edge lengths in `unit` along the axes Z, Y, X that the file has, in this order.
        unit: `pixel`, `nm`, `um`, `mm` or `m`.
        record: what this program wrote about the image; None in any other file.
    """

    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    axes: str
    voxel_size: tuple[float, ...]
    unit: str
    record: Record | None = None

    @property
    def nbytes(self) -> int:
        """Size of the pixels in memory, in bytes."""
        return math.prod(self.shape) * self.dtype.itemsize

    @property
    def ours(self) -> bool:
        """True if the file was written by this program."""
        return self.record is not None

    @property
    def job(self) -> str | None:
        """The job that made the image, as JSON text; None if the file carries none."""
        if self.record is None or self.record.job is None:
            return None
        return json.dumps(self.record.job)

    def without(self, selection: Mapping[str, int]) -> tuple[str, tuple[int, ...]]:
        """Return axes and shape that are left when one index is taken of some axes."""
        kept = [(a, n) for a, n in zip(self.axes, self.shape, strict=True) if a not in selection]
        return "".join(a for a, _ in kept), tuple(n for _, n in kept)


def select(
    path: Path,
    header: ImageHeader,
    *,
    channel: int | None = None,
    frame: int | None = None,
    plane: int | None = None,
) -> dict[str, int]:
    """Return the index to take of each axis, so that YX or ZYX is left.

    Raises:
        InputError: an index that the file does not have.
        FileFormatError: channels or frames of which none is chosen, colours, unknown axes.
    """
    extent = dict(zip(header.axes, header.shape, strict=True))
    if "S" in extent:
        raise FileFormatError(
            f"{path}: expected one value per pixel, got a colour image "
            f"({extent['S']} samples per pixel): convert it to one channel of labels first "
            "(in ImageJ: Image > Type > 8-bit, then segment)"
        )
    chosen: dict[str, int] = {}
    for axis, word, index in (("C", "channel", channel), ("T", "frame", frame)):
        count = extent.get(axis, 1)
        if index is not None and not 0 <= index < count:
            raise InputError(f"{path}: expected a {word} from 0 to {count - 1}, got {index}")
        if count > 1 and index is None:
            raise FileFormatError(
                f"{path}: expected one {word}, got {count}: choose one with --{word} N "
                f"({word}= in Python), N from 0 to {count - 1}; if these are the slices of a "
                "volume, save it with the axes ZYX"
            )
        if axis in extent and index is not None:
            chosen[axis] = index
    axes, shape = header.without(chosen)
    if axes not in ("YX", "ZYX") and len(axes) > 1 and set(axes) <= set("ZYX"):
        raise FileFormatError(
            f"{path}: expected the axes YX or ZYX in this order, got {axes} (shape {shape}): "
            "transpose the image, or name its axes so, and save it again"
        )
    if axes not in ("YX", "ZYX"):
        raise FileFormatError(
            f"{path}: expected a 2D image or a 3D volume, got {len(shape)} dimensions "
            f"(axes {axes}, shape {shape}): save the image or volume that you mean on its own"
        )
    if plane is not None:
        if axes != "ZYX":
            raise InputError(f"{path}: expected a volume to take plane {plane} from, got 2D")
        if not 0 <= plane < shape[0]:
            raise InputError(f"{path}: expected a plane from 0 to {shape[0] - 1}, got {plane}")
        chosen["Z"] = plane
    return chosen


def check_memory(path: Path, header: ImageHeader, selection: Mapping[str, int]) -> None:
    """Refuse an image that needs more than the physical memory of this machine.

    Raises:
        InputError: with the estimate, and the two ways out.
    """
    memory = physical_memory()
    voxels = math.prod(header.without(selection)[1])
    need = voxels * (header.dtype.itemsize + WORK_BYTES_PER_VOXEL)
    if memory is not None and need > memory:
        raise InputError(
            f"{path}: reading its {voxels} {header.dtype} voxels needs about {need / 2**30:.3g} "
            f"GiB, this machine has {memory / 2**30:.3g} GiB: crop or bin the image, or take one "
            "plane with plane="
        )


def physical_memory() -> int | None:
    """Return the memory of this machine in bytes; None where the system does not tell."""
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, ValueError, OSError):
        return None
