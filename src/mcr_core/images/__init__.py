"""Image files in and out: TIFF, PNG, NumPy and OME-Zarr become a `Microstructure`, and back."""

from mcr_core.images.atomic import check_writable
from mcr_core.images.header import ImageHeader
from mcr_core.images.reading import describe, read, read_job, read_pixels
from mcr_core.images.writing import write

__all__ = [
    "ImageHeader",
    "check_writable",
    "describe",
    "read",
    "read_job",
    "read_pixels",
    "write",
]
