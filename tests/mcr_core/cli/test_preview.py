"""mcr preview."""

import numpy as np
import tifffile

import mcr_core


def test_it_writes_what_python_returns(mcr, folder):
    outcome = mcr("preview", "slice.tif", "-o", "seen.tif", "--shape", 12, 11, 10, "--seed", 3)
    assert outcome.code == 0
    assert "seen.tif: 12 x 11 x 10, fractions " in outcome.out
    assert "S2 error " in outcome.out
    expected = mcr_core.preview("slice.tif", (12, 11, 10), seed=3)
    np.testing.assert_array_equal(tifffile.imread("seen.tif"), expected.values)


def test_from_a_characterization_with_options(mcr, folder):
    assert mcr("characterize", "slice.tif", "-o", "t.h5", "-d", "variation").code == 0
    start = "gaussian_field:smoothing=0"
    outcome = mcr("preview", "t.h5", "-o", "a.tif", "--add-dimension", 6, "--start", start)
    assert outcome.code == 0
    outcome = mcr("preview", "t.h5", "-o", "b.tif", "--shape", 8, 9, 9, "--initial", "a.tif")
    assert outcome.code == 0
    assert tifffile.imread("b.tif").shape == (8, 9, 9)


def test_bad_input(mcr, folder):
    outcome = mcr("preview", "slice.tif", "-o", "slice.tif", "--overwrite")
    assert (outcome.code, "is the input itself" in outcome.err) == (2, True)
    outcome = mcr("preview", "slice.tif", "-o", "a.tif", "--start", "volume")
    assert (outcome.code, "begins with a given microstructure" in outcome.err) == (2, True)


def test_images_of_planes_stand_for_one(mcr, folder):
    names = ("--xy", "slice.tif", "--xz", "slice.tif", "--yz", "as:xz", "--force")
    shape = ("--shape", 12, 12, 12)
    outcome = mcr("preview", *names, "-o", "seen.tif", *shape, "--seed", 3)
    assert outcome.code == 0, outcome.err
    one = mcr_core.characterize("slice.tif", ["volume_fractions"])
    both = mcr_core.merge(xy=one, xz=one, yz="as:xz", force=True)
    expected = mcr_core.preview(both, (12, 12, 12), seed=3)
    np.testing.assert_array_equal(tifffile.imread("seen.tif"), expected.values)
    for arguments, words in (
        (("slice.tif", "--xy", "slice.tif"), "give an IMAGE, or images of planes"),
        ((), "give an IMAGE, or images of planes"),
        ((*names, "--pool"), "pool is for a volume"),
        (("--xy", "a.tif", "--xz", "slice.tif", "--yz", "slice.tif", "--overwrite"), "the input"),
    ):
        (folder / "a.tif").write_bytes((folder / "slice.tif").read_bytes())
        outcome = mcr("preview", *arguments, "-o", "a.tif", "--overwrite", *shape)
        assert (outcome.code, words in outcome.err) == (2, True), outcome.err
