"""Weights in the user's cache folder, each file named for what is in it."""

from __future__ import annotations

import logging
import os
import sys
from pathlib import Path

from mcr_core.errors import InputError
from mcr_core.vgg.weights import Weights
from mcr_core.vgg.weights_file import read_weights, write_weights

log = logging.getLogger(__name__)


def folder() -> Path:
    """Return the folder of this software in the user's cache; it need not exist.

    `$XDG_CACHE_HOME` or `~/.cache` on Linux, `~/Library/Caches` on macOS, `%LOCALAPPDATA%` on
    Windows.
    """
    if sys.platform == "win32":
        base = os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local"
    elif sys.platform == "darwin":
        base = Path.home() / "Library" / "Caches"
    else:
        base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "napari-mcr"


def cached_file(identity: str) -> Path:
    """Return where the weights of an identity are, or would be."""
    name, _, checksum = identity.partition(":")
    return folder() / f"{name}-{checksum[:16]}.h5"


def find(identity: str) -> Weights | None:
    """Return cached weights; None if they are not there, or damaged."""
    file = cached_file(identity)
    try:
        if not file.is_file():
            return None
        weights = read_weights(file)
    except (InputError, OSError) as error:
        log.warning("cached weights are not used: %s", error)
        return None
    if weights.identity != identity:
        log.warning("cached weights are not used: %s holds %s", file, weights.identity)
        return None
    return weights


def keep(weights: Weights) -> None:
    """Write weights to the cache; a cache that cannot be written is no error."""
    file = cached_file(weights.identity)
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        write_weights(file, weights)
    except OSError as error:
        log.warning("the VGG-19 weights are not cached: %s: %s", file, error.strerror or error)
