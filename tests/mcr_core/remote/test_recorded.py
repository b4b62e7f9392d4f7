"""The child records its runs."""

import io
import os
import signal

import pytest

import mcr_core as mcr
from mcr_core.job import Inline, Job
from mcr_core.reconstruction import Run
from mcr_core.remote import Client, Discarded, Failure, Note, Result, State
from mcr_core.remote.server import Server


@pytest.fixture(scope="module")
def client():
    """A warm child for all tests of this module."""
    with Client(preview_interval=0) as client:
        yield client


@pytest.fixture
def job(slice_image):
    return Job(
        source=Inline.of(slice_image, "a slice"),
        terms=[{"name": "two_point", "options": {"limit_to": 4}}, "variation"],
        shape=(12, 16, 20),
        settings={"max_iter": 4, "seed": 3, "realizable": False},
    )


@pytest.fixture
def file(tmp_path):
    return tmp_path / "r.h5"


def recorded(client, job, file, act=lambda event: None, **options):
    """Run a job, let `act` look at every event; return all events."""
    number = client.run(job, {"file": str(file), "seconds": 0, **options})
    events = []
    while client.is_busy:
        for event in client.wait():
            assert event.job == number
            events.append(event)
            act(event)
    return events


def long(job):
    settings = {**job.settings.model_dump(), "max_iter": 1_000_000}
    return Job(**{**dict(job), "settings": settings})


def test_without_a_recording_the_images_are_read_again_after_the_run_only(job, monkeypatch):
    order = []

    def seen(name, function):
        def called(self):
            order.append(name)
            return function(self)

        return called

    monkeypatch.setattr(Job, "resolved", seen("resolved", Job.resolved))
    monkeypatch.setattr(Run, "__next__", seen("state", Run.__next__))
    server = Server(io.BytesIO(), io.BytesIO())
    server._perform(1, job.to_json(), 1.0, None)
    assert order[-1] == "resolved"
    assert order.count("resolved") == 1


def test_after_the_result_it_is_in_the_recording(client, job, file):
    *_, result = recorded(client, job, file, name="a run", about={"colors": {"1": "red"}})
    assert isinstance(result, Result)
    found = mcr.read_recording(file)
    assert found.microstructure == result.microstructure
    assert found.stop_reason.name == result.stop_reason
    assert found.job == Job.parse(result.job_data)
    assert found.name == "a run"
    assert found.about == {"colors": {"1": "red"}}


def test_discard_deletes_it(client, job, file):
    def act(event):
        if isinstance(event, State) and event.iteration == 2:
            assert file.exists()
            client.discard()

    events = recorded(client, long(job), file, act)
    assert isinstance(events[-1], Discarded)
    assert os.listdir(file.parent) == []


def test_a_killed_child_leaves_it(job, file):
    with Client(preview_interval=0) as client:

        def act(event):
            if isinstance(event, State) and event.iteration == 3:
                os.kill(client.pid, signal.SIGKILL)

        events = recorded(client, long(job), file, act)
        assert isinstance(events[-1], Failure)
        found = mcr.read_recording(file)
        assert not found.has_ended
        *_, result = client.run_job(found.continued(max_iter=2))
        assert isinstance(result, Result)
        assert result.microstructure.shape == (12, 16, 20)


def test_a_pause_writes_what_there_is(client, job, file):
    client.run(long(job), {"file": str(file), "seconds": 1e6})
    paused = False
    while not paused:
        for event in client.wait():
            if isinstance(event, State) and event.iteration == 5:
                client.pause()
            paused = paused or type(event).__name__ == "Paused"
    assert mcr.read_recording(file).iteration >= 5
    client.discard()
    while client.is_busy:
        client.wait()


def test_a_folder_that_is_gone_is_a_note(client, job, file):
    events = recorded(client, job, file.parent / "gone" / "r.h5")
    notes = [event.text for event in events if isinstance(event, Note)]
    told = [text for text in notes if "cannot be written (No such file or directory)" in text]
    assert len(told) == 1
    assert isinstance(events[-1], Result)
    assert told[0] in events[-1].notes
