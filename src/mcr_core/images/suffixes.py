"""Which files are read: by suffix, and by the first bytes, which have to agree; and folders."""

from __future__ import annotations

import os
from pathlib import Path

from mcr_core.errors import FileFormatError, InputError
from mcr_core.images.ome_zarr import SUFFIXES as ZARR_SUFFIXES
from mcr_core.images.ome_zarr import is_zarr
from mcr_core.regular_file import check_regular

FOLDER = "OME-Zarr"
FORMATS = {
    ".tif": "TIFF",
    ".tiff": "TIFF",
    ".png": "PNG",
    ".npy": "NumPy",
    **dict.fromkeys(ZARR_SUFFIXES, FOLDER),
}

_SIGNATURES = (
    (b"II*\0", "TIFF"),
    (b"MM\0*", "TIFF"),
    (b"II+\0", "TIFF"),  # BigTIFF
    (b"MM\0+", "TIFF"),
    (b"\x89PNG\r\n\x1a\n", "PNG"),
    (b"\x93NUMPY", "NumPy"),
    (b"\xff\xd8\xff", "JPEG"),
    (b"GIF8", "GIF"),
    (b"BM", "BMP"),
    (b"\x89HDF", "HDF5"),
    (b"PK\x03\x04", "ZIP"),
)


def with_stem_end(path: str | os.PathLike[str], end: str, suffix: str | None = None) -> Path:
    """Return a path with something behind its stem: `v.ome.zarr` and `_1` make `v_1.ome.zarr`.

    Args:
        path: any.
        end: what is put there.
        suffix: instead of that of the path.
    """
    given = Path(path)
    stem = given.stem[:-4] if given.stem.lower().endswith(".ome") else given.stem
    return given.with_name(f"{stem}{end}{given.name[len(stem) :] if suffix is None else suffix}")


def check_readable(path: str | os.PathLike[str]) -> tuple[Path, str]:
    """Return the path and its format: `TIFF`, `PNG`, `NumPy` or `OME-Zarr`.

    Raises:
        InputError: no such file, a folder that is no Zarr, no permission.
        FileFormatError: empty, of a format that is not read, or under the wrong suffix.
    """
    file = Path(path)
    if os.path.isdir(file):  # of a name that is too long, Path.is_dir raises an error
        if is_zarr(file) or file.suffix.lower() in ZARR_SUFFIXES:
            return file, FOLDER
        raise InputError(f"{file}: expected an image file, this is a folder")
    check_regular(file)
    try:
        with file.open("rb") as stream:
            start = stream.read(8)
    except FileNotFoundError:
        raise InputError(f"{file}: no such file") from None
    except OSError as error:
        raise InputError(f"{file}: cannot be read: {error.strerror}") from error
    except ValueError as error:  # a null byte in the name
        raise InputError(f"{path!r} is no file name: {error}") from error
    kind = FORMATS.get(file.suffix.lower())
    if file.suffix.lower() in (".h5", ".hdf5"):
        raise FileFormatError(
            f"{file}: expected an image, this looks like a characterization (`mcr reconstruct` "
            "makes an image of it) or a recording (`mcr run` goes on); `mcr view` draws both"
        )
    if kind is None:
        raise FileFormatError(
            f"{file}: expected {', '.join(FORMATS)}, got {file.suffix or 'no suffix'}: "
            "save it as TIFF or PNG (not by way of JPEG, which changes labels)"
        )
    if kind == FOLDER:
        raise FileFormatError(f"{file}: expected a Zarr folder, this is a file: unpack it first")
    if not start:
        raise FileFormatError(f"{file}: expected a {kind} file, it is empty: copy it again")
    found = next((name for bytes_, name in _SIGNATURES if start.startswith(bytes_)), None)
    if found != kind:
        raise FileFormatError(
            f"{file}: expected a {kind} file after its suffix, found "
            f"{'a ' + found + ' file' if found else 'other bytes'}: "
            f"{'rename it' if found in FORMATS.values() else 'save it as TIFF or PNG'}"
        )
    return file, kind
