"""PNG files: grey levels, bits, or the indices of a palette."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from mcr_core.errors import FileFormatError
from mcr_core.images.faults import reported
from mcr_core.images.header import ImageHeader

if TYPE_CHECKING:
    from PIL.PngImagePlugin import PngImageFile

log = logging.getLogger("mcr_core.images")

# Modes of Pillow that are one value per pixel. A palette's colours are names for its indices.
_DTYPES = {"1": np.bool_, "L": np.uint8, "P": np.uint8, "I;16": np.uint16, "I": np.int32}


def describe(path: Path) -> ImageHeader:
    """Return what the header says; no pixel is loaded.

    Raises:
        FileFormatError: damaged, colours, an alpha channel or an animation.
    """
    with _opened(path) as image:
        if "dpi" in image.info:
            log.info("%s: its resolution is meant for printing and ignored", path)
        width, height = image.size
        dtype = np.dtype(_DTYPES[image.mode])
        return ImageHeader((height, width), dtype, "YX", (1.0, 1.0), "pixel")


def load(path: Path, selection: Mapping[str, int]) -> npt.NDArray[Any]:
    """Return the pixels, shape (Y, X); there is no other axis to select from.

    Raises:
        FileFormatError: damaged, colours, an alpha channel or an animation.
    """
    with _opened(path) as image:
        return np.array(image)


@contextmanager
def _opened(path: Path) -> Iterator[PngImageFile]:
    from PIL.PngImagePlugin import PngImageFile

    # Not Image.open: it refuses, or warns of, the large images that microscopes make.
    with reported(path, "PNG"), path.open("rb") as file, PngImageFile(file) as image:
        if image.mode not in _DTYPES:
            raise FileFormatError(
                f"{path}: expected one value per pixel, got a PNG of mode {image.mode} "
                "(colours or an alpha channel): convert it to one channel of labels first "
                "(in ImageJ: Image > Type > 8-bit, then segment)"
            )
        if getattr(image, "n_frames", 1) > 1:
            raise FileFormatError(f"{path}: expected one image, got an animation: save one frame")
        yield image
