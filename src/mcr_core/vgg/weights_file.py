"""Weights of VGG-19 as a sealed HDF5 file."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING

from mcr_core.errors import FileFormatError, InputError
from mcr_core.hdf5 import check_seal, load, own_dataset, replace_sealed, store_text
from mcr_core.vgg.architecture import LAYERS
from mcr_core.vgg.weights import Weights

if TYPE_CHECKING:
    import h5py

FORMAT_VERSION = 1

_META = "vgg19"
_LARGEST_META = 2**16


def write_weights(path: str | os.PathLike[str], weights: Weights) -> Path:
    """Write weights; the file appears whole or not at all, and replaces an older one.

    Layout: the UTF-8 dataset `vgg19` with JSON (`format_version`, `name`, `identity`), the array
    `mean`, and for every layer the arrays `<layer>/kernel` and `<layer>/bias`.

    Raises:
        OSError: the file cannot be written.
    """
    meta = {
        "format_version": FORMAT_VERSION,
        "name": weights.name,
        "identity": weights.identity,
    }

    def build(root: h5py.File) -> None:
        store_text(root, _META, json.dumps(meta))
        root.create_dataset("mean", data=weights.mean)
        for layer, kernel, bias in zip(LAYERS, weights.kernels, weights.biases, strict=True):
            # Not compressed: such numbers hardly shrink.
            root.create_dataset(f"{layer}/kernel", data=kernel)
            root.create_dataset(f"{layer}/bias", data=bias)

    target = Path(path)
    replace_sealed(target, build)
    return target


def read_weights(path: str | os.PathLike[str]) -> Weights:
    """Read weights that `write_weights` wrote.

    Raises:
        InputError: the file cannot be opened.
        FileFormatError: it is foreign, damaged or of a newer format version.
    """
    import h5py

    file = Path(path)
    try:
        with file.open("rb") as stream:
            check_seal(stream)
            with h5py.File(stream, "r") as root:
                return _read(file, root)
    except (FileNotFoundError, IsADirectoryError, PermissionError) as error:
        raise InputError(f"{file}: cannot be read: {error.strerror}") from None
    # h5py reports what HDF5 finds damaged by any of these, depending on where it is.
    except (OSError, RuntimeError, LookupError, ValueError, TypeError, AttributeError) as error:
        reason = " ".join(str(error).split())[:160]
        raise FileFormatError(
            f"{file}: expected VGG-19 weights that mcr wrote, this file is foreign or damaged "
            f"({reason}): delete it, or name another one"
        ) from None


def _read(file: Path, root: h5py.File) -> Weights:
    dataset = own_dataset(root, _META)
    if dataset.shape != () or dataset.id.get_storage_size() > _LARGEST_META:
        raise ValueError(f"the dataset {_META} is no text")
    meta = json.loads(dataset.asstr()[()])
    if not isinstance(meta, dict) or not isinstance(meta.get("format_version"), int):
        raise ValueError("no format_version")
    if meta["format_version"] > FORMAT_VERSION:
        raise FileFormatError(
            f"{file}: format version {meta['format_version']} is newer than this software reads "
            f"({FORMAT_VERSION}): update napari-mcr"
        )
    weights = Weights(
        name=str(meta["name"]),
        mean=load(root, "mean"),
        kernels=tuple(load(root, f"{layer}/kernel") for layer in LAYERS),
        biases=tuple(load(root, f"{layer}/bias") for layer in LAYERS),
    )
    if weights.identity != meta["identity"]:
        raise ValueError("its weights have another checksum than it says")
    return weights
