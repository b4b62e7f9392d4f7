"""Files of arrays with JSON that says what they mean: characterizations and recordings of runs."""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from mcr_core.errors import OptionError
from mcr_core.hdf5 import load_versioned, sealed_part
from mcr_core.images.atomic import check_writable, replace_files
from mcr_core.plugin import Frozen

if TYPE_CHECKING:
    import h5py

SUFFIXES = (".h5", ".hdf5")

M = TypeVar("M", bound=Frozen)


def write_described(
    path: str | os.PathLike[str], build: Callable[[h5py.File], None], *, overwrite: bool
) -> Path:
    """Write a sealed file; it appears whole or not at all.

    Args:
        path: a name that ends in one of `SUFFIXES`.
        build: fills the file.
        overwrite: whether to replace an existing file.

    Returns:
        The path, symbolic links resolved.

    Raises:
        InputError: the path cannot be written, or exists and `overwrite` is False.
        RunError: the disk is full or fails.
    """
    file = check_writable(path, overwrite, SUFFIXES)
    replace_files([sealed_part(file, build)], overwrite=overwrite)
    return file


def load_meta(group: h5py.Group, path: str, newest: int, file: Path, model: type[M]) -> M:
    """Return what the JSON of a file says.

    Args:
        group: the root of the file.
        path: of the text.
        newest: format version that this software reads.
        file: for errors.
        model: what the JSON has to fit.

    Raises:
        NewerFormatError: the file is newer than this software reads.
        ValueError: the JSON is missing, or does not fit.
    """
    data = load_versioned(group, path, newest, file)
    try:
        return model(**data)
    except OptionError as error:
        raise ValueError(f"its JSON: {error}") from None


def check_grid(
    phase_values: Sequence[float],
    phase_names: Sequence[str],
    voxel_size: Sequence[float],
    shape: Sequence[int],
) -> None:
    """Check that the attributes of a grid of phases go together.

    Raises:
        ValueError: they do not.
    """
    if any(a >= b for a, b in itertools.pairwise(phase_values)):
        raise ValueError("phase_values must ascend")
    if len(phase_names) != len(phase_values):
        raise ValueError("expected one phase name per phase value")
    if len(voxel_size) != len(shape):
        raise ValueError("expected one voxel size per axis")
