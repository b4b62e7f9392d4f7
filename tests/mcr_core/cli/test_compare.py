"""mcr compare: the table, JSON, the picture, notes, bad input."""

import json
import os
import re
import shlex

import numpy as np
import pytest
import tifffile

import mcr_core
from mcr_core.images import read


@pytest.fixture
def files(folder):
    """Two images of two phases, one of three, a characterization, a picture that exists."""
    rng = np.random.default_rng(1)
    tifffile.imwrite(folder / "other.tif", rng.integers(0, 2, (24, 20)).astype("u1"))
    tifffile.imwrite(folder / "three.tif", rng.integers(0, 3, (24, 20)).astype("u1"))
    target = mcr_core.characterize(read("other.tif"), ["variation"])
    mcr_core.write_characterization("target.h5", target)
    (folder / "there.png").write_bytes(b"precious")
    return folder


def test_images(mcr, files):
    outcome = mcr("compare", "slice.tif", "other.tif", "-d", "variation", "-o", "o.png")
    assert (outcome.code, outcome.err) == (0, "")
    *table, last = outcome.out.splitlines()
    found = mcr_core.compare("slice.tif", "other.tif", ["variation"])
    assert table == found.table().splitlines()
    share = found.relative["variation"]
    assert re.fullmatch(
        rf"o\.png: other\.tif differs from slice\.tif by \(root mean square\): "
        rf"variation {100 * share:.3g} %, S2 up to half the extent .* %, phase fractions .* %",
        last,
    )
    assert (files / "o.png").read_bytes().startswith(b"\x89PNG")


def test_the_default(mcr, files):
    outcome = mcr("compare", "slice.tif", "other.tif", "--limit-to", 3)
    assert outcome.code == 0, outcome.err
    names = {line.split("  ")[0] for line in outcome.out.splitlines()[1:-1]}
    assert names == {
        *("correlations (limit_to=3)", "variation", "volume_fractions"),
        "S2 up to half the extent",
    }


def test_json(mcr, files):
    outcome = mcr("compare", "slice.tif", "target.h5", "--json", "-o", "o.svg")
    assert outcome.code == 0, outcome.err
    assert (
        json.loads(outcome.out)
        == mcr_core.compare("slice.tif", "target.h5", names=("slice.tif", "target.h5")).to_json()
    )
    assert outcome.err.startswith("o.svg: target.h5 differs from slice.tif by")
    assert (files / "o.svg").exists()


def test_a_terminal_gets_a_drawn_table(mcr, files, monkeypatch):
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "200")
    outcome = mcr("compare", "slice.tif", "target.h5")
    assert "│ variation " in outcome.out
    assert "━" in outcome.out


def test_notes(mcr, files):
    outcome = mcr("compare", "slice.tif", "target.h5", "--voxel-size", 0.5, "--unit", "um")
    assert outcome.code == 0
    assert outcome.err == "note: pixels are 0.5 um and 1 pixel: lags are compared pixel by pixel\n"


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("slice.tif missing.tif", r"missing\.tif: no such file"),
        ("slice.tif three.tif", r"as many phases on both sides, got 2 \(0, 1\) and 3 \(0, 1, 2\)"),
        ("slice.tif other.tif -d varition", r"did you mean 'variation'\?"),
        ("slice.tif other.tif --limit-to 40", r"correlations needs planes of at least 79 pixels"),
        ("slice.tif target.h5 -d minkowski", r"has variation, not minkowski: characterize again"),
        ("slice.tif target.h5 --limit-to 4", r"limit_to is for two images: .*"),
        ("target.h5 target.h5 --unit um", r"--unit is for images, .* holds statistics: .*"),
        ("slice.tif other.tif -o o.tif", r"ends in \.png or \.pdf or \.svg, got '\.tif'"),
        ("slice.tif other.tif -o there.png", r"there\.png exists: use --overwrite"),
        ("slice.tif there.png -o there.png --overwrite", r"there\.png is the input itself"),
        ("slice.tif", r"Missing argument 'B'"),
    ],
)
def test_bad_input(mcr, files, line, message):
    before = sorted(os.listdir())
    outcome = mcr("compare", *shlex.split(line))
    assert (outcome.code, outcome.out) == (2, "")
    assert re.fullmatch(rf"mcr: error: .*{message}.*\n", outcome.err), outcome.err
    assert sorted(os.listdir()) == before
    assert (files / "there.png").read_bytes() == b"precious"


def test_overwrite(mcr, files):
    outcome = mcr("compare", "slice.tif", "target.h5", "-o", "there.png", "--overwrite")
    assert outcome.code == 0, outcome.err
    assert (files / "there.png").read_bytes().startswith(b"\x89PNG")
