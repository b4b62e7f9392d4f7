"""Targets on the command line: merged, interpolated, pooled, of stacks, of arrays, of planes."""

import json

import numpy as np
import pytest
import tifffile

import mcr_core as mcr_api
from mcr_core.descriptors import TwoPoint, Variation
from mcr_core.images import read, read_job
from mcr_core.job import Job

TERMS = ("-d", "two_point:limit_to=3", "-d", "variation")
QUICK = (*TERMS, "--max-iter", 2)
API_TERMS = (TwoPoint(limit_to=3), Variation())


@pytest.fixture
def images(folder):
    """Images of three planes of one material, of different extents (Z 12, Y 14, X 16)."""
    rng = np.random.default_rng(0)
    for name, shape in {"xy": (14, 16), "xz": (12, 16), "yz": (12, 14)}.items():
        tifffile.imwrite(f"{name}.tif", (rng.random(shape) < 0.4).astype(np.uint8))
    return folder


@pytest.fixture
def targets(mcr, images):
    """Their characterizations."""
    for name in ("xy", "xz", "yz"):
        assert mcr("characterize", f"{name}.tif", "-o", f"{name}.h5", *TERMS).code == 0
    return images


def test_merge(mcr, targets):
    outcome = mcr(
        *("merge", "--xy", "xy.h5", "--xz", "xz.h5", "--yz", "yz.h5", "-o", "m.h5", "--force")
    )
    assert outcome.code == 0, outcome.err
    assert outcome.out.startswith(
        f"{targets / 'm.h5'}: two_point, variation; "
        "xy of xy.h5, xz of xz.h5, yz of yz.h5; fractions 0."
    )
    parts = {name: mcr_api.read_characterization(f"{name}.h5") for name in ("xy", "xz", "yz")}
    found, wanted = mcr_api.read_characterization("m.h5"), mcr_api.merge(**parts, force=True)
    for name in parts:
        np.testing.assert_array_equal(found.planes[name].s2, wanted.planes[name].s2)
    outcome = mcr("reconstruct", "m.h5", "-o", "v.tif", "--max-iter", 2)
    assert outcome.code == 0, outcome.err
    assert read("v.tif").shape == (12, 14, 16)
    assert mcr("run", "v.tif").code == 0
    assert read("v_repeat.tif") == read("v.tif")


def test_merge_of_two_with_the_third_stated(mcr, targets):
    line = ["merge", "--xy", "xy.h5", "--xz", "xz.h5", "-o", "m.h5", "--force"]
    outcome = mcr(*line)
    assert outcome.code == 2
    assert "the plane yz is missing: say which one it is like, as:xy or as:xz" in (outcome.err)
    outcome = mcr(*line, "--yz", "as:xz")
    assert outcome.code == 0, outcome.err
    assert "xz of xz.h5, yz of xz.h5; fractions" in outcome.out


def test_what_no_volume_can_have_is_refused(mcr, folder):
    rng = np.random.default_rng(1)
    long = np.repeat(rng.random((96, 12)) < 0.4, 8, axis=1)
    tifffile.imwrite("long.tif", long.astype(np.uint8))
    line = ["characterize", "long.tif", "-o", "long.h5", "-d", "variation", "--periodic"]
    assert mcr(*line).code == 0
    merge = ["merge", "--xy", "long.h5", "--xz", "long.h5", "--yz", "as:xz", "-o", "m.h5"]
    outcome = mcr(*merge)
    assert outcome.code == 2
    assert (
        "mcr: error: along Y the xy and yz planes disagree: the autocorrelation of 'phase 1'"
        in (outcome.err)
    )
    assert "no volume has both" in outcome.err
    assert outcome.err.count("\n") == 1
    assert mcr(*merge, "--force").code == 0
    (note,) = mcr_api.read_characterization("m.h5").notes
    assert note.startswith("along Y the xy and yz planes disagree")
    match = ["match", "--xy", "long.tif", "--xz", "long.tif", "--yz", "as:xz", "-o", "o.tif"]
    outcome = mcr(*match, "--periodic", "--shape", 8, 8, 8, "-d", "variation", "--max-iter", 1)
    assert outcome.code == 2
    assert outcome.err.startswith("mcr: error: along Y the xy and yz planes disagree")


def test_interpolate(mcr, targets):
    ends = ["xy.h5", "xz.h5"]
    outcome = mcr("interpolate", *ends, "-o", "step.h5", "--steps", 3)
    assert outcome.code == 0, outcome.err
    files = [targets / f"step_{n:03d}.h5" for n in range(3)]
    assert [line.split(": fractions 0.")[0] for line in outcome.out.splitlines()] == [
        str(file) for file in files
    ]
    wanted = mcr_api.interpolate(*ends, steps=3)
    for file, target in zip(files, wanted, strict=True):
        found = mcr_api.read_characterization(file)
        np.testing.assert_array_equal(found.planes["all"].s2, target.planes["all"].s2)
        assert found.notes == target.notes == ("S2: lags up to 11 x 15 pixels",)
    outcome = mcr("interpolate", *ends, "-o", "step.h5", "--steps", 4)
    assert outcome.code == 2
    assert "step_000.h5 exists: use --overwrite" in outcome.err
    assert not (targets / "step_003.h5").exists()


@pytest.mark.parametrize("row", [("0.5", "0.25", "0.25"), ("0.5,0.25,0.25",)])
def test_interpolate_by_weights(mcr, targets, row):
    ends = ["xy.h5", "xz.h5", "yz.h5"]
    line = ["interpolate", *ends, "-o", "mix.h5", "--weights", *row, "--weights", 0, 0, 1]
    outcome = mcr(*line)
    assert outcome.code == 0, outcome.err
    fractions = [mcr_api.read_characterization(end).phase_fractions for end in ends]
    for n, weights in enumerate([(0.5, 0.25, 0.25), (0, 0, 1)]):
        found = mcr_api.read_characterization(f"mix_{n:03d}.h5")
        np.testing.assert_allclose(found.phase_fractions, np.array(weights) @ fractions)
    outcome = mcr("interpolate", *ends, "-o", "one.h5", "--weights", *row)  # one is not numbered
    assert outcome.out.startswith(f"{targets / 'one.h5'}: fractions 0.")
    assert [file.name for file in targets.glob("one*")] == ["one.h5"]


def test_characterize_a_stack(mcr, folder):
    pages = (np.random.default_rng(0).random((5, 16, 14)) < 0.4).astype(np.uint8)
    tifffile.imwrite("stack.tif", pages, metadata={"axes": "ZYX"})
    outcome = mcr("characterize", "stack.tif", "-o", "t.h5", "--stack", "images", *TERMS)
    assert outcome.code == 0, outcome.err
    assert ": two_point, variation of 5 images of 16 x 14 pixels, fractions 0." in outcome.out
    assert ", standard error 0." in outcome.out
    found = mcr_api.read_characterization("t.h5")
    wanted = mcr_api.characterize(mcr_api.read("stack.tif", stack="images"), API_TERMS)
    np.testing.assert_array_equal(found.planes["all"].errors.s2, wanted.planes["all"].errors.s2)
    np.testing.assert_allclose(found.phase_fractions[1], pages.mean())
    for n, page in enumerate(pages):
        tifffile.imwrite(f"page{n}.tif", page)
    several = [f"page{n}.tif" for n in range(5)]
    outcome = mcr("characterize", *several, "-o", "u.h5", *TERMS)
    assert outcome.code == 0, outcome.err
    again = mcr_api.read_characterization("u.h5")
    np.testing.assert_array_equal(again.planes["all"].s2, found.planes["all"].s2)


def test_characterize_and_match_pooled(mcr, folder):
    volume = (np.random.default_rng(0).random((6, 6, 6)) < 0.4).astype(np.uint8)
    tifffile.imwrite("volume.tif", volume, metadata={"axes": "ZYX"})
    outcome = mcr("characterize", "volume.tif", "-o", "t.h5", "--pool", "-d", "variation")
    assert outcome.code == 0, outcome.err
    assert list(mcr_api.read_characterization("t.h5").planes) == ["all", "cubic"]
    for shape in ([9, 12], [5, 6, 7]):
        line = ["--shape", *shape, "--max-iter", 2, "--overwrite"]
        outcome = mcr("reconstruct", "t.h5", "-o", "r.tif", *line)
        assert outcome.code == 0, outcome.err
        outcome = mcr("match", "volume.tif", "-o", "m.tif", "--pool", "-d", "variation", *line)
        assert outcome.code == 0, outcome.err
        np.testing.assert_array_equal(read("r.tif").labels, read("m.tif").labels)
    assert Job.parse(read_job("m.tif")).pool


def test_match_of_planes_is_merge_and_reconstruct_and_python_and_repeated(mcr, targets):
    planes = ["--xy", "xy.tif", "--xz", "xz.tif", "--yz", "yz.tif", "--force"]
    outcome = mcr("match", *planes, "-o", "one.tif", *QUICK, "--seed", 3)
    assert outcome.code == 0, outcome.err
    one = read("one.tif")
    assert one.shape == (12, 14, 16)
    names = [word for word in planes if word.startswith("--") or word.endswith(".tif")]
    merged = [word.replace(".tif", ".h5") for word in names]
    assert mcr("merge", *merged, "-o", "m.h5").code == 0
    assert mcr("reconstruct", "m.h5", "-o", "two.tif", "--max-iter", 2, "--seed", 3).code == 0
    assert read("two.tif") == one
    sources = {name: read(f"{name}.tif") for name in ("xy", "xz", "yz")}
    result = mcr_api.match(
        None,
        None,
        API_TERMS,
        **{name: f"{name}.tif" for name in sources},
        max_iter=2,
        seed=3,
        force=True,
    )
    np.testing.assert_array_equal(result.microstructure.labels, one.labels)
    for name in sources:
        (targets / f"{name}.tif").unlink()
    assert mcr("run", "one.tif").code == 0
    assert read("one_repeat.tif") == one


def test_match_of_planes_with_scale_and_one_stated(mcr, images):
    outcome = mcr(
        *("match", "--xy", "xy.tif", "--xz", "xz.tif", "--yz", "as:xz", "-o", "o.tif", "--force"),
        *("--voxel-size", 0.5, 0.5, 0.5, "--unit", "um", "--shape", 10, 9, 8, *QUICK),
    )
    assert outcome.code == 0, outcome.err
    made = read("o.tif")
    assert (made.shape, made.voxel_size, made.unit) == ((10, 9, 8), (0.5, 0.5, 0.5), "um")
    job = Job.parse(read_job("o.tif"))
    assert (job.source.kind, job.source.yz, job.source.force) == ("planes", "as:xz", True)
    assert job.source.xy.shape == (14, 16)


def test_a_job_of_planes(mcr, images):
    job = {
        "source": {
            "xy": {"path": "xy.tif"},
            "xz": {"path": "xz.tif"},
            "yz": "as:xz",
            "force": True,
        },
        "terms": ["variation"],
        "settings": {"max_iter": 1},
    }
    (images / "job.json").write_text(json.dumps(job))
    outcome = mcr("run", "job.json")
    assert outcome.code == 0, outcome.err
    assert read("job.tif").shape == (12, 14, 16)


def test_characterize_arrays(mcr, folder):
    wanted = mcr_api.characterize(read("slice.tif", periodic=True), [TwoPoint(limit_to=5)])
    s2 = wanted.planes["all"].s2[0]
    np.save("s2.npy", s2)
    outcome = mcr(
        *("from-arrays", "s2.npy", "-o", "t.h5", "-d", "two_point:limit_to=5"),
        "--periodic",
    )
    assert outcome.code == 0, outcome.err
    assert outcome.out.startswith(
        f"{folder / 't.h5'}: two_point of arrays (S2 at lags up to 11 x 9 pixels), fractions 0."
    )
    found = mcr_api.read_characterization("t.h5")
    np.testing.assert_allclose(
        found.planes["all"].values[0][0]["s2"], wanted.planes["all"].values[0][0]["s2"], atol=1e-6
    )
    np.savez("t.npz", s2=np.fft.ifftshift(s2), variation=0.3)
    outcome = mcr(
        *("from-arrays", "t.npz", "-o", "u.h5", "--lag-zero", "corner"),
        *("--phase-fractions", *wanted.phase_fractions, "--voxel-size", 2, "--unit", "nm"),
        *("--phase-values", 0, 255, "--phase-names", "pore,solid"),
    )
    assert outcome.code == 0, outcome.err
    found = mcr_api.read_characterization("u.h5")
    assert [d.name for d in found.descriptors] == ["two_point", "variation"]
    assert (found.phase_values, found.phase_names) == ((0, 255), ("pore", "solid"))
    assert (found.voxel_size, found.unit) == ((2.0, 2.0), "nm")
    assert found.planes["all"].values[1][0]["variation"] == [0.3]
    outcome = mcr("reconstruct", "u.h5", "-o", "o.tif", "--shape", 16, 16, "--max-iter", 1)
    assert outcome.code == 0, outcome.err
