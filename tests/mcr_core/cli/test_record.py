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
    assert len(outcome.err.splitlines()) == 1


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
            ("view", "r.h5", "-o", "o.png"),
            "this is the recording of a run: `mcr run` goes on with it",
        ),
        (("reconstruct", "r.h5", "-o", "o.tif"), "this is the recording of a run"),
        (("run", "r.h5", "--record", "r.h5"), "is the input itself"),
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


@pytest.fixture
def unended(folder):
    """The file r.h5, of a run that has not ended."""
    job = Job(source={"kind": "image", "path": "slice.tif"}, terms=["variation"]).resolved()
    run = job.start()
    recorder = Recorder("r.h5", job)
    for state in run:
        recorder.add(state)
        if state.phase == "running":
            run.close()
