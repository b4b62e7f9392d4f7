"""Chunks that are shorter than they say."""

from __future__ import annotations

import os
import struct
from pathlib import Path

from mcr_core.images.faults import damaged, reported
from mcr_core.images.ome_zarr.nodes import KIND, Node

#: Blosc begins a chunk with 16 bytes; the last four are its length with them.
_HEADER = struct.Struct("<12xI")


def check_chunks(path: Path, array: Node) -> None:
    """Refuse truncated chunks of Blosc, which numcodecs reads beyond their end, as any bytes.

    Other compressions find this themselves.

    Raises:
        FileFormatError: with the first of these chunks.
    """
    if not array.blosc:
        return
    with reported(path, KIND):
        for folder, _, names in os.walk(array.folder):
            for name in names:
                # Chunks are named by numbers: 0.1.2, 1 in c/0, ...
                if not name[-1:].isdigit():
                    continue
                chunk = Path(folder, name)
                with chunk.open("rb") as file:
                    header = file.read(_HEADER.size)
                    length = os.fstat(file.fileno()).st_size
                if len(header) < _HEADER.size or _HEADER.unpack(header)[0] != length:
                    raise damaged(path, KIND, f"the chunk {chunk.relative_to(array.folder)}")
