"""What travels through the pipes: frames of JSON and raw array bytes.

A frame is a header of fixed size (magic, length of the JSON, length of the arrays), the JSON in
UTF-8, `{"message": {...}, "arrays": [{"name", "dtype", "shape"}]}`, and the bytes of the arrays in
that order, in C order and little endian.
"""

from __future__ import annotations

import json
import math
import struct
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt

from mcr_core.errors import RemoteError

#: Changes whenever a frame or the meaning of a message does.
PROTOCOL = 1

_MAGIC = b"MCR\x01"
_HEADER = struct.Struct("<4sIQ")
# Bounds, so that a stray byte in the stream is an error instead of a reservation of terabytes.
_LONGEST_JSON = 2**30
_LONGEST_ARRAYS = 2**33
_DTYPES = ("|b1", "|u1", "<u2", "<i4", "<i8", "<f4", "<f8")


@dataclass(frozen=True, eq=False)
class Frame:
    """A message with the arrays that belong to it.

    Attributes:
        message: JSON data; non-finite numbers become None on the way.
        arrays: named arrays of booleans, integers or floats.
    """

    message: Mapping[str, Any]
    arrays: Mapping[str, npt.NDArray[Any]] = field(default_factory=dict)


def encode(frame: Frame) -> bytes:
    """Return the bytes of a frame.

    Raises:
        RemoteError: what the frame holds cannot travel.
    """
    listed, parts = [], []
    for name, array in frame.arrays.items():
        portable = np.ascontiguousarray(array, np.asarray(array).dtype.newbyteorder("<"))
        if portable.dtype.str not in _DTYPES:
            raise RemoteError(f"expected an array of numbers, got {name!r} of {portable.dtype}")
        listed.append({"name": name, "dtype": portable.dtype.str, "shape": list(np.shape(array))})
        parts.append(portable.tobytes())
    try:
        content = {"message": _finite(frame.message), "arrays": listed}
        text = json.dumps(content, allow_nan=False).encode()
    except (TypeError, ValueError, RecursionError) as error:
        raise RemoteError(f"expected a message that JSON can hold: {error}") from None
    size = sum(map(len, parts))
    if len(text) > _LONGEST_JSON or size > _LONGEST_ARRAYS:
        raise RemoteError(
            f"a message of {(len(text) + size) / 2**30:.1f} GB is too large for the child process"
        )
    return b"".join([_HEADER.pack(_MAGIC, len(text), size), text, *parts])


def read(stream: BinaryIO) -> Frame | None:
    """Read the next frame; None where the stream ends between two frames.

    Raises:
        RemoteError: the bytes are no frame, or the stream ends within one.
    """
    start = stream.read(_HEADER.size)
    if not start:
        return None
    magic, length, size = _HEADER.unpack(start + _exactly(stream, _HEADER.size - len(start)))
    if magic != _MAGIC:
        raise RemoteError(
            f"expected a frame of protocol version {PROTOCOL}, got the bytes {start[:16]!r}"
        )
    if length > _LONGEST_JSON or size > _LONGEST_ARRAYS:
        raise RemoteError(f"a frame announces {length} + {size} bytes, which is too much")
    message, layout = _parse(_exactly(stream, length))
    if sum(count for _, _, _, count in layout) != size:
        raise RemoteError("the arrays of a frame do not have the size that it announces")
    arrays = {
        name: np.frombuffer(_exactly(stream, count), dtype).reshape(shape)
        for name, dtype, shape, count in layout
    }
    return Frame(message, arrays)


def _exactly(stream: BinaryIO, count: int) -> bytes:
    parts = []
    while count:
        # In pieces: a header that lies about its length must not reserve the memory at once.
        part = stream.read(min(count, 2**24))
        if not part:
            raise RemoteError("the stream ended in the middle of a frame")
        parts.append(part)
        count -= len(part)
    return b"".join(parts)


Layout = list[tuple[str, str, tuple[int, ...], int]]


def _parse(text: bytes) -> tuple[dict[str, Any], Layout]:
    try:
        content = json.loads(text.decode())
        message, listed = content["message"], content["arrays"]
        if not isinstance(message, dict) or not isinstance(listed, list):
            raise TypeError("expected an object and a list")
        layout = []
        for item in listed:
            dtype, shape = item["dtype"], tuple(item["shape"])
            if dtype not in _DTYPES or not isinstance(item["name"], str):
                raise ValueError(f"array of {dtype!r}")
            if any(type(extent) is not int or extent < 0 for extent in shape) or len(shape) > 32:
                raise ValueError(f"array of shape {shape}")
            layout.append((item["name"], dtype, shape, math.prod(shape) * np.dtype(dtype).itemsize))
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise RemoteError(f"a frame does not hold a message ({error})") from None
    return message, layout


def _finite(value: Any) -> Any:
    """JSON has no NaN: before the first evaluation, or after divergence, a loss is None."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {key: _finite(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_finite(item) for item in value]
    return value
