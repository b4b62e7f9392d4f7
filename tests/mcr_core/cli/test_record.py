"""A run that is recorded survives the end of its process."""

import os
import signal
import subprocess
import sys
import time

import numpy as np
import pytest

from mcr_core import Job, Recorder, read, read_recording
from mcr_core.images import read_job

MATCH = ("match", "slice.tif", "-d", "two_point:limit_to=4", "-d", "variation")


@pytest.mark.skipif(os.name == "nt", reason="signals are another matter on Windows")
def test_a_killed_run_goes_on(mcr_killed, folder, mcr):
    killed = mcr_killed("--shape", "16", "16", "16", "--max-iter", "30", "--seed", "2")
    outcome = mcr("run", "r.h5")
    assert outcome.code == 0, outcome.err
    assert outcome.out.startswith(f"{folder / 'r.tif'}: 16 x 16 x 16, fractions ")
    made, source = read("r.tif"), read("slice.tif")
    wanted = np.round(source.phase_fractions[1] * made.labels.size)
    assert made.labels.sum() == wanted
    settings = Job.parse(read_job("r.tif")).settings
    assert settings.max_iter == 30 - killed.iteration
    assert settings.seed == 2


@pytest.fixture
def mcr_killed(folder):
    """Start a run that is recorded, kill it when the file is there, return what that holds."""

    def killed(*arguments):
        process = subprocess.Popen(
            [
                *(sys.executable, "-c", "from mcr_core.cli import main; main()", *MATCH),
                *("-o", "o.tif", "--record", "r.h5", *arguments),
            ],
            cwd=folder,
            stderr=subprocess.PIPE,
        )
        try:
            while not (folder / "r.h5").exists():
                assert process.poll() is None, process.stderr.read()
                time.sleep(0.01)
            process.send_signal(signal.SIGKILL)
        finally:
            process.kill()
            process.communicate()
        found = read_recording(folder / "r.h5")
        assert not found.has_ended
        assert not (folder / "o.tif").exists()
        return found

    return killed


def test_a_whole_run_is_recorded(folder, mcr):
    outcome = mcr(*MATCH, "-o", "o.tif", "--max-iter", "3", "--record", "r.h5")
    assert outcome.code == 0, outcome.err
    found = read_recording("r.h5")
    assert found.has_ended
    assert found.name == "o"
    assert found.microstructure == read("o.tif")
    outcome = mcr("run", "r.h5")
    assert outcome.code == 2
    assert outcome.err.startswith("mcr: error: r.h5: this run has ended (")
    assert "`mcr run --max-iter N`" in outcome.err
    assert len(outcome.err.splitlines()) == 1
    further = mcr("run", "r.h5", "--max-iter", "2")
    assert further.code == 0, further.err
    assert Job.parse(read_job("r.tif")).settings.max_iter == 2


def test_a_recording_is_exported_and_drawn(folder, mcr, unended):
    assert mcr(*MATCH, "-o", "o.tif", "--max-iter", "3", "--record", "ended.h5").code == 0
    for name, job in {"ended": read_job("o.tif"), "r": None}.items():
        outcome = mcr("export", f"{name}.h5", "-o", f"{name}.tif")
        assert outcome.code == 0, outcome.err
        state = read_recording(f"{name}.h5").microstructure
        assert read(f"{name}.tif") == state
        written = read_job(f"{name}.tif")
        if job is None:
            assert written is None
        else:
            assert written.pop("result").pop("history") == job.pop("result").pop("history")
            assert written == job
        drawn = mcr("view", f"{name}.h5", "-o", f"{name}.png")
        assert (drawn.code, drawn.out) == (0, f"{name}.png: convergence of {name}.h5\n")


def test_reconstruct_and_run_record_too(folder, mcr):
    (folder / "job.json").write_text(
        '{"source": {"path": "slice.tif"}, "terms": ["variation"], "settings": {"max_iter": 2}}'
    )
    mcr("characterize", "slice.tif", "-d", "variation", "-o", "c.h5")
    made = mcr("reconstruct", "c.h5", "-o", "a.tif", "--max-iter", "2", "--record", "a.h5")
    ran = mcr("run", "job.json", "-o", "b.tif", "--realizations", "2", "--record", "b.h5")
    assert (made.code, ran.code) == (0, 0), made.err + ran.err
    for name in ("a", "b_000", "b_001"):
        found = read_recording(f"{name}.h5")
        assert found.has_ended
        assert found.microstructure == read(f"{name}.tif")
    assert read_recording("b_001.h5").job.settings.seed == 1


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((*MATCH, "-o", "o.tif", "--record", "r.tif"), "expected a name that ends in .h5"),
        ((*MATCH, "-o", "o.tif", "--record", "no/r.h5"), "the folder"),
        (("reconstruct", "c.h5", "-o", "o.tif", "--record", "c.h5"), "is the input itself"),
        ((*MATCH, "-o", "o.tif", "--record", "c.h5"), "exists: use --overwrite"),
        (("run", "c.h5"), "expected the recording of a run, this is a characterization"),
        (
            ("compare", "slice.tif", "r.h5"),
            "this is the recording of a run: `mcr run` goes on with it, `mcr view` draws it",
        ),
        (("reconstruct", "r.h5", "-o", "o.tif"), "this is the recording of a run"),
        (("run", "r.h5", "--record", "r.h5"), "is the input itself"),
        (("run", "slice.tif", "--max-iter", "2"), "is for going on with a recording (.h5)"),
        (("export", "r.h5", "-o", "o.tif", "--plane", "1"), "do not go with a recording"),
        (("view", "r.h5", "-o", "o.png", "--plane", "1"), "do not go with the convergence"),
    ],
)
def test_what_does_not_fit_is_told_in_a_line(folder, mcr, unended, arguments, words):
    mcr("characterize", "slice.tif", "-d", "variation", "-o", "c.h5")
    outcome = mcr(*arguments)
    assert outcome.code == 2
    assert words in outcome.err
    assert len(outcome.err.splitlines()) == 1
    assert not (folder / "o.tif").exists()
    assert not (folder / "o.png").exists()


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("job_score.json", ("-o", "job.tif", "--score")),
        ("job_001_score.json", ("-o", "job.tif", "--score", "--realizations", "2")),
        ("v.npy.json", ("-o", "v.npy")),
        ("v_001.npy.json", ("-o", "v.npy", "--realizations", "2")),
        ("r_001.h5", ("-o", "v.tif", "--record", "r.h5", "--realizations", "2")),
    ],
)
def test_nothing_replaces_the_file_that_it_is_read_from(folder, mcr, unended, name, arguments):
    if name.endswith(".h5"):
        os.rename("r.h5", name)
    else:
        (folder / name).write_text(
            '{"source": {"path": "slice.tif"}, "terms": ["variation"], "settings": {"max_iter": 1}}'
        )
    before = (folder / name).read_bytes()
    outcome = mcr("run", name, *arguments, "--overwrite")
    assert outcome.code == 2
    assert f"{name} is the input itself: choose another output" in outcome.err
    assert (folder / name).read_bytes() == before


@pytest.mark.skipif(os.name == "nt", reason="there are no named pipes in folders")
@pytest.mark.parametrize(
    ("verb", "name"),
    [
        ("run", "pipe.json"),
        ("run", "pipe.h5"),
        ("run", "pipe.tif"),
        ("view", "pipe.h5"),
        ("check", "pipe.tif"),
        ("export", "pipe.npy"),
    ],
)
def test_a_pipe_is_no_file(folder, mcr, verb, name):
    os.mkfifo(name)
    made = {"export": "made.tif", "view": "made.png"}
    outcome = mcr(verb, name, *(["-o", made[verb]] if verb in made else []))
    assert outcome.code == 2
    assert outcome.err == (
        f"mcr: error: {name}: expected a regular file, this is a pipe or a device: write its "
        "content to a file first\n"
    )


@pytest.fixture
def unended(folder):
    """The file r.h5, of a run that has not ended."""
    job = Job(source={"kind": "image", "path": "slice.tif"}, terms=["variation"]).resolved()
    run = job.start()
    recording = Recorder("r.h5", job)
    for state in run:
        recording.add(state)
        if state.phase == "running":
            run.close()
