"""Jobs as texts: run outside, they give what the job gives; read again, they are the same job."""

import json
import shlex
import subprocess
import sys

import numpy as np
import pytest

import mcr_core as mcr
from mcr_core.cli import execute
from mcr_core.cli import main as cli
from mcr_core.job import ImageFile, Inline, Job
from mcr_core.job_files import with_files
from mcr_core.job_text import as_command, as_python, needs_file
from mcr_core.term import Term

SMALL = {"terms": ["variation"], "shape": (16, 16), "settings": {"max_iter": 3, "seed": 5}}


@pytest.fixture
def folder(tmp_path, monkeypatch, slice_image):
    monkeypatch.chdir(tmp_path)
    mcr.write("slice.tif", slice_image)
    mcr.write("a slice's mask.tif", slice_image)
    return tmp_path


def in_shell(text, folder):
    """Run a command as a shell does, the `mcr` of this environment."""
    mcr_itself = f'mcr() {{ "{sys.executable}" -m mcr_core.cli "$@"; }}\n'
    subprocess.run(["sh", "-ec", mcr_itself + text], cwd=folder, check=True, capture_output=True)


def in_python(text, folder):
    subprocess.run([sys.executable, "-c", text], cwd=folder, check=True, capture_output=True)


def of_file():
    return Job(source=ImageFile(path="slice.tif"), **SMALL)


def with_image(slice_image):
    return Job(source=Inline.of(slice_image, "slice"), **SMALL).resolved()


@pytest.mark.parametrize("kind", ["file", "inside"])
@pytest.mark.parametrize(("write", "run"), [(as_command, in_shell), (as_python, in_python)])
def test_the_text_runs_outside_and_gives_what_the_job_gives(folder, slice_image, kind, write, run):
    job = of_file() if kind == "file" else with_image(slice_image)
    assert needs_file(job) == (kind == "inside")
    if kind == "inside":
        (folder / "the job.json").write_text(json.dumps(job.to_json()))
    run(write(job.to_json(), job_file="the job.json", output="made.tif"), folder)
    expected = mcr.run(job).microstructure
    np.testing.assert_array_equal(mcr.read("made.tif").values, expected.values)


def read_again(command, monkeypatch):
    """Return the job that the command line makes of a command."""
    found = []

    def take(job, output, **_):
        found.append((job, output))
        return 0

    monkeypatch.setattr(execute, "execute", take)
    with pytest.raises(SystemExit) as end:
        cli(shlex.split(command.replace("\\\n", ""))[1:])
    assert end.value.code in (0, None)
    return found[0]


def jobs():
    plain = ImageFile(path="slice.tif")
    yield "least", Job(source=plain)
    yield "preset", Job(source=plain, preset="fast", shape=(8, 8, 8), settings={"max_iter": 60})
    yield "preset with defaults", Job(source=plain, preset="fast", settings={"max_iter": 300})
    yield "add dimension", Job(source=plain, add_dimension=12, limit_to=5, settings={"seed": 1})
    yield "pool", Job(source=plain, pool=True, initial=ImageFile(path="slice.tif"))
    yield (
        "image options",
        Job(
            source=ImageFile(
                path="slice.tif",
                voxel_size=(0.5, 0.25),
                unit="um",
                periodic=True,
                mask="a slice's mask.tif",
                ignore=3.5,
            ),
            **SMALL,
        ),
    )
    yield "threshold", Job(source=ImageFile(path="slice.tif", threshold="otsu", voxel_size=2.0))
    yield "planes", Job(source={"kind": "planes", "xy": plain, "xz": plain, "yz": "as:xz",
                                "force": True})  # fmt: skip
    yield (
        "weights",
        Job(
            source=plain,
            terms=[
                Term(
                    descriptor="variation", weight=0.1, level_weights=(0.5,), axis_weights=(1, 2, 0)
                ),
                Term(
                    descriptor={"name": "correlations", "options": {"limit_to": 4}},
                    block_weights=(1, 0.25),
                    over="mean",
                ),
            ],
        ),
    )
    yield (
        "all settings",
        Job(
            source=plain,
            terms=["two_point"],
            settings={
                "optimizer": {"name": "adam", "options": {"learning_rate": 1e-5}},
                "loss": "l1",
                "start": "noise",
                "planes": 0.25,
                "parametrization": "box",
                "finish_sweeps": 2,
                "finish_seconds": 10.5,
                "finish_smoothing": 0.75,
                "symmetry": "transverse:z",
                "realizable": False,
                "open_result": True,
                "dtype": "float64",
                "phase_sum_weight": 1e-7,
                "device": "cpu",
                "memory": "500 MB",
                "seed": 2**40,
            },
        ),
    )
    yield (
        "noise floor",
        Job(source=plain, settings={"weighting": "sampling", "stop": "noise_floor"}),
    )


JOBS = dict(jobs())


def said(job):
    """All that decides the result, presets spelled out."""
    data = job.resolved().to_json()
    return {name: value for name, value in data.items() if name != "output"}


@pytest.mark.parametrize("name", [name for name in JOBS if name != "pool"])
def test_the_command_is_the_job(folder, monkeypatch, name):
    job = JOBS[name]
    command = as_command(job)
    assert "mcr run" not in command
    found, output = read_again(command, monkeypatch)
    assert said(found) == said(job)
    three = job.add_dimension or (job.shape and len(job.shape) == 3)
    assert output == ("volume.tif" if three else "image.tif")


def test_the_command_of_a_pooled_volume(folder, monkeypatch):
    found, _ = read_again(as_command(JOBS["pool"]), monkeypatch)
    assert found.pool
    assert found.initial == ImageFile(path="slice.tif")


@pytest.mark.parametrize("name", JOBS)
def test_the_script_is_the_job(folder, monkeypatch, name):
    job = JOBS[name]
    calls = []

    class Stopped(Exception):
        pass

    def take(*arguments, **options):
        calls.append((arguments, options))
        raise Stopped

    monkeypatch.setattr(mcr, "match", take, raising=False)
    with pytest.raises(Stopped):
        exec(compile(as_python(job), "script", "exec"), {})
    ((arguments, options),) = calls
    known = {"shape", "add_dimension", "preset", "limit_to", "pool"}
    given = {key: options.pop(key) for key in known & set(options)}
    terms = options.pop("descriptors", None)
    initial = options.pop("initial", None)
    assert (initial is None) == (job.initial is None)
    planes = {key: options.pop(key) for key in ("xy", "xz", "yz", "force") if key in options}
    image = arguments[0] if arguments else planes["xy"]
    if isinstance(image, mcr.Microstructure):
        assert image == job.source.load()
    else:
        assert image == "slice.tif"
    if planes:
        assert planes["yz"] == "as:xz"
        assert planes["force"]
    repeated = Job(source=job.source, terms=terms, settings=options, initial=job.initial, **given)
    if name != "pool":
        assert said(repeated) == said(job)


def test_a_characterization(folder, monkeypatch, slice_image):
    target = mcr.characterize(slice_image, ["variation", "two_point"])
    mcr.write_characterization("target.h5", target)
    job = Job(
        source={"kind": "characterization", "path": "target.h5"},
        terms=["variation"],
        shape=(16, 16),
        settings={"max_iter": 2},
    )
    found, output = read_again(as_command(job.resolved()), monkeypatch)
    assert output == "image.tif"
    assert said(found) == said(job)
    exec(compile(as_python(job), "script", "exec"), {})
    np.testing.assert_array_equal(mcr.read("image.tif").values, mcr.run(job).microstructure.values)


@pytest.mark.parametrize(
    "changes",
    [
        {"initial": ImageFile(path="slice.tif", periodic=True)},
        {"source": {"kind": "planes", "xy": ImageFile(path="a.tif", unit="um"),
                    "xz": ImageFile(path="b.tif"), "yz": "as:xz"}},
    ],
)  # fmt: skip
def test_what_the_command_line_cannot_say_is_run_from_a_file(changes):
    job = Job(**{"source": ImageFile(path="slice.tif"), **changes})
    assert as_command(job, job_file="my job.json", output="x.tif") == (
        "mcr run 'my job.json' -o x.tif\n"
    )
    assert "mcr.match(" in as_python(job)


def test_text_options_that_look_like_something_else_are_run_from_a_file():
    data = Job(source=ImageFile(path="slice.tif"), terms=["variation"]).to_json()
    for strange in ("true", "1", "a,b", "", ["x"], [], {"a": 1}, [[1, 2], [3]]):
        descriptor = {"name": "theirs", "options": {"option": strange}}
        data["terms"] = [{"descriptor": descriptor}]
        assert as_command(data).startswith("mcr run job.json")
    data["terms"] = [{"descriptor": {"name": "theirs", "options": {"option": "word"}}}]
    assert "-d theirs:option=word" in as_command(data)


def test_an_image_that_is_a_file_is_named(folder, slice_image):
    job = with_image(slice_image).to_json()
    found = with_files(job, {"slice": folder / "slice.tif"})
    assert found["source"]["path"] == str(folder / "slice.tif")
    assert not needs_file(found)
    assert Job.parse(found).source.load() == slice_image
    assert {**found, "source": 0} == {**job, "source": 0}


def test_what_a_layer_knows_better_than_its_file_is_said(folder, slice_image):
    labels = slice_image.labels + 1
    labels[:3] = 7
    np.save("plain.npy", labels)
    masked = mcr.Microstructure.from_array(
        labels, voxel_size=(2, 3), unit="nm", periodic=True, ignore=7
    )
    job = Job(source=Inline.of(masked, "slice")).to_json()
    found = with_files(job, {"slice": "plain.npy"})["source"]
    assert found["path"] == "plain.npy"
    again = ImageFile(**found).load()
    np.testing.assert_array_equal(again.mask, masked.mask)
    assert (again.voxel_size, again.unit, again.periodic) == ((2, 3), "nm", True)


@pytest.mark.parametrize("case", ["painted", "gone", "cropped", "other"])
def test_an_image_that_is_no_such_file_stays_inside(folder, slice_image, case):
    image = slice_image
    if case == "painted":
        image = slice_image.with_labels(1 - slice_image.labels)
    elif case == "cropped":
        image = mcr.Microstructure.from_array(slice_image.labels[:20])
    job = Job(source=Inline.of(image, "slice")).to_json()
    paths = {"other": "slice.tif"} if case == "other" else {"slice": "slice.tif"}
    assert with_files(job, {"slice": "gone.tif"} if case == "gone" else paths) == job


def test_planes_that_are_files_are_named(folder, slice_image):
    inline = Inline.of(slice_image, "slice")
    source = {"kind": "planes", "xy": inline, "xz": inline, "yz": "as:xz"}
    job = Job(source=source, terms=["volume_fractions"]).to_json()
    command = as_command(with_files(job, {"slice": "slice.tif"}))
    assert command.startswith("mcr match --xy slice.tif --xz slice.tif --yz as:xz -d volume_fr")
