"""mcr export: formats by ending, what it says, bad input."""

import os
import re
import shlex

import numpy as np
import pytest

from mcr_core import export, write
from mcr_core.images import read, read_job


def test_vti(mcr, folder):
    outcome = mcr("export", "slice.tif", "-o", "o.vti", "--voxel-size", 0.5, "--unit", "um")
    assert outcome.code == 0, outcome.err
    assert outcome.err == ""
    source = read("slice.tif", voxel_size=0.5, unit="um")
    fractions = " / ".join(f"{f:.4f}" for f in source.phase_fractions)
    assert outcome.out == (
        f"{folder / 'o.vti'}: 24 x 20, fractions {fractions}, voxel 5e-07 x 5e-07 x 5e-07 m "
        "(X Y Z)\n"
    )
    assert (folder / "o.vti").read_bytes() == export(source, "same.vti").read_bytes()


def test_vti_without_a_unit(mcr, folder):
    outcome = mcr("export", "slice.tif", "-o", "o.vti")
    assert outcome.code == 0, outcome.err
    assert outcome.out.endswith(
        "voxel 1 x 1 x 1 without a unit (DAMASK reads metres: give --voxel-size and --unit)\n"
    )


@pytest.mark.parametrize("name", ["o.npy", "o.tiff", "o.ome.zarr"])
def test_images(mcr, folder, name):
    write("made.tif", read("slice.tif", voxel_size=2, unit="nm", periodic=True), job={"seed": 1})
    outcome = mcr("export", "made.tif", "-o", name)
    assert outcome.code == 0, outcome.err
    assert re.fullmatch(rf".*{name}: 24 x 20, fractions 0\.\d+ / 0\.\d+\n", outcome.out)
    assert read(name) == read("made.tif")
    assert read_job(name) == {"seed": 1}


def test_read_in_another_way_it_has_no_job(mcr, folder):
    write("made.tif", read("slice.tif"), job={"seed": 1})
    outcome = mcr("export", "made.tif", "-o", "o.npy", "--ignore", 7, "--threshold", 0)
    assert outcome.code == 0, outcome.err
    assert read_job("o.npy") is None
    np.testing.assert_array_equal(read("o.npy").labels, read("slice.tif").labels)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("missing.tif -o o.vti", r"missing\.tif: no such file"),
        (
            "slice.tif -o o.vtk",
            r"o\.vtk: expected a name that ends in \.vti or .* or \.npy or \.zarr, got '\.vtk'",
        ),
        ("slice.tif -o nowhere/o.vti", r"the folder .*nowhere does not exist: create it first"),
        ("slice.tif -o slice.tif --overwrite", r"slice\.tif is the input itself: choose another"),
        ("slice.tif -o there.vti", r"there\.vti exists: use --overwrite"),
        ("there.vti -o o.tif", r"there\.vti: expected \.tif, .*, got \.vti"),
        ("slice.tif", r"Missing option '-o' / '--output'"),
        ("a.zarr/labels/phases -o a.zarr --overwrite", r"a\.zarr is the input itself: choose"),
        ("slice.tif -o a.zarr", r"a\.zarr exists: use --overwrite"),
        ("slice.tif -o diary.zarr --overwrite", r"diary\.zarr exists and is no result of mcr"),
        ("diary.zarr -o o.tif", r"diary\.zarr: expected an OME-Zarr folder, found no zarr\.json"),
    ],
)
def test_bad_input(mcr, folder, line, message):
    (folder / "there.vti").write_bytes(b"precious")
    (folder / "diary.zarr").mkdir()
    write("a.zarr", read("slice.tif"))
    before = sorted(os.listdir())
    outcome = mcr("export", *shlex.split(line))
    assert (outcome.code, outcome.out) == (2, "")
    assert re.fullmatch(rf"mcr: error: .*{message}.*\n", outcome.err), outcome.err
    assert sorted(os.listdir()) == before
    assert (folder / "there.vti").read_bytes() == b"precious"


def test_overwrite(mcr, folder):
    (folder / "there.vti").write_bytes(b"old")
    assert mcr("export", "slice.tif", "-o", "there.vti", "--overwrite").code == 0
    assert (folder / "there.vti").read_bytes().startswith(b"<?xml")
