"""The package zarr, which comes with the extra `napari`."""

from __future__ import annotations

from importlib import metadata

from mcr_core.errors import InputError


def check_installed() -> None:
    """Check that zarr 3 or newer is there, without loading it.

    Raises:
        InputError: it is missing or older.
    """
    try:
        version = metadata.version("zarr")
    except metadata.PackageNotFoundError:
        version = "0"
    if int(version.split(".")[0]) < 3:
        raise InputError(
            "OME-Zarr needs the package zarr: install it (pip install 'zarr>=3'), or use a .tif"
        )
