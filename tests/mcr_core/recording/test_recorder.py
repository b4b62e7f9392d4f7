"""A run that is recorded can go on from the file, whatever has happened to the program."""

import errno
import os

import numpy as np
import pytest

import mcr_core as mcr
from mcr_core import hdf5
from mcr_core.errors import InputError
from mcr_core.history import to_record
from mcr_core.recording import Recorder, recorder, write_recording


@pytest.fixture(autouse=True)
def unhurried(monkeypatch):
    """Tests are so short that a twentieth of their time is nothing."""
    monkeypatch.setattr(recorder, "_SHARE", 1e9)
    monkeypatch.setattr(recorder, "_MARK_EVERY", 0)


def test_a_whole_run(record, job):
    file, result = record(seconds=0, name="whole.h5", about={"colors": {"1": [1, 0, 0]}})
    found = mcr.read_recording(file)
    assert found.job == job
    assert found.has_ended
    assert found.stop_reason is result.stop_reason
    assert found.microstructure == result.microstructure
    assert found.loss == result.loss
    assert found.seconds == result.seconds
    assert found.notes == result.notes
    assert found.about == {"colors": {"1": [1, 0, 0]}}
    assert found.began < found.written
    assert to_record(found.history) == to_record(result.history)
    # Every state of both levels, and the result.
    assert [mark.iteration for mark in found.marks] == [
        *(row["iteration"] for row in result.history),
        result.history[-1]["iteration"],
    ]
    assert {mark.level: mark.meaning.shape for mark in found.marks} == {
        0: (8, 8, 8),
        1: (16, 16, 16),
    }
    assert found.marks[0].microstructure().voxel_size == (1.0, 1.0, 1.0)
    assert os.listdir(file.parent) == ["whole.h5"]


def test_a_run_that_breaks_off_goes_on(record, job):
    found = mcr.read_recording(record(until=5, seconds=0))
    assert not found.has_ended
    assert (found.iteration, found.max_iter) == (5, 6)
    assert np.isnan(found.loss)
    going_on = found.continued()
    settings = going_on.settings
    assert (settings.max_iter, settings.seed, settings.coarse_levels) == (1, 3, 0)
    assert settings.start.name == "volume"
    assert going_on.terms == job.terms
    assert going_on.initial.load() == found.microstructure
    assert found.continued(max_iter=9).settings.max_iter == 9
    result = mcr.run(record(until=5, seconds=0))
    fractions = result.microstructure.phase_fractions
    assert fractions == pytest.approx(found.microstructure.phase_fractions, abs=1e-12)
    assert result.microstructure.shape == (16, 16, 16)
    assert result.history[-1]["iteration"] <= 1


def test_a_coarse_state_goes_on_at_full_resolution(record):
    found = mcr.read_recording(record(until=1, seconds=0))
    assert found.microstructure.shape == (8, 8, 8)
    run = found.continued().start()
    for _ in run:
        pass
    assert run.result.microstructure.shape == (16, 16, 16)
    assert run.result.microstructure.voxel_size == (0.5, 0.5, 0.5)


def test_a_run_that_has_ended_asks_for_a_number(record):
    file, result = record()
    found = mcr.read_recording(file)
    with pytest.raises(InputError, match=r"has ended .* `mcr run --max-iter N` .* goes on from"):
        found.continued()
    assert found.continued(max_iter=2).initial.load() == result.microstructure
    with pytest.raises(InputError, match=r"r\.h5: this run has ended"):
        mcr.run(file)
    assert mcr.run(file, max_iter=1).history[-1]["iteration"] <= 1
    with pytest.raises(InputError, match=r"max_iter in Python\) is for going on with a recording"):
        mcr.run(found.job, max_iter=1)


def test_a_run_that_was_stopped_goes_on_with_what_is_left(tmp_path, job):
    run = job.start()
    recording = Recorder(tmp_path / "r.h5", job)
    for state in run:
        recording.add(state)
        if state.iteration == 4:
            run.stop()
    recording.end(run.result)
    found = mcr.read_recording(tmp_path / "r.h5")
    assert found.stop_reason is mcr.StopReason.STOPPED
    assert found.continued().settings.max_iter == 6 - found.iteration == 2
    assert found.continued().initial.load() == run.result.microstructure


def test_one_without_an_iteration_begins_afresh(record, job):
    found = mcr.read_recording(record(until=0, seconds=0))
    assert found.iteration == 0
    assert found.continued() == job
    whole = mcr.run(job)
    assert mcr.run(found.continued()).microstructure == whole.microstructure
    assert found.continued(max_iter=9).settings.max_iter == 9
    assert found.continued(max_iter=9).initial is None


def test_a_file_that_is_there_is_replaced_only_if_asked(tmp_path):
    file = tmp_path / "r.h5"
    file.write_text("precious")
    with pytest.raises(InputError, match=r"r\.h5 exists: use overwrite=True"):
        Recorder(file, _job())
    assert file.read_text() == "precious"
    Recorder(file, _job(), overwrite=True).add(_state(1))
    assert mcr.read_recording(file).iteration == 1


@pytest.mark.parametrize("overwrite", [False, True])
def test_of_two_runs_in_the_same_place_the_first_stays(tmp_path, overwrite):
    file, notes = tmp_path / "r.h5", []
    if overwrite:
        file.write_text("an older one")
    options = {"overwrite": overwrite, "seconds": 0}
    first = Recorder(file, _job(), name="first", **options)
    second = Recorder(file, _job(), name="second", note=notes.append, **options)
    first.add(_state(1))
    second.add(_state(1))
    first.add(_state(2))
    second.add(_state(2))
    second.discard()
    found = mcr.read_recording(file)
    assert (found.name, found.iteration) == ("first", 2)
    assert notes == [
        f"the recording {file} cannot be written (another run has written there): the run goes on "
        "without it"
    ]
    assert os.listdir(tmp_path) == ["r.h5"]


def test_one_that_was_replaced_does_not_come_back(tmp_path, caplog):
    file = tmp_path / "r.h5"
    first = Recorder(file, _job(), name="first", seconds=0)
    first.add(_state(1))
    Recorder(file, _job(), name="second", overwrite=True).add(_state(1))
    first.add(_state(2))
    first.add(_state(3))
    assert mcr.read_recording(file).name == "second"
    assert [one.message for one in caplog.records] == [
        f"the recording {file} cannot be written (another run has written there): the run goes on "
        "without it"
    ]
    file.unlink()
    first.add(_state(4))
    assert mcr.read_recording(file).iteration == 4


def test_the_first_state_is_written_at_once_and_the_next_after_a_while(record, clock, monkeypatch):
    written = []
    replace = recorder.replace_recording

    def counting(file, recording, older):
        written.append(recording.iteration)
        return replace(file, recording, older)

    monkeypatch.setattr(recorder, "replace_recording", counting)
    clock.step = 1.0  # three looks for a state that is kept, four for one that is written
    record(until=5, seconds=7.0, clock=clock)
    assert written[0] == 0
    assert 1 < len(written) < 5


def test_recording_takes_a_small_share_of_the_time(record, clock, monkeypatch):
    written, spent = [], []

    def slow(file, recording, older):
        written.append(recording)
        clock.now += 10.0
        spent.append(10.0)

    monkeypatch.setattr(recorder, "_SHARE", 0.025)
    monkeypatch.setattr(recorder, "replace_recording", slow)
    states = iter(range(10**6))
    recording = Recorder("r.h5", _job(), seconds=1.0, clock=clock)
    while clock.now < 5_000:
        clock.now += 1.0
        recording.add(_state(next(states)))
    assert len(written) > 10
    assert sum(spent) / clock.now < 0.03


def test_a_run_that_rests_is_written_at_once(clock, tmp_path):
    file = tmp_path / "r.h5"
    recording = Recorder(file, _job(), seconds=1000.0, clock=clock)
    recording.add(_state(0))
    recording.add(_state(1))
    assert mcr.read_recording(file).iteration == 0
    recording.add(_state(2), now=True)
    assert mcr.read_recording(file).iteration == 2
    recording.discard()
    assert os.listdir(tmp_path) == []


def test_a_full_disk_does_not_end_the_run(record, monkeypatch):
    def full(*_):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(hdf5.os, "fsync", full)
    file, result = record(seconds=0)
    notes = [note for note in result.notes if "the recording" in note]
    assert len(notes) == 1
    assert "cannot be written (No space left on device): the run goes on" in notes[0]
    assert os.listdir(file.parent) == []


def test_a_disk_that_is_full_at_the_end_leaves_the_last_whole_file(record, monkeypatch, job):
    ended = []
    replace = recorder.replace_recording

    def full_at_the_end(file, recording, older):
        if recording.has_ended:
            ended.append(recording)
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return replace(file, recording, older)

    monkeypatch.setattr(recorder, "replace_recording", full_at_the_end)
    file, _ = record(seconds=0)
    assert len(ended) == 1
    found = mcr.read_recording(file)
    assert not found.has_ended
    assert found.iteration == 6


def test_its_convergence_is_drawn(record):
    unended = mcr.view(record(until=5, seconds=0), convergence=True)
    file, result = record(seconds=0)
    ended = mcr.view(file, convergence=True)
    titles = [figure.axes[0].get_title() for figure in (unended, ended)]
    assert "5 iterations (interrupted)" in titles[0]
    assert mcr.view(file).axes[0].get_title() == titles[1]
    assert f"{result.history[-1]['iteration']} iterations (all asked for)" in titles[1]


def test_a_copy_is_written_by_hand(record, tmp_path):
    file, _ = record()
    found = mcr.read_recording(file)
    copy = tmp_path / "copy.h5"
    write_recording(copy, found)
    again = mcr.read_recording(copy)
    assert again.marks == found.marks
    assert again.history == found.history
    with pytest.raises(InputError, match="exists"):
        write_recording(copy, found)
    with pytest.raises(InputError, match=r"ends in \.h5"):
        write_recording(tmp_path / "copy.tif", found)


def _job():
    image = mcr.Microstructure.from_array(np.eye(16, dtype=int))
    return mcr.Job(source=mcr.job.Inline.of(image), shape=(16, 16))


def _state(iteration):
    image = mcr.Microstructure.from_array(np.eye(16, dtype=int))
    loss = 1 / (iteration + 1)
    return mcr.RunState(
        "running",
        iteration=iteration,
        evaluations=iteration,
        max_iter=300,
        loss=loss,
        parts={"variation": loss},
        _make=lambda: image,
    )
