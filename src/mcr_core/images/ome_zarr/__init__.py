"""OME-Zarr: images as a folder of chunks that viewers read part by part, with scale and names.

https://ngff.openmicroscopy.org: version 0.5 (Zarr 3) is written, 0.1 to 0.5 (Zarr 2 and 3) are
read. What an image is made of is read from its JSON here; zarr itself is loaded for pixels only.
"""

from mcr_core.images.ome_zarr.library import check_installed
from mcr_core.images.ome_zarr.multiscales import label_names
from mcr_core.images.ome_zarr.nodes import is_zarr, read_node
from mcr_core.images.ome_zarr.reading import describe, holds_labels, load
from mcr_core.images.ome_zarr.writing import check_replaceable, store

SUFFIXES = (".zarr",)

__all__ = [
    "SUFFIXES",
    "check_installed",
    "check_replaceable",
    "describe",
    "holds_labels",
    "is_zarr",
    "label_names",
    "load",
    "read_node",
    "store",
]
