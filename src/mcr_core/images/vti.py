"""VTK image data (`.vti`) in the form that both ParaView and DAMASK read.

DAMASK's solver reads the file line by line: the elements stand on lines of their own, the values
of an array on one line below its element, as base64 (`format="binary"`), never appended at the
end. Its numbers are Int32, Int64, Float32 or Float64, the extent starts at 0, and the materials are
the cell data `material`. Source: src/grid/VTI.f90 and VTI.cpp of DAMASK 3; for the format itself
https://docs.vtk.org/en/latest/vtk_file_formats/vtkxml_file_format.html
"""

from __future__ import annotations

import base64
import struct
from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import BinaryIO

from mcr_core.microstructure import Microstructure

SUFFIXES = (".vti",)

#: Powers of ten that turn a unit into metres.
_POWERS = {"nm": -9, "um": -6, "mm": -3}


def store(file: BinaryIO, ms: Microstructure) -> None:
    """Write the phase indices 0 … P-1 as the cell data `material` (Int32), x fastest.

    A 2D image is one layer, as thick as a pixel is long in X. Voxels outside of the mask are
    a material of their own, P: each index needs an entry in DAMASK's `material.yaml`. Phase
    values and names are in the field data `comments`, as DAMASK keeps its own.

    Args:
        file: open for writing.
        ms: (Y, X) or (Z, Y, X). Its spacing is written in metres; in voxels where its unit
            is `pixel`.
    """
    labels = ms.labels.reshape((-1, *ms.shape[-2:]))
    mask = None if ms.mask is None else ms.mask.reshape(labels.shape)
    extent = " ".join(f"0 {n}" for n in labels.shape[::-1])
    spacing = " ".join(repr(s) for s in spacing_xyz(ms))
    comments = _comments(ms)
    text = b"".join(line.encode() + b"\0" for line in comments)

    def layers() -> Iterator[bytes]:
        for z, layer in enumerate(labels):
            material = layer.astype("<i4")
            if mask is not None:
                material[~mask[z]] = ms.phase_count
            yield material.tobytes()

    def lines(*words: str) -> None:
        file.write("".join(f"{word}\n" for word in words).encode())

    lines(
        '<?xml version="1.0"?>',
        '<VTKFile type="ImageData" version="1.0" byte_order="LittleEndian" header_type="UInt64">',
        f'<ImageData WholeExtent="{extent}" Origin="0 0 0" Spacing="{spacing}" '
        'Direction="1 0 0 0 1 0 0 0 1">',
        "<FieldData>",
        f'<Array type="String" Name="comments" NumberOfTuples="{len(comments)}" format="binary">',
    )
    _pour(file, len(text), [text])
    lines(
        "</Array>",
        "</FieldData>",
        f'<Piece Extent="{extent}">',
        "<PointData>",
        "</PointData>",
        "<CellData>",  # without attributes: older solvers look for these very characters
        '<DataArray type="Int32" Name="material" format="binary">',
    )
    _pour(file, 4 * labels.size, layers())
    lines("</DataArray>", "</CellData>", "</Piece>", "</ImageData>", "</VTKFile>")


def spacing_xyz(ms: Microstructure) -> tuple[float, float, float]:
    """Return the edges of a voxel along X, Y, Z in metres; in voxels where the unit is `pixel`."""
    # In decimals, so that 0.4 um is 4e-07 m and not 4.0000000000000003e-07.
    power = _POWERS.get(ms.unit, 0)
    edges = [float(Decimal(repr(float(e))).scaleb(power)) for e in ms.voxel_size[::-1]]
    return edges[0], edges[1], edges[2] if len(edges) == 3 else edges[0]


def _comments(ms: Microstructure) -> list[str]:
    outside = [] if ms.mask is None else [f"material {ms.phase_count}: outside of the mask"]
    return [
        "written by napari-mcr",
        *(
            f"material {index}: {' '.join(name.split())} (value {value:g})"
            for index, (name, value) in enumerate(zip(ms.phase_names, ms.phase_values, strict=True))
        ),
        *outside,
        "lengths in voxels: no unit is known" if ms.unit == "pixel" else "lengths in metres",
        f"boundary: {'periodic' if ms.periodic else 'open'}",
    ]


def _pour(file: BinaryIO, size: int, parts: Iterable[bytes]) -> None:
    """Write the number of bytes and the bytes as one line of base64, part by part."""
    rest = struct.pack("<Q", size)
    for part in parts:
        rest += part
        whole = len(rest) - len(rest) % 3
        file.write(base64.b64encode(rest[:whole]))
        rest = rest[whole:]
    file.write(base64.b64encode(rest) + b"\n")
