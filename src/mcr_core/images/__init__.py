"""Image files in and out: TIFF, PNG and NumPy files become a `Microstructure`, and back."""

from mcr_core.images.atomic import check_writable
from mcr_core.images.header import ImageHeader
from mcr_core.images.reading import describe, read, read_job
from mcr_core.images.writing import write

__all__ = [
    "ImageHeader",
    "check_writable",
    "describe",
    "read",
    "read_job",
    "write",
]
