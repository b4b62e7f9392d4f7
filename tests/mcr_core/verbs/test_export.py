"""export: the .vti as ParaView's and as DAMASK's rules have it, .npy and .tif."""

import base64
import struct
import xml.etree.ElementTree as ET
from dataclasses import dataclass

import numpy as np
import pytest

import mcr_core as mcr
from mcr_core import Microstructure, export
from mcr_core.errors import InputError, RunError
from mcr_core.images import read, read_job


@dataclass(frozen=True)
class Grid:
    """What a reader finds in a file."""

    cells: tuple
    spacing: tuple
    material: np.ndarray
    comments: tuple = ()


def decoded(text, dtype):
    """Values behind a header of 8 bytes that says how many bytes follow."""
    raw = base64.b64decode(text, validate=True)
    (size,) = struct.unpack("<Q", raw[:8])
    assert size == len(raw) - 8
    return np.frombuffer(raw[8:], dtype)


def read_as_xml(path):
    """By the elements of the format, as VTK reads it."""
    root = ET.parse(path).getroot()
    assert root.tag == "VTKFile"
    assert root.attrib == {
        "type": "ImageData",
        "version": "1.0",
        "byte_order": "LittleEndian",
        "header_type": "UInt64",
    }
    (image,) = root
    fields, piece = image
    points, cells = piece
    (comments,), (material,) = fields, cells
    assert [e.tag for e in (image, fields, piece, points, cells, comments, material)] == [
        *("ImageData", "FieldData", "Piece", "PointData", "CellData", "Array", "DataArray")
    ]
    assert len(points) == 0
    assert piece.attrib["Extent"] == image.attrib["WholeExtent"]
    assert image.attrib["Origin"] == "0 0 0"
    assert comments.attrib["type"] == "String"
    assert material.attrib == {"type": "Int32", "Name": "material", "format": "binary"}
    text = decoded(comments.text.strip(), np.uint8).tobytes().decode()
    words = text.split("\0")
    assert words.pop() == ""
    assert len(words) == int(comments.attrib["NumberOfTuples"])
    extent = [int(n) for n in image.attrib["WholeExtent"].split()]
    return Grid(
        tuple(extent[1::2]),
        tuple(float(s) for s in image.attrib["Spacing"].split()),
        decoded(material.text.strip(), "<i4"),
        tuple(words),
    )


def attribute(line, key):
    """As DAMASK's solver looks for it: the last ` key`, then what is between quotes."""
    at = line.rfind(" " + key)
    if at < 0:
        return ""
    start = min(i for i in (line.find("'", at), line.find('"', at)) if i >= 0)
    assert "=" in line[at:start]
    return line[start + 1 : line.index(line[start], start + 1)]


def read_line_by_line(path):
    """By the rules of DAMASK's solver, which knows lines and not elements."""
    lines = path.read_bytes().decode("ascii").split("\n")
    numbered = iter(enumerate(lines))
    _, head = next(pair for pair in numbered if "<VTKFile" in pair[1])
    assert attribute(head, "type") == "ImageData"
    assert attribute(head, "byte_order") == "LittleEndian"
    assert attribute(head, "header_type") == "UInt64"
    assert attribute(head, "compressor") == ""
    _, image = next(pair for pair in numbered if "<ImageData" in pair[1])
    assert attribute(image, "Direction") == "1 0 0 0 1 0 0 0 1"
    extent = [int(n) for n in attribute(image, "WholeExtent").split()]
    assert extent[::2] == [0, 0, 0]
    next(pair for pair in numbered if "<CellData>" in pair[1])
    number, array = next(numbered)
    assert "<DataArray" in array
    assert attribute(array, "Name") == "material"
    assert attribute(array, "format") == "binary"
    assert attribute(array, "type") in ("Int32", "Int64", "Float32", "Float64")
    assert lines[number + 2].strip() == "</DataArray>"
    values = decoded(lines[number + 1].lstrip(), "<i4")
    assert [float(o) for o in attribute(image, "Origin").split()] == [0, 0, 0]
    spacing = tuple(float(s) for s in attribute(image, "Spacing").split())
    return Grid(tuple(extent[1::2]), spacing, values)


READERS = (read_as_xml, read_line_by_line)


def volume(**options):
    values = np.random.default_rng(0).integers(0, 3, (2, 3, 5)) * 10
    values.flat[:3] = 0, 10, 20
    return Microstructure.from_array(values, **options)


@pytest.mark.parametrize("reader", READERS)
def test_volume(tmp_path, reader):
    ms = volume(voxel_size=(3, 2, 0.4), unit="um")
    path = export(ms, tmp_path / "a.vti")
    grid = reader(path)
    assert grid.cells == (5, 3, 2)
    assert grid.spacing == (4e-07, 2e-06, 3e-06)
    for z, y, x in np.ndindex(ms.shape):
        assert grid.material[x + 5 * (y + 3 * z)] == ms.labels[z, y, x]


@pytest.mark.parametrize("reader", READERS)
def test_an_image_is_one_layer(tmp_path, reader):
    ms = Microstructure.from_array(np.eye(3, 4, dtype=int), voxel_size=(2, 5), unit="nm")
    grid = reader(export(ms, tmp_path / "a.vti"))
    assert grid.cells == (4, 3, 1)
    assert grid.spacing == (5e-9, 2e-9, 5e-9)
    np.testing.assert_array_equal(grid.material, ms.labels.ravel())


@pytest.mark.parametrize("reader", READERS)
def test_outside_of_the_mask_is_a_material_of_its_own(tmp_path, reader):
    mask = np.ones((2, 3, 5), bool)
    mask[1, :2] = False
    ms = volume(mask=mask)
    grid = reader(export(ms, tmp_path / "a.vti"))
    np.testing.assert_array_equal(grid.material, np.where(mask, ms.labels, 3).ravel())


@pytest.mark.parametrize(
    ("unit", "size", "metres"),
    [
        ("pixel", 0.25, 0.25),
        ("nm", 0.1, 1e-10),
        ("um", 0.1, 1e-7),
        ("um", 1e-3, 1e-9),
        ("mm", 0.3, 3e-4),
        ("m", 2, 2),
    ],
)
def test_lengths_are_metres(tmp_path, unit, size, metres):
    path = export(volume(voxel_size=size, unit=unit), tmp_path / "a.vti")
    assert read_as_xml(path).spacing == (metres,) * 3


def test_comments(tmp_path):
    ms = volume(phase_names=["pore", "α\n<Fe>", "x"], unit="um", periodic=True)
    assert read_as_xml(export(ms, tmp_path / "a.vti")).comments == (
        "written by napari-mcr",
        "material 0: pore (value 0)",
        "material 1: α <Fe> (value 10)",
        "material 2: x (value 20)",
        "lengths in metres",
        "boundary: periodic",
    )
    mask = np.arange(30).reshape(2, 3, 5) > 0
    ms = Microstructure.from_array(np.where(mask, volume().labels, 0) - 0.5 > 0, mask=mask)
    assert read_as_xml(export(ms, tmp_path / "b.vti")).comments[1:] == (
        "material 0: phase 0 (value 0)",
        "material 1: phase 1 (value 1)",
        "material 2: outside of the mask",
        "lengths in voxels: no unit is known",
        "boundary: open",
    )


@pytest.mark.parametrize("shape", [(1, 1, 2), (1, 2, 2), (3, 1, 1), (2, 2, 3)])
def test_every_length_of_the_last_group_of_base64(tmp_path, shape):
    """4 n + 8 bytes leave 0, 1 or 2 bytes to a group of three."""
    ms = Microstructure.from_array(np.arange(np.prod(shape)).reshape(shape))
    for reader in READERS:
        np.testing.assert_array_equal(
            reader(export(ms, tmp_path / "a.vti", overwrite=True)).material, ms.labels.ravel()
        )


@pytest.mark.parametrize("name", ["a.npy", "a.tif", "a.TIFF"])
def test_images_come_back_with_their_job(tmp_path, name):
    ms = volume(voxel_size=0.5, unit="um", periodic=True)
    path = export(ms, tmp_path / name, job={"seed": 3})
    assert read(path) == ms
    assert read_job(path) == {"seed": 3}


def test_the_values_are_in_the_npy(tmp_path):
    ms = volume()
    np.testing.assert_array_equal(np.load(mcr.export(ms, tmp_path / "a.npy")), ms.values)


@pytest.mark.parametrize("name", ["a.vti", "a.VTI", "a.tif", "a.npy"])
def test_nothing_is_replaced_unasked(tmp_path, name):
    ms = volume()
    export(ms, tmp_path / name)
    before = (tmp_path / name).read_bytes()
    with pytest.raises(InputError, match="exists: use --overwrite"):
        export(Microstructure.from_array(np.eye(3)), tmp_path / name)
    assert (tmp_path / name).read_bytes() == before
    export(Microstructure.from_array(np.eye(3)), tmp_path / name, overwrite=True)
    assert (tmp_path / name).read_bytes() != before


def test_another_ending_is_refused(tmp_path):
    message = r"a\.vtk: expected a name that ends in \.vti or \.tif or .*, got '\.vtk'"
    with pytest.raises(InputError, match=message):
        export(volume(), tmp_path / "a.vtk")
    assert list(tmp_path.iterdir()) == []


def test_a_link_keeps_the_format_of_its_name(tmp_path):
    (tmp_path / "a.vti").symlink_to(tmp_path / "kept.bin")
    export(volume(), tmp_path / "a.vti")
    assert read_as_xml(tmp_path / "kept.bin").cells == (5, 3, 2)


def test_a_full_disk_leaves_no_part_of_a_file(tmp_path, monkeypatch):
    def fail(text):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("mcr_core.images.vti.base64.b64encode", fail)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with pytest.raises(RunError, match=r"a\.vti: cannot be written: No space left on device"):
        export(volume(), tmp_path / "a.vti")
    assert list(tmp_path.iterdir()) == []
