"""HDF5 files of ours: sealed when written, and read without trust."""

from __future__ import annotations

import hashlib
import io
import json
import math
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import numpy as np

from mcr_core.errors import FileFormatError, InputError, NewerFormatError
from mcr_core.images.atomic import Part, replace_file
from mcr_core.regular_file import check_regular

if TYPE_CHECKING:
    import h5py

#: HDF5 leaves these first bytes of a file to its user.
_USER_BLOCK = 512
_SEAL = b"mcr sha256 "
#: A declared size may be a lie that fills the memory, so it is checked before the numbers are
#: read: the compression (deflate) makes 1032 bytes of one at most.
_MOST_COMPRESSED = 1100
_SMALL = 2**16
_LARGEST_TEXT = 2**26
#: h5py reports what HDF5 finds damaged by any of these, depending on where it is.
_DAMAGE = (
    OSError,
    RuntimeError,
    LookupError,
    ValueError,
    TypeError,
    AttributeError,
    ArithmeticError,
    NotImplementedError,
)


def sealed_part(file: Path, build: Callable[[h5py.File], None]) -> Part:
    """Return an HDF5 file that is to be written, with a checksum in its user block.

    The HDF5 library may loop for ever on a damaged file, so damage must be found before it.
    Built in memory: HDF5 reads back while it writes, and may lose the error of a full disk.
    """
    import h5py

    whole = io.BytesIO()
    with h5py.File(whole, "w", userblock_size=_USER_BLOCK) as root:
        build(root)
    content = whole.getbuffer()
    seal(content)

    def pour(stream: BinaryIO) -> None:
        stream.write(content)

    return Part(file, pour)


def seal(content: memoryview | bytearray) -> None:
    """Write the checksum of a file into its user block."""
    line = _SEAL + hashlib.sha256(memoryview(content)[_USER_BLOCK:]).hexdigest().encode() + b"\n"
    content[: len(line)] = line


def check_seal(stream: BinaryIO) -> None:
    """Refuse a file that is not ours, or not as it was written.

    Raises:
        ValueError: it has no seal, or another content.
    """
    stream.seek(0)
    head = stream.read(_USER_BLOCK)
    if not head.startswith(_SEAL):
        raise ValueError("it has no seal of mcr")
    found = hashlib.sha256()
    while piece := stream.read(2**20):
        found.update(piece)
    if not head.startswith(_SEAL + found.hexdigest().encode()):
        raise ValueError("its checksum is another one")


@contextmanager
def opened(file: Path, expected: str, advice: str) -> Iterator[h5py.File]:
    """Open a sealed file; whatever goes wrong with it inside becomes one line.

    Args:
        file: where it is.
        expected: what it should be, for the line.
        advice: what to do.

    Raises:
        InputError: it does not exist or cannot be opened.
        FileFormatError: it is truncated, foreign or damaged.
    """
    import h5py

    if os.path.isdir(file):
        raise InputError(f"{file}: expected a file, this is a folder")
    check_regular(file)
    try:
        with file.open("rb") as stream:
            check_seal(stream)
            with h5py.File(stream, "r") as root:
                yield root
    except FileNotFoundError:
        raise InputError(f"{file}: no such file") from None
    except PermissionError:
        raise InputError(f"{file}: no permission to read it") from None
    except MemoryError:
        raise InputError(f"{file}: not enough memory to read it") from None
    except _DAMAGE as error:
        reason = " ".join(str(error).split())[:160]
        raise FileFormatError(
            f"{file}: expected {expected}, this file is foreign, truncated or damaged "
            f"({reason}): {advice}"
        ) from None


def replace_sealed(file: Path, build: Callable[[h5py.File], None]) -> None:
    """Write a sealed file; it appears whole or not at all, and replaces an older one.

    Raises:
        OSError: the file cannot be written.
    """
    replace_file(sealed_part(file, build))


def child(group: h5py.Group, path: str, *, required: bool = True) -> Any:
    """Follow hard links only: another link could lead out of the file, or in circles."""
    import h5py

    node: Any = group
    for part in path.split("/"):
        link = node.get(part, getlink=True) if isinstance(node, h5py.Group) else None
        if not isinstance(link, h5py.HardLink):
            if required or link is not None:
                raise ValueError(f"{path} is missing or a link")
            return None
        node = node[part]
    return node


def own_dataset(group: h5py.Group, path: str) -> Any:
    """Return a dataset whose numbers lie in this file."""
    import h5py

    dataset = child(group, path)
    if not isinstance(dataset, h5py.Dataset) or dataset.shape is None:
        raise ValueError(f"{path} is no array")
    if dataset.is_virtual or dataset.external:
        raise ValueError(f"{path} lies in another file")
    declared_size(path, dataset)
    return dataset


def declared_size(path: str, dataset: Any) -> int:
    """Return the size in bytes that a dataset declares, if the file can hold it."""
    size: int = math.prod(dataset.shape) * dataset.dtype.itemsize
    if size > _SMALL + _MOST_COMPRESSED * dataset.id.get_storage_size():
        raise ValueError(f"{path} declares {size} bytes that the file does not hold")
    return size


def load(group: h5py.Group, path: str) -> Any:
    """Return an array of finite numbers, in this machine's byte order."""
    dataset = own_dataset(group, path)
    if dataset.dtype.kind not in "fiu" or dataset.dtype.itemsize > 8:
        raise ValueError(f"{path} is no array of numbers")
    array = dataset[()]
    if not np.isfinite(array).all():
        raise ValueError(f"{path} holds NaN or infinity")
    return np.asarray(array, dataset.dtype.newbyteorder("="))


def store(group: h5py.Group, path: str, value: Any) -> None:
    """Write an array, compressed unless it is small."""
    array = np.asarray(value)
    compression = {"compression": "gzip", "shuffle": True} if array.size > 64 else {}
    group.create_dataset(path, data=array, **compression)


def load_json(group: h5py.Group, path: str) -> dict[str, Any]:
    """Return the JSON object in a text."""
    import h5py

    dataset = own_dataset(group, path)
    kind = h5py.check_string_dtype(dataset.dtype)
    if kind is None or dataset.shape != () or (kind.length or 0) > _LARGEST_TEXT:
        raise ValueError(f"the dataset {path} is no text")
    text = dataset[()]
    data = json.loads(text.decode("utf-8") if isinstance(text, bytes) else text)
    if not isinstance(data, dict):
        raise ValueError(f"the dataset {path} is no JSON object")
    return data


def load_versioned(group: h5py.Group, path: str, newest: int, file: Path) -> dict[str, Any]:
    """Return the JSON object that says of which format version the file is.

    Raises:
        NewerFormatError: newer than this software reads.
    """
    data = load_json(group, path)
    version = data.get("format_version")
    if not isinstance(version, int) or version < 1:
        raise ValueError("no format_version")
    if version > newest:
        raise NewerFormatError(
            f"{file}: format version {version} is newer than this software reads ({newest}): "
            "update napari-mcr"
        )
    return data


def store_text(group: h5py.Group, path: str, text: str) -> None:
    """Write a text, as UTF-8."""
    import h5py

    group.create_dataset(path, data=text, dtype=h5py.string_dtype("utf-8"))
