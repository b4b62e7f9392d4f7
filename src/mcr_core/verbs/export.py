"""export: a microstructure as a file for other programs."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mcr_core.errors import InputError
from mcr_core.images import check_writable, vti, write
from mcr_core.images.atomic import WRITTEN_SUFFIXES, Part, replace_files
from mcr_core.microstructure import Microstructure
from mcr_core.verbs.inputs import AnyPath, Image, as_microstructure

SUFFIXES = (*vti.SUFFIXES, *WRITTEN_SUFFIXES)


def export(
    microstructure: Image,
    output: AnyPath,
    *,
    job: Mapping[str, Any] | None = None,
    overwrite: bool = False,
) -> Path:
    """Write a microstructure; the ending of the name chooses the format.

    - `.vti`: VTK image data that ParaView opens and DAMASK takes as its grid. The cell data
      `material` (Int32) are the phase indices 0 … P-1, in the order of the phase values, and P
      outside of the mask; names and values are in the field data `comments`. The spacing is
      in metres, as DAMASK has it; in voxels where the unit is `pixel`. A 2D image is one layer.
      DAMASK's grid solvers take every volume as periodic, open ones as well.
    - `.tif`, `.tiff`, `.npy`, `.zarr`: the phase values, as `mcr_core.write` writes them.

    Args:
        microstructure: (Y, X) or (Z, Y, X), or the path of an image.
        output: the file or folder; it appears whole or not at all.
        job: what made it, kept in all but `.vti`.
        overwrite: replace an existing file, or a folder of Zarr that holds an older result and
            nothing else.

    Returns:
        The file or folder, symbolic links resolved.

    Raises:
        InputError: another ending, a file that exists, a folder that is missing or where
            nothing can be written.
        RunError: the disk is full or fails; the message says where the result is kept.
    """
    if isinstance(output, Microstructure):
        raise InputError("expected the microstructure first, then the output: export(image, path)")
    target = check_writable(output, overwrite, SUFFIXES)
    shown = as_microstructure(microstructure)
    if Path(output).suffix.lower() not in vti.SUFFIXES:
        return write(output, shown, job=job, overwrite=overwrite)
    part = Part(target, functools.partial(vti.store, ms=shown))
    replace_files([part], overwrite=overwrite)
    return target
