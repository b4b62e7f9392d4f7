"""What verbs take: microstructures and characterizations, or the files that hold them."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from mcr_core.characterization import Characterization
from mcr_core.characterization_file import SUFFIXES, read_characterization
from mcr_core.errors import InputError
from mcr_core.images import read
from mcr_core.microstructure import Microstructure
from mcr_core.planes import PLANES

AnyPath = str | os.PathLike[str]
#: A microstructure, or the path of an image, read as `mcr_core.read(path)`.
Image = Microstructure | AnyPath
#: A characterization, or the path of its file (.h5).
Target = Characterization | AnyPath


def as_microstructure(what: object) -> Microstructure:
    """Return a microstructure, read if a path is given.

    Raises:
        InputError: neither, or a file that cannot be read.
    """
    if isinstance(what, Microstructure):
        return what
    if isinstance(what, (str, os.PathLike)):
        if Path(what).suffix.lower() in SUFFIXES:
            raise InputError(
                f"{what}: expected an image, this is the name of a characterization or a recording"
            )
        return read(what)
    raise InputError(
        f"expected a Microstructure or the path of an image, got {_kind(what)}: make one by "
        "read(path) or Microstructure.from_array(array)"
    )


def as_microstructures(what: object) -> list[Microstructure]:
    """Return several microstructures, each given as such or by its path.

    Raises:
        InputError: something else, or a file that cannot be read.
    """
    if not isinstance(what, Iterable) or hasattr(what, "dtype"):
        raise InputError(
            f"expected a Microstructure, the path of an image or a list of them, got {_kind(what)}"
            ": make one by read(path) or Microstructure.from_array(array)"
        )
    return [as_microstructure(one) for one in what]


def as_characterization(what: object) -> Characterization:
    """Return a characterization, read if a path is given.

    Raises:
        InputError: neither, or a file that cannot be read.
    """
    if isinstance(what, Characterization):
        return what
    if isinstance(what, (str, os.PathLike)):
        return read_characterization(what)
    raise InputError(
        f"expected a Characterization or the path of its file (.h5), got {_kind(what)}: make one "
        "by characterize(image)"
    )


def as_either(what: object) -> Microstructure | Characterization:
    """Return a microstructure or a characterization; the ending of a path tells which.

    Raises:
        InputError: neither, or a file that cannot be read.
    """
    if isinstance(what, (Microstructure, Characterization)):
        return what
    if isinstance(what, (str, os.PathLike)):
        statistics = Path(what).suffix.lower() in SUFFIXES
        return as_characterization(what) if statistics else as_microstructure(what)
    raise InputError(
        f"expected a microstructure, a characterization or the path of a file, got {_kind(what)}"
    )


def states_plane(what: object) -> bool:
    """Whether an argument for a plane says which other it is like, `as:xz`, perhaps wrongly."""
    return isinstance(what, str) and (what.startswith("as:") or what in PLANES)


def _kind(what: object) -> str:
    return "nothing" if what is None else type(what).__name__
