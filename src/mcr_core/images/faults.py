"""Errors of the libraries that read files, turned into one sentence about the file."""

from __future__ import annotations

import logging
import lzma
import re
import struct
import threading
import tokenize
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from xml.etree.ElementTree import ParseError

from mcr_core.errors import FileFormatError, InputError, McrError

log = logging.getLogger("mcr_core.images")

# What tifffile, imagecodecs, Pillow and NumPy raise for bytes that are not what a header promises.
DAMAGE = (
    ValueError,  # tifffile.TiffFileError, npy headers, reshapes, texts that do not decode
    LookupError,  # missing tags, pages that are not there
    TypeError,  # a tag of another type than expected
    AttributeError,  # a page without its tags (None)
    ArithmeticError,  # resolutions of 1/0, sizes beyond 64 bits
    AssertionError,  # tifffile and Pillow check their input so
    RuntimeError,  # imagecodecs, pages that differ from the first, recursion
    struct.error,
    zlib.error,
    lzma.LZMAError,
    EOFError,
    SyntaxError,  # Pillow: a broken PNG
    tokenize.TokenError,  # NumPy: the header of a .npy file
    ParseError,  # OME-XML
)

# Private tags that tifffile cannot read, and that we do not need, are no reason to refuse a file.
_FIRST_PRIVATE_TAG = 32768
_IMAGEJ_TAGS = (50838, 50839)


@contextmanager
def reported(path: Path, kind: str) -> Iterator[None]:
    """Raise what goes wrong inside as one sentence that names the file.

    Args:
        path: the file that is read.
        kind: its format, for the message.

    Raises:
        FileFormatError: the file is damaged.
        InputError: the file cannot be read, or is too large for the memory.
    """
    try:
        yield
    except McrError:
        raise
    except MemoryError as error:
        raise InputError(f"{path}: not enough memory to read it: crop or bin the image") from error
    except OSError as error:
        if error.errno is None:  # Pillow and NumPy raise it for damage, too
            raise damaged(path, kind, error) from error
        raise InputError(f"{path}: cannot be read: {error.strerror}") from error
    except DAMAGE as error:
        raise damaged(path, kind, error) from error


@contextmanager
def tifffile_log(path: Path) -> Iterator[None]:
    """Turn damage that tifffile only logs into an error, and name the file in what is left.

    tifffile reads what it can of a damaged file (one page of a volume, say) and logs the rest.

    Raises:
        FileFormatError: tifffile has logged damage.
    """
    collected = _Collector()
    logger = logging.getLogger("tifffile")
    logger.addFilter(collected)
    try:
        yield
    finally:
        logger.removeFilter(collected)
    for record in collected.records:
        text = record.getMessage()
        if record.levelno >= logging.ERROR and not _harmless(text):
            raise damaged(path, "TIFF", text)
        log.warning("%s: %s", path, text)


def damaged(path: Path, kind: str, reason: object) -> FileFormatError:
    """Return the error for a file that is not what its header promises."""
    text = " ".join(str(reason).split())[:160] or type(reason).__name__
    return FileFormatError(
        f"{path}: expected an intact {kind} file, but it is damaged or truncated ({text}): "
        "copy or save it again"
    )


class _Collector(logging.Filter):
    """Takes the records of the thread that made it, so that readers side by side do not mix."""

    def __init__(self) -> None:
        super().__init__()
        self.records: list[logging.LogRecord] = []
        self._thread = threading.get_ident()

    def filter(self, record: logging.LogRecord) -> bool:
        if record.thread != self._thread or record.levelno < logging.WARNING:
            return True
        self.records.append(record)
        return False


def _harmless(text: str) -> bool:
    tag = re.search(r"<tifffile\.TiffTag (\d+) ", text)
    return tag is not None and int(tag[1]) >= _FIRST_PRIVATE_TAG and int(tag[1]) not in _IMAGEJ_TAGS
