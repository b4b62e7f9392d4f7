"""The commands do what they say, on small images."""

import json

import numpy as np
import pytest
import tifffile

import mcr_core as mcr_api
from mcr_core.images import read, read_job
from mcr_core.job import Job

#: Terms and length that make a run of this image quick. Compiling takes longest, and is done once
#: per process for the same terms and planes: most tests share 24 x 20 or 12 x 12.
QUICK = ("--limit-to", 3, "--max-iter", 3)
CUBE = ("--shape", 12, 12, 12)


def labels(file):
    return read(file).labels


def test_match(mcr, folder):
    outcome = mcr("match", "slice.tif", "-o", "flat.tif", "--seed", 4, *QUICK)
    assert outcome.code == 0, outcome.err
    ms = read("flat.tif")
    source = read("slice.tif")
    assert ms.shape == source.shape
    assert ms.periodic
    np.testing.assert_array_equal(ms.phase_fractions, source.phase_fractions)
    line = outcome.out
    assert line.startswith(f"{folder / 'flat.tif'}: 24 x 20, fractions 0.")
    assert "S2 error 0." in line
    assert line.count("\n") == 1
    phases = [text.split(":")[0] for text in outcome.err.splitlines()]
    phases = [phase for phase in phases if phase != "note"]  # so few iterations: none may help
    assert phases == ["loading", "compiling", "running", "finishing"]
    assert "loading: iteration 0 of 3" in outcome.err
    assert "finishing: iteration 3 of 3, loss" in outcome.err


def test_options_reach_the_job(mcr, folder):
    outcome = mcr(
        *("match", "slice.tif", "-o", "o.tif", "--limit-to", 3, "--max-iter", 2, "--seed", 7),
        *("-d", "correlations:weight=2,level_weights=1/0.5/0.2,block_weights=1/0.5"),
        *("-d", "correlations:limit_to=2,form=soft"),
        *("-d", "variation:weight=10,axis_weights=1/2/3"),
        *("--optimizer", "adam:learning_rate=0.05", "--loss", "mse", "--start", "noise"),
        *("--open-result", "--dtype", "float64", "--device", "cpu", "--memory", "6GB"),
        *("--phase-sum-weight", 2),
        *("--shape", "24,20", "--periodic"),
    )
    assert outcome.code == 0, outcome.err
    job = Job.parse(read_job("o.tif"))
    first, second, third = job.terms
    assert first.descriptor == mcr_api.descriptors.Correlations(limit_to=3)
    assert (first.weight, first.level_weights, first.block_weights) == (2, (1, 0.5, 0.2), (1, 0.5))
    assert second.descriptor == mcr_api.descriptors.Correlations(limit_to=2, form="soft")
    assert (third.weight, third.axis_weights) == (10, (1, 2, 3))
    assert job.settings == mcr_api.Settings(
        optimizer=mcr_api.optimizers.Adam(learning_rate=0.05),
        start="noise",
        open_result=True,
        dtype="float64",
        phase_sum_weight=2,
        device="cpu",
        memory="6GB",
        max_iter=2,
        seed=7,
    )
    assert job.shape == (24, 20)
    assert job.source.periodic
    assert not read("o.tif").periodic
    assert read_job("o.tif")["result"]["iterations"] == 2


@pytest.mark.parametrize(
    ("options", "shape"),
    [
        (["--shape", 12, 16, 14], (12, 16, 14)),
        (["--shape", "12,16,14"], (12, 16, 14)),
        (["--shape=12,16,14"], (12, 16, 14)),
        (["--add-dimension", 12], (12, 24, 20)),
    ],
)
def test_extent_voxel_size_and_unit(mcr, folder, options, shape):
    outcome = mcr(
        *("match", "slice.tif", "-o", "o.tif", "-d", "variation", "--max-iter", 1),
        *("--voxel-size", 0.5, "--unit", "µm", *options),
    )
    assert outcome.code == 0, outcome.err
    assert "note: one image for the planes of three axes" in outcome.err
    ms = read("o.tif")
    assert (ms.shape, ms.voxel_size, ms.unit) == (shape, (0.5, 0.5, 0.5), "um")
    with tifffile.TiffFile("o.tif") as tif:
        assert tif.is_imagej
        assert tif.series[0].axes == "ZYX"
        assert tif.imagej_metadata["spacing"] == 0.5
        assert tif.imagej_metadata["unit"] in ("um", "micron", "\\u00B5m")


def test_voxel_size_and_unit_override_the_file(mcr, folder):
    ms = read("slice.tif", voxel_size=3.0, unit="mm")
    mcr_api.write("scaled.tif", ms)
    for options, expected in {
        (): ((3.0, 3.0), "mm"),
        ("--voxel-size", "0.5", "--unit", "nm"): ((0.5, 0.5), "nm"),
        ("--voxel-size", "0.5", "0.25"): ((0.5, 0.25), "mm"),
    }.items():
        outcome = mcr(
            *("match", "scaled.tif", "-o", "o.tif", "--overwrite"),
            *("-d", "variation", "--max-iter", 0, *options),
        )
        assert outcome.code == 0, outcome.err
        made = read("o.tif")
        assert (made.voxel_size, made.unit) == expected


def test_a_volume_from_a_volume(mcr, folder):
    volume = np.repeat(np.repeat(np.eye(4, 6), 3, 0), 2, 1)[None].repeat(12, 0)
    tifffile.imwrite("volume.tif", volume.astype(np.uint8), metadata={"axes": "ZYX"})
    outcome = mcr("match", "volume.tif", "-o", "o.tif", *QUICK)
    assert outcome.code == 0, outcome.err
    assert read("o.tif").shape == (12, 12, 12)


def test_npy(mcr, folder):
    outcome = mcr("match", "slice.tif", "-o", "o.npy", *QUICK)
    assert outcome.code == 0, outcome.err
    assert mcr("match", "slice.tif", "-o", "o.tif", *QUICK).code == 0
    np.testing.assert_array_equal(np.load("o.npy"), tifffile.imread("o.tif"))
    assert Job.parse(read_job("o.npy")).terms == Job.parse(read_job("o.tif")).terms


def test_grey_image_with_a_threshold(mcr, folder):
    grey = (tifffile.imread("slice.tif") * 100 + np.arange(20)).astype(np.uint8)
    tifffile.imwrite("grey.tif", grey)
    assert mcr("match", "grey.tif", "-o", "o.tif", *QUICK).code == 2
    for threshold in ("otsu", "50"):
        outcome = mcr(
            "match", "grey.tif", "-o", "o.tif", "--overwrite", "--threshold", threshold, *QUICK
        )
        assert outcome.code == 0, outcome.err
        assert mcr("match", "slice.tif", "-o", "s.tif", "--overwrite", *QUICK).code == 0
        np.testing.assert_array_equal(labels("o.tif"), labels("s.tif"))


def test_mask_and_ignore(mcr, folder):
    image = tifffile.imread("slice.tif")
    mask = np.ones_like(image)
    mask[:4] = 0
    tifffile.imwrite("mask.tif", mask * 255)
    tifffile.imwrite("ignored.tif", np.where(mask, image, 9).astype(np.uint8))
    for name, options in {"slice": ["--mask", "mask.tif"], "ignored": ["--ignore", 9]}.items():
        line = ["match", f"{name}.tif", "-o", f"{name}_o.tif", *options]
        outcome = mcr(*line, *QUICK)
        assert outcome.code == 0, outcome.err
    np.testing.assert_array_equal(labels("slice_o.tif"), labels("ignored_o.tif"))


def test_initial(mcr, folder):
    tifffile.imwrite("start.tif", np.roll(tifffile.imread("slice.tif"), 5, 0))
    quick = ["-d", "variation", "--max-iter", 0]
    outcome = mcr("match", "slice.tif", "-o", "o.tif", "--initial", "start.tif", *quick)
    assert outcome.code == 0, outcome.err
    np.testing.assert_array_equal(labels("o.tif"), labels("start.tif"))


@pytest.mark.parametrize("extent", [["--shape", 24, 20], CUBE])
def test_characterize_and_reconstruct_are_match(mcr, folder, extent):
    terms = ["-d", "correlations", "-d", "variation", "--limit-to", 3]
    outcome = mcr("characterize", "slice.tif", "-o", "t.h5", *terms)
    assert outcome.code == 0, outcome.err
    assert outcome.out.startswith(f"{folder / 't.h5'}: correlations, variation of 24 x 20 pixels")
    assert outcome.err == ""
    line = ["--seed", 3, "--max-iter", 3, *extent]
    assert mcr("reconstruct", "t.h5", "-o", "two.tif", *line).code == 0
    assert mcr("match", "slice.tif", "-o", "one.tif", *terms, *line).code == 0
    np.testing.assert_array_equal(labels("one.tif"), labels("two.tif"))


def test_weights_of_a_reconstruction(mcr, folder):
    terms = ["-d", "correlations", "-d", "variation", "--limit-to", 3]
    assert mcr("characterize", "slice.tif", "-o", "t.h5", *terms).code == 0
    line = ["--max-iter", 3]
    outcome = mcr("reconstruct", "t.h5", "-o", "a.tif", "--weight", "variation=50", *line)
    assert outcome.code == 0, outcome.err
    weighted = ["-d", "correlations:limit_to=3", "-d", "variation:weight=50"]
    assert mcr("match", "slice.tif", "-o", "b.tif", *weighted, *line).code == 0
    np.testing.assert_array_equal(labels("a.tif"), labels("b.tif"))
    # Options that are not given are those of the target.
    named = ["-d", "correlations", "-d", "variation:weight=50"]
    assert mcr("reconstruct", "t.h5", "-o", "c.tif", *named, *line).code == 0
    for file in ("a.tif", "c.tif"):
        terms = Job.parse(read_job(file)).terms
        weights = {term.descriptor.name: term.weight for term in terms}
        assert weights == {"correlations": 1, "variation": 50}
        assert terms[0].descriptor.limit_to == 3
    np.testing.assert_array_equal(labels("c.tif"), labels("b.tif"))


def test_realizations_go_on_where_they_stopped(mcr, folder):
    line = ["match", "slice.tif", "-o", "volume.tif", "--seed", 5, *QUICK]
    outcome = mcr(*line, "--realizations", 3)
    assert outcome.code == 0, outcome.err
    files = [folder / f"volume_{n:03d}.tif" for n in range(3)]
    assert sorted(folder.glob("volume*")) == files
    assert [Job.parse(read_job(file)).settings.seed for file in files] == [5, 6, 7]
    first = [labels(file) for file in files]
    assert not np.array_equal(first[0], first[1])

    assert mcr("match", "slice.tif", "-o", "one.tif", "--seed", 6, *QUICK).code == 0
    np.testing.assert_array_equal(labels("one.tif"), first[1])

    files[1].unlink()
    kept = files[0].stat().st_mtime_ns, files[2].stat().st_mtime_ns
    again = mcr(*line, "--realizations", 3)
    assert again.code == 0, again.err
    assert again.out.splitlines()[0] == "volume_000.tif: done before"
    assert again.out.splitlines()[2] == "volume_002.tif: done before"
    assert (files[0].stat().st_mtime_ns, files[2].stat().st_mtime_ns) == kept
    np.testing.assert_array_equal(labels(files[1]), first[1])

    other = mcr(*line, "--realizations", 3, "--start", "noise")
    assert other.code == 2
    assert "volume_000.tif exists and is no realization of this job: use --overwrite" in other.err
    for file, wanted in zip(files, first, strict=True):
        np.testing.assert_array_equal(labels(file), wanted)
    assert mcr(*line, "--realizations", 1, "--start", "noise", "--overwrite").code == 0
    assert not np.array_equal(labels(files[0]), first[0])


def test_a_result_repeats_its_job_without_the_image(mcr, folder):
    line = ["match", "slice.tif", "-o", "volume.tif", "--seed", 2, *CUBE]
    assert mcr(*line, *QUICK).code == 0
    (folder / "slice.tif").unlink()
    outcome = mcr("run", "volume.tif")
    assert outcome.code == 0, outcome.err
    assert outcome.out.startswith(f"{folder / 'volume_repeat.tif'}: ")
    np.testing.assert_array_equal(labels("volume_repeat.tif"), labels("volume.tif"))
    assert Job.parse(read_job("volume_repeat.tif")) == Job.parse(read_job("volume.tif"))
    assert mcr("run", "volume.tif", "-o", "third.npy").code == 0
    np.testing.assert_array_equal(labels("third.npy"), labels("volume.tif"))


def test_a_result_of_a_characterization_repeats_while_that_is_the_same(mcr, folder, monkeypatch):
    assert mcr("characterize", "slice.tif", "-o", "t.h5", "-d", "variation").code == 0
    line = ["reconstruct", "t.h5", "-o", "o.tif", "--shape", 12, 14, "--max-iter", 2]
    assert mcr(*line).code == 0
    (folder / "elsewhere").mkdir()
    monkeypatch.chdir(folder / "elsewhere")
    assert mcr("run", "../o.tif", "-o", "again.tif").code == 0
    np.testing.assert_array_equal(labels("again.tif"), labels("../o.tif"))
    monkeypatch.chdir(folder)
    other = ["characterize", "slice.tif", "-o", "t.h5", "-d", "volume_fractions", "--overwrite"]
    assert mcr(*other).code == 0
    outcome = mcr("run", "o.tif")
    assert outcome.code == 2
    assert "t.h5 has changed since this job was run" in outcome.err


@pytest.mark.parametrize(
    ("output", "arguments", "written"),
    [("wanted.tif", [], "wanted.tif"), (None, [], "job.tif"), ("a.tif", ["-o", "b.npy"], "b.npy")],
)
def test_job_file(mcr, folder, output, arguments, written):
    job = {
        "source": {"path": "slice.tif"},
        "terms": [
            {"descriptor": {"name": "correlations", "options": {"limit_to": 3}}},
            "variation",
        ],
        "settings": {"max_iter": 3, "seed": 1},
        "output": output,
    }
    (folder / "job.json").write_text(json.dumps(job))
    outcome = mcr("run", "job.json", *arguments)
    assert outcome.code == 0, outcome.err
    terms = ["-d", "correlations", "-d", "variation"]
    line = ["match", "slice.tif", "-o", "same.tif", "--seed", 1, *terms, *QUICK]
    assert mcr(*line).code == 0
    np.testing.assert_array_equal(labels(written), labels("same.tif"))
    repeated = mcr("run", "job.json", *arguments)
    assert repeated.code == 2
    assert "exists: use --overwrite" in repeated.err
    assert mcr("run", "job.json", "--overwrite", *arguments).code == 0


def test_the_command_line_does_what_python_does(mcr, folder):
    assert mcr("match", "slice.tif", "-o", "o.tif", "--seed", 9, *QUICK).code == 0
    result = mcr_api.match(read("slice.tif"), limit_to=3, seed=9, max_iter=3)
    np.testing.assert_array_equal(labels("o.tif"), result.microstructure.labels)
    given = ("-d", "correlations", "-d", "variation", "--overwrite")
    assert mcr("match", "slice.tif", "-o", "o.tif", "--seed", 9, *given, *QUICK).code == 0
    terms = [mcr_api.descriptors.Correlations(limit_to=3), mcr_api.descriptors.Variation()]
    result = mcr_api.match(read("slice.tif"), (24, 20), terms, seed=9, max_iter=3)
    np.testing.assert_array_equal(labels("o.tif"), result.microstructure.labels)


def test_a_full_disk_keeps_the_result(mcr, folder, monkeypatch, tmp_path_factory):
    from mcr_core.images import tiff

    kept = tmp_path_factory.mktemp("kept")
    monkeypatch.setattr("tempfile.tempdir", str(kept))
    store, calls = tiff.store, []

    def full(file, *arguments):
        calls.append(file.name)
        if len(calls) == 1:
            raise OSError(28, "No space left on device")
        store(file, *arguments)

    monkeypatch.setattr(tiff, "store", full)
    outcome = mcr("match", "slice.tif", "-o", "o.tif", *QUICK)
    assert outcome.code == 3
    (saved,) = kept.iterdir()
    last = outcome.err.splitlines()[-1]
    assert last.startswith("mcr: error: ")
    assert "No space left on device; the result is kept in" in last
    assert str(saved) in last
    assert read(saved).shape == (24, 20)
    assert [path.name for path in folder.iterdir()] == ["slice.tif"]


def test_a_run_that_diverges_says_so_and_keeps_the_last_state(mcr, folder, monkeypatch):
    from mcr_core.optimizers import LBFGSB, Step

    iterate = LBFGSB.iterate

    def broken(self, objective, start, max_iter):
        for step in iterate(self, objective, start, max_iter):
            late = step.iteration == 2
            yield Step(2, 9, float("nan"), {}, step.fields) if late else step

    monkeypatch.setattr(LBFGSB, "iterate", broken)
    outcome = mcr("match", "slice.tif", "-o", "o.tif", *QUICK)
    assert outcome.code == 3
    assert "the loss became NaN; the last finite state is kept" in outcome.err
    assert read_job("o.tif")["result"]["stop_reason"] == "diverged"


def test_a_loss_that_is_never_a_number_leaves_a_file_that_json_can_hold(mcr, folder, monkeypatch):
    from mcr_core.losses import MSE

    monkeypatch.setattr(
        MSE,
        "values_and_slopes",
        lambda self, residuals: (np.full(len(residuals), np.nan), np.zeros_like(residuals)),
    )
    outcome = mcr("match", "slice.tif", "-o", "o.tif", "-d", "variation")
    assert outcome.code == 3, outcome.err
    assert read_job("o.tif")["result"]["loss"] is None
    assert read("o.tif").shape == (24, 20)
