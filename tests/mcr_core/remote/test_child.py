"""The real child."""

import os
import signal
import subprocess
import sys
import textwrap
import threading
import time

import numpy as np
import psutil
import pytest
from installed_package import DESCRIPTOR, install

from mcr_core.errors import InputError, OptionError, RemoteError
from mcr_core.job import Inline, Job
from mcr_core.remote import Client, Description, Discarded, Failure, Paused, Result, State


@pytest.fixture
def job(slice_image):
    """Quick to compile, and with something to optimize."""
    return Job(
        source=Inline.of(slice_image, "a slice"),
        terms=["variation", "volume_fractions"],
        shape=(12, 16, 20),
        settings={"max_iter": 4, "seed": 3},
    )


def endless(job, iterations=1_000_000):
    # Adam takes a step for ever; L-BFGS-B finds an end.
    settings = {**job.settings.model_dump(), "optimizer": "adam", "max_iter": iterations}
    return Job(**{**dict(job), "settings": settings})


@pytest.fixture(scope="module")
def client():
    """A warm child for all tests of this module."""
    with Client(preview_interval=0) as client:
        yield client


@pytest.fixture(autouse=True)
def nothing_goes_on(client):
    """A test that fails in the middle of an endless job must not hold up those that follow."""
    yield
    if client.is_busy:
        client.close()


def run_until(client, job, condition):
    """Run a job, let `condition` look at every event; return all events."""
    events = []
    for event in client.run_job(job):
        events.append(event)
        condition(event)
    return events


def test_child_and_process_agree_bit_for_bit(client, job):
    events = list(client.run_job(job))
    run = job.start()
    for _ in run:
        pass
    *states, result = [event for event in events if isinstance(event, (State, Result))]
    assert isinstance(result, Result)
    assert result.microstructure == run.result.microstructure
    assert result.loss == run.result.loss
    without_clock = [{**record, "seconds": 0} for record in run.result.history]
    assert [{**record, "seconds": 0} for record in result.history] == without_clock
    assert result.stop_reason == run.result.stop_reason.name
    assert result.stop_sentence == run.result.stop_reason.value
    assert result.notes == run.result.notes
    assert Job.parse(result.job_data) == job.resolved()
    assert [state.phase for state in states][:2] == ["loading", "compiling"]
    assert states[-1].phase == "finishing"
    # The same again in the warm child.
    *_, again = client.run_job(job)
    assert again.microstructure == result.microstructure


def test_previews_have_the_phases_of_the_source(client, job, slice_image):
    previews = [e.preview for e in client.run_job(job) if isinstance(e, State) and e.preview]
    assert previews
    for preview in previews:
        assert preview.shape == job.shape
        assert preview.unit == "um"
        assert preview.voxel_size == (0.5, 0.5, 0.5)
        assert preview.phase_fractions == pytest.approx(slice_image.phase_fractions, abs=1e-3)


def test_stop_keeps_what_there_is(client, job):
    def condition(event):
        if isinstance(event, State) and event.iteration == 2:
            client.stop()

    *_, result = run_until(client, endless(job), condition)
    assert isinstance(result, Result)
    assert result.stop_reason == "STOPPED"
    assert 2 <= len(result.history) < 1_000_000
    assert result.microstructure.shape == job.shape


def test_stop_before_the_run_has_begun(client, job):
    number = client.run(endless(job))
    client.stop()
    events = []
    while client.is_busy:
        events += client.wait()
    assert isinstance(events[-1], Result)
    assert events[-1].job == number
    assert events[-1].stop_reason == "STOPPED"


def test_discard_leaves_nothing(client, job):
    def condition(event):
        if isinstance(event, State) and event.phase == "running":
            client.discard()

    *_, last = run_until(client, endless(job), condition)
    assert isinstance(last, Discarded)
    *_, result = client.run_job(job)
    assert isinstance(result, Result)


def run_up_to_pause(client, job):
    """Run a job, pause it in its first iterations; return the events up to `Paused`."""
    client.run(job)
    events = []
    while not any(isinstance(event, Paused) for event in events):
        asked = any(isinstance(event, State) and event.phase == "running" for event in events)
        new = client.wait()
        if not asked and any(isinstance(e, State) and e.phase == "running" for e in new):
            client.pause()
        events += new
    return events


def rest_of(client):
    events = []
    while client.is_busy:
        events += client.wait()
    return events


def test_a_paused_run_rests_and_goes_on_as_if_nothing_had_been(client, job):
    *_, straight = client.run_job(endless(job, 60))
    before = run_up_to_pause(client, endless(job, 60))
    assert client.is_busy
    # What was on its way still comes, and nothing else.
    time.sleep(0.3)
    states = [event for event in before + client.poll() if isinstance(event, State)]
    time.sleep(0.3)
    assert client.poll() == []
    assert states[-1].iteration < 60
    client.resume()
    *_, result = rest_of(client)
    assert isinstance(result, Result)
    assert result.microstructure == straight.microstructure
    assert len(result.history) == len(straight.history)


@pytest.mark.parametrize(("command", "ends"), [("stop", Result), ("discard", Discarded)])
def test_a_paused_run_can_be_ended(client, job, command, ends):
    run_up_to_pause(client, endless(job))
    getattr(client, command)()
    *_, last = rest_of(client)
    assert isinstance(last, ends)
    # A pause is that of one job: the next one runs.
    *_, result = client.run_job(job)
    assert isinstance(result, Result)


def test_a_pause_before_the_run_has_begun(client, job):
    client.run(job)
    client.pause()
    events = []
    while not any(isinstance(event, Paused) for event in events):
        events += client.wait()
    assert [event.phase for event in events if isinstance(event, State)] == ["loading"]
    client.resume()
    assert isinstance(rest_of(client)[-1], Result)


@pytest.mark.parametrize(
    ("change", "kind", "message"),
    [
        ({"shape": [3, 0, 3]}, InputError, "greater than 0"),
        ({"terms": ["variaton"]}, OptionError, "did you mean 'variation'"),
        ({"terms": ["correlations"], "shape": [8, 8, 8]}, InputError, "choose a larger one"),
        ({"settings": {"max_iter": -1}}, OptionError, "max_iter"),
        ({"source": {"kind": "image", "path": "/nowhere.tif"}}, InputError, "nowhere.tif"),
    ],
)
def test_errors_come_as_they_are(client, job, change, kind, message):
    [failure] = client.run_job({**job.to_json(), **change})
    assert isinstance(failure, Failure)
    assert isinstance(failure.error, kind)
    assert failure.exit_code == 2
    assert failure.trace == ""
    assert message in str(failure.error)
    assert "\n" not in str(failure.error)


def test_kill_is_one_clear_failure_and_the_next_run_works(job):
    with Client() as client:

        def condition(event):
            if isinstance(event, State) and event.phase == "loading":
                os.kill(client.pid, signal.SIGKILL)

        *_, failure = run_until(client, job, condition)
        assert isinstance(failure.error, RemoteError)
        assert "was killed, maybe the system ran out of memory" in str(failure.error)
        *_, result = client.run_job(job)
        assert isinstance(result, Result)


def test_description_without_tensorflow(tmp_path, monkeypatch):
    install(tmp_path, "tensorflow", "x", "raise RuntimeError('TensorFlow was imported')")
    (tmp_path / "fake_tensorflow.py").rename(tmp_path / "tensorflow.py")
    install(tmp_path, "torn", "Torn", "import something_that_is_not_there")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    with Client() as client:
        client.describe()
        [description] = client.wait()
    assert isinstance(description, Description)
    content = description.content
    descriptors = {plugin["name"]: plugin for plugin in content["descriptors"]["plugins"]}
    assert {"correlations", "variation", "volume_fractions"} <= set(descriptors)
    limit = descriptors["correlations"]["schema"]["properties"]["limit_to"]
    assert limit["default"] == 8
    assert (limit["minimum"], limit["maximum"]) == (2, 64)
    assert "pixels" in limit["description"]
    assert descriptors["correlations"]["summary"].startswith("Two- and three-point")
    assert "2021" in descriptors["correlations"]["reference"]
    assert {plugin["name"] for plugin in content["optimizers"]["plugins"]} >= {"adam", "lbfgsb"}
    assert "mse" in [plugin["name"] for plugin in content["losses"]["plugins"]]
    assert "something_that_is_not_there" in content["descriptors"]["broken"]["torn"]
    assert content["settings"]["properties"]["max_iter"]["default"] == 300
    presets = {preset["name"]: preset for preset in content["presets"]}
    assert list(presets) == ["auto", "fast", "balanced", "faithful"]
    assert all(preset["summary"].endswith(".") for preset in presets.values())
    assert presets["faithful"]["settings"] == {"weighting": "phases", "max_iter": 150}
    assert presets["auto"]["settings"] == {}


def test_tensorflow_that_is_missing_is_said(tmp_path, monkeypatch, job):
    (tmp_path / "tensorflow.py").write_text(
        "raise ModuleNotFoundError(\"No module named 'tensorflow'\", name='tensorflow')"
    )
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    term = {"descriptor": {"name": "surface_correlations", "options": {"limit_to": 4}}}
    with Client() as client:
        *_, failure = client.run_job({**job.to_json(), "terms": [term]})
    assert "TensorFlow cannot be loaded" in str(failure.error)
    assert "pip install" in str(failure.error)
    assert "ModuleNotFoundError" in failure.trace


def test_a_package_that_prints_does_not_disturb(tmp_path, monkeypatch, job):
    install(tmp_path, "roughness", "Roughness", DESCRIPTOR)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    with Client() as client:
        client.describe()
        [description] = client.wait()
        assert "roughness" in [p["name"] for p in description.content["descriptors"]["plugins"]]
        term = {"descriptor": {"name": "roughness", "options": {"steps": 2}}}
        *_, result = client.run_job({**job.to_json(), "terms": [term]})
        assert isinstance(result, Result)


def test_commands_that_make_no_sense_end_the_child():
    from mcr_core.remote.frames import Frame

    for nonsense in ({}, {"command": "dance"}, {"command": "stop", "job": None}):
        with Client() as client:
            client.describe()
            client.wait()
            client._child.send(Frame(nonsense))
            client._describing = True
            [failure, *_] = client.wait()
            assert "a command that it does not know" in str(failure.error)


PARENT = """
import sys, time
from mcr_core.remote import Client, State
client = Client()
for event in client.run_job({job!r}):
    if isinstance(event, State) and event.phase == {phase!r}:
        print(client.pid, flush=True)
        time.sleep(600)
"""


@pytest.mark.parametrize("phase", ["loading", "running"])
def test_the_child_ends_with_its_parent(job, phase):
    script = textwrap.dedent(PARENT).format(job=endless(job).to_json(), phase=phase)
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE) as parent:
        child = psutil.Process(int(parent.stdout.readline()))
        parent.kill()
    gone, alive = psutil.wait_procs([child], timeout=60)
    # Where nobody collects orphans, a zombie is what is left of it.
    assert gone or [process.status() for process in alive] == [psutil.STATUS_ZOMBIE]


def test_nothing_is_left_after_close(job):
    threads, children = set(threading.enumerate()), psutil.Process().children()
    client = Client()
    client.run(job)
    client.close()
    assert set(threading.enumerate()) <= threads
    assert psutil.Process().children() == children


def test_labels_are_read_only_copies(client, job):
    *_, result = client.run_job(job)
    assert result.microstructure.labels.dtype == np.uint8
    with pytest.raises(ValueError, match="read-only"):
        result.microstructure.labels[0, 0, 0] = 1
