"""Read statistics that other programs have written as NumPy files."""

from __future__ import annotations

import os
import zipfile
from pathlib import Path
from typing import Any

import numpy as np

from mcr_core.errors import FileFormatError, InputError

SUFFIXES = (".npy", ".npz")
_OWN = ("s2", "phase_fractions")


def read_arrays(path: str | os.PathLike[str]) -> dict[str, Any]:
    """Return what a file gives to `from_arrays`, as its arguments.

    A `.npy` is the map (or profile) of S₂. A `.npz` has `s2` and `phase_fractions`, and values
    of descriptors as `NAME`, or as `NAME.BLOCK` of those with several blocks. No pickles.

    Raises:
        InputError: no such file, or another ending.
        FileFormatError: it is damaged, or holds something else.
    """
    file = Path(path)
    if file.suffix.lower() not in SUFFIXES:
        raise InputError(
            f"{file}: expected {' or '.join(SUFFIXES)}, got {file.suffix or 'no suffix'!r}"
        )
    if not file.exists():
        raise InputError(f"{file}: no such file")
    try:
        loaded = np.load(file, allow_pickle=False)
        if isinstance(loaded, np.ndarray):
            return {"s2": loaded}
        with loaded:
            arrays = {name: loaded[name] for name in loaded.files}
    except (OSError, ValueError, EOFError, zipfile.BadZipFile, KeyError) as error:
        reason = " ".join(str(error).split())[:160]
        raise FileFormatError(
            f"{file}: expected arrays that numpy.save or numpy.savez wrote: {reason}"
        ) from None
    found: dict[str, Any] = {name: arrays.pop(name) for name in _OWN if name in arrays}
    values: dict[str, Any] = {}
    for name, array in arrays.items():
        descriptor, dot, block = name.partition(".")
        if not dot:
            values[descriptor] = array
        elif isinstance(values.setdefault(descriptor, {}), dict):
            values[descriptor][block] = array
    return {**found, "values": values}
