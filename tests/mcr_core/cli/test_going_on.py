"""The same command again goes on with runs that broke off, as do several realizations."""

import os
import signal

import pytest

from mcr_core import Job, Recorder, read, read_recording
from mcr_core.images import read_job
from mcr_core.recording import recorder


@pytest.fixture
def broken(folder, mcr, monkeypatch):
    """Run a command that dies at the third iteration of a recording."""

    def broken(name, *arguments):
        add = Recorder.add

        def until(self, state, **options):
            add(self, state, now=True)
            if self._path.name == name and state.phase == "running" and state.iteration == 3:
                raise KeyboardInterrupt

        with monkeypatch.context() as patch:
            patch.setattr(Recorder, "add", until)
            patch.setattr(recorder, "_SHARE", 1e9)
            outcome = mcr(*arguments)
        assert outcome.code == 130, outcome.err
        assert not read_recording(name).has_ended

    return broken


SEVERAL = (
    *("match", "slice.tif", "-d", "two_point:limit_to=4", "--max-iter", "8", "-o", "v.tif"),
    *("--realizations", "3", "--record", "r.h5"),
)


def test_realizations_go_on_where_they_broke_off(folder, mcr, broken):
    broken("r_001.h5", *SEVERAL)
    first = (folder / "v_000.tif").stat().st_mtime_ns
    outcome = mcr(*SEVERAL)
    assert outcome.code == 0, outcome.err
    assert "r_001.h5 has 3 of 8 iterations: going on" in outcome.err
    assert outcome.err.count("going on") == 1
    assert (folder / "v_000.tif").stat().st_mtime_ns == first
    jobs = [Job.parse(read_job(f"v_00{number}.tif")) for number in range(3)]
    assert [job.settings.max_iter for job in jobs] == [8, 5, 8]
    assert [job.settings.seed for job in jobs] == [0, 1, 2]
    for number in range(3):
        found = read_recording(f"r_00{number}.h5")
        assert found.has_ended
        assert found.microstructure == read(f"v_00{number}.tif")
    again = mcr(*SEVERAL)
    assert again.out.count("done before") == 3


def test_one_that_breaks_off_twice_goes_on_twice(folder, mcr, broken):
    broken("r_001.h5", *SEVERAL)
    broken("r_001.h5", *SEVERAL)
    outcome = mcr(*SEVERAL)
    assert outcome.code == 0, outcome.err
    assert "r_001.h5 has 3 of 5 iterations: going on" in outcome.err
    assert Job.parse(read_job("v_001.tif")).settings.max_iter == 2
    assert mcr(*SEVERAL).out.count("done before") == 3


@pytest.mark.parametrize("ended", [False, True], ids=["run", "export"])
def test_a_realization_that_mcr_run_or_export_has_written_is_one(folder, mcr, broken, ended):
    if ended:
        assert mcr(*SEVERAL).code == 0
        (folder / "v_001.tif").unlink()
        lost = mcr(*SEVERAL)
        assert lost.code == 2
        assert "r_001.h5: this run has ended (" in lost.err
        assert mcr("export", "r_001.h5", "-o", "v_001.tif").code == 0
    else:
        broken("r_001.h5", *SEVERAL)
        assert mcr("run", "r_001.h5", "-o", "v_001.tif").code == 0
    outcome = mcr(*SEVERAL)
    assert outcome.code == 0, outcome.err
    assert outcome.out.splitlines()[1] == "v_001.tif: done before"


def test_a_single_run_goes_on_by_the_same_command_and_not_by_another(folder, mcr, broken):
    line = (*SEVERAL[:8], "--record", "r.h5")
    broken("r.h5", *line)
    other = mcr(*line, "--seed", "5")
    assert other.code == 2
    assert "r.h5 exists: use --overwrite" in other.err
    assert mcr(*line).code == 0
    assert Job.parse(read_job("v.tif")).settings.max_iter == 5


def test_a_realization_that_was_stopped_is_made_to_its_end(folder, mcr, monkeypatch):
    add = Recorder.add

    def stopping(self, state, **options):
        add(self, state, **options)
        at = state.phase, state.iteration, self._path.name
        if at == ("running", 3, "r_001.h5"):
            os.kill(os.getpid(), signal.SIGINT)

    with monkeypatch.context() as patch:
        patch.setattr(Recorder, "add", stopping)
        assert mcr(*SEVERAL).code == 130
    assert read_job("v_001.tif")["result"]["stop_reason"] == "stopped"
    outcome = mcr(*SEVERAL)
    assert outcome.code == 0, outcome.err
    assert read_job("v_001.tif")["result"]["stop_reason"] == "max_iter"
    assert mcr(*SEVERAL).out.count("done before") == 3


def test_all_places_are_looked_at_before_anything_is_computed(folder, mcr):
    (folder / "r_002.h5").write_text("precious")
    outcome = mcr(*SEVERAL)
    assert outcome.code == 2
    assert "r_002.h5 exists: use --overwrite" in outcome.err
    assert sorted(os.listdir(folder)) == ["r_002.h5", "slice.tif"]
