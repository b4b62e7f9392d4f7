"""mcr smooth: options, what it says and writes, bad input."""

import os
import re
import shlex
import subprocess
import sys

import numpy as np
import pytest
import tifffile

from mcr_core import smooth
from mcr_core.images import read, read_job

VALUES = np.random.default_rng(2).choice([0, 5, 9], (24, 20)).astype(np.uint8)


@pytest.fixture
def three(folder):
    tifffile.imwrite(folder / "three.tif", VALUES)
    return folder


@pytest.mark.parametrize(
    ("options", "arguments"),
    [
        ("", {}),
        ("--sigma 1.5 --periodic", {"sigma": 1.5}),
        ("--method gaussian --no-keep-fractions", {"keep_fractions": False}),
        ("--method median --size 5", {"method": "median", "size": 5}),
        (
            "--method majority --no-keep-fractions",
            {"method": "majority", "keep_fractions": False},
        ),
    ],
)
def test_options(mcr, three, options, arguments):
    outcome = mcr("smooth", "three.tif", "-o", "o.tif", *shlex.split(options))
    assert outcome.code == 0, outcome.err
    source = read("three.tif", periodic="--periodic" in options)
    assert read("o.tif") == smooth(source, **arguments)


def test_what_it_says(mcr, three):
    outcome = mcr(
        *("smooth", "three.tif", "-o", "o.npy", "--voxel-size", 0.5, "--unit", "um"),
        *("--ignore", 5, "--method", "majority"),
    )
    assert outcome.code == 0, outcome.err
    assert outcome.err == ""
    before, after = read("three.tif", ignore=5), read("o.npy")
    fractions = " / ".join(f"{f:.4f}" for f in before.phase_fractions)
    changed = 100 * np.mean(before.labels[before.mask] != after.labels[after.mask])
    assert re.fullmatch(
        rf"{re.escape(str(three / 'o.npy'))}: 24 x 20, fractions {fractions}, "
        rf"{changed:.2f} % of the voxels changed, surface -\d+\.\d % \(pairs of unlike "
        r"neighbours\)\n",
        outcome.out,
    )
    assert (after.voxel_size, after.unit, after.phase_values) == ((0.5, 0.5), "um", (0, 9))
    np.testing.assert_array_equal(after.mask, VALUES != 5)
    assert read_job("o.npy") is None


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("missing.tif -o o.tif", r"missing\.tif: no such file"),
        ("three.tif -o o.vti", r"o\.vti: expected a name that ends in \.tif or \.tiff or \.npy"),
        ("three.tif -o three.tif --overwrite", r"three\.tif is the input itself: choose another"),
        ("three.tif -o ./three.tif", r"three\.tif is the input itself: choose another output"),
        ("three.tif -o slice.tif --mask slice.tif --overwrite", r"slice\.tif is the input itself"),
        ("three.tif -o slice.tif", r"slice\.tif exists: use --overwrite"),
        ("three.tif -o o.tif --method mean", r"unknown method 'mean': did you mean 'median'\?"),
        ("three.tif -o o.tif --size 3", r"the method gaussian takes sigma, not size"),
        ("three.tif -o o.tif --method median --sigma 1", r"the method median takes size, not"),
        ("three.tif -o o.tif --sigma -1", r"sigma: expected a number of voxels above 0 .* got -1"),
        ("three.tif -o o.tif --method majority --size 2", r"size: expected an odd number .* got 2"),
        ("three.tif -o o.tif --method majority --size x", r"'--size': 'x' is not a valid integer"),
    ],
)
def test_bad_input(mcr, three, line, message):
    before = sorted(os.listdir())
    outcome = mcr("smooth", *shlex.split(line))
    assert (outcome.code, outcome.out) == (2, "")
    assert re.fullmatch(rf"mcr: error: .*{message}.*\n", outcome.err), outcome.err
    assert sorted(os.listdir()) == before


def test_neither_command_loads_tensorflow(three):
    code = """
import sys
from mcr_core.cli import main
for line in ("smooth three.tif -o a.tif", "export a.tif -o a.vti"):
    try:
        main(line.split())
    except SystemExit as end:
        print(end.code, "tensorflow" in sys.modules)
"""
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=120, check=True
    )
    assert done.stdout.splitlines()[1::2] == ["0 False"] * 2
