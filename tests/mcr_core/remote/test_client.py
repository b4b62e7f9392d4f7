"""The parent's side, with children that misbehave; none of them loads TensorFlow."""

import os
import signal
import sys
import textwrap
import threading
import time

import numpy as np
import pytest

from mcr_core.errors import MissingPluginError, OptionError, RemoteError, RunError
from mcr_core.remote import Client, Description, Failure
from mcr_core.remote.events import parse
from mcr_core.remote.frames import Frame

PREAMBLE = """
import os, sys, time, signal
from mcr_core.remote.frames import Frame, encode, read
out = os.fdopen(os.dup(1), "wb")
def send(message):
    out.write(encode(Frame(message))); out.flush()
def hello(protocol=1):
    send({"event": "hello", "protocol": protocol, "version": "0"})
"""


def client_of(script):
    return Client(command=(sys.executable, "-c", PREAMBLE + textwrap.dedent(script)))


@pytest.fixture(autouse=True)
def nothing_is_left():
    before = set(threading.enumerate())
    yield
    assert set(threading.enumerate()) <= before


@pytest.mark.parametrize(
    ("script", "message"),
    [
        ("hello(2)", "speaks protocol version 2, expected 1: .* restart"),
        ("hello(2); time.sleep(60)", "speaks protocol version 2, expected 1: .* restart"),
        ("send({'event': 'state'}); time.sleep(60)", "protocol version None"),
        ("print('Hello, I am a library', flush=True); time.sleep(60)", "expected a frame"),
        ("sys.exit('no module named sandwich')", "exit code 1; .* no module named sandwich"),
        ("hello(); out.close(); os.close(1); time.sleep(60)", "closed its pipe"),
        ("hello(); os._exit(7)", "ended unexpectedly with exit code 7"),
        ("hello(); os.kill(os.getpid(), signal.SIGSEGV)", r"crashed \(SIGSEGV\)"),
        ("hello(); os.kill(os.getpid(), signal.SIGKILL)", "was killed, .* out of memory"),
        ("hello(); out.write(b'MCR' * 99); out.flush(); time.sleep(60)", "expected a frame"),
        ("hello(); send({'event': 'surprise'}); time.sleep(60)", "unknown event 'surprise'"),
        ("hello(); send({'event': 'state', 'job': 1}); time.sleep(60)", "damaged state event"),
    ],
)
def test_a_child_that_misbehaves_is_one_failure(script, message):
    with client_of(script) as client:
        client.describe()
        [failure] = client.wait()
        assert isinstance(failure, Failure)
        assert isinstance(failure.error, RemoteError)
        assert failure.exit_code == 3
        with pytest.raises(RemoteError, match=message):
            raise failure.error
        assert client.pid is None


def test_half_a_frame_then_death():
    with client_of("hello(); out.write(b'MCR'); out.flush(); os._exit(3)") as client:
        client.describe()
        [failure] = client.wait()
        assert "exit code 3" in str(failure.error)


def test_a_child_that_dies_while_its_threads_are_being_started(monkeypatch):
    start = threading.Thread.start

    def start_slowly(thread):
        start(thread)
        if thread.name.startswith("mcr-child-"):
            time.sleep(0.3)

    monkeypatch.setattr(threading.Thread, "start", start_slowly)
    with client_of("sys.exit('no room')") as client:
        client.describe()
        [failure] = client.wait()
        assert "its last words: no room" in str(failure.error)


def test_a_program_that_does_not_exist():
    with Client(command=("/nowhere/python",)) as client:
        with pytest.raises(RemoteError, match="cannot be started"):
            client.describe()
        assert client.pid is None


def test_a_child_that_hangs_does_not_hold_up_its_parent():
    with client_of("hello(); time.sleep(600)") as client:
        # More than the pipe holds, and nobody reads it.
        client.run({"source": "x" * 2**22})
        assert client.poll() == []
        assert client.is_busy
        client.kill()
        [failure] = client.wait()
        assert "was killed" in str(failure.error)


def test_death_while_idle_is_no_event():
    script = "hello(); read(sys.stdin.buffer); send({'event': 'description', 'content': {}})"
    with client_of(script) as client:
        client.describe()
        assert client.wait() == [Description({})]
        client._child._process.wait()
        client.describe()
        assert client.wait() == [Description({})]


def test_close_may_be_called_twice_and_gives_no_event():
    client = client_of("hello(); time.sleep(600)")
    client.describe()
    pid = client.pid
    client.close()
    client.close()
    assert client.poll() == []
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_a_forgotten_client_closes_itself():
    client = client_of("hello(); time.sleep(600)")
    client.describe()
    pid = client.pid
    del client
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


@pytest.mark.skipif(not hasattr(signal, "pthread_sigmask"), reason="POSIX signals")
def test_the_child_is_in_a_process_group_of_its_own():
    with client_of("hello(); time.sleep(600)") as client:
        client.describe()
        assert os.getpgid(client.pid) == client.pid
        assert os.getsid(client.pid) == os.getsid(0)


def test_errors_keep_their_class():
    message = {"event": "error", "job": 1, "exit_code": 2, "trace": ""}
    known = parse(Frame({**message, "class": "OptionError", "message": "no"}))
    assert isinstance(known.error, OptionError)
    for name in ("ValueError", "annotations", "SystemExit"):
        strange = parse(Frame({**message, "class": name, "message": "no"}))
        assert type(strange.error) is RunError
    advised = parse(Frame({**message, "class": "InputError", "message": "no", "command": "--xy"}))
    assert (advised.error.text, advised.error.command) == ("no", "--xy")
    assert str(advised.error) == "no → --xy"


def test_labels_that_name_no_phase_are_refused():
    meaning = {
        "phase_values": [0, 1],
        "phase_names": ["a", "b"],
        "voxel_size": [1, 1],
        "unit": "um",
        "periodic": True,
    }
    state = {
        "event": "state", "job": 1, "phase": "running", "level": 0, "iteration": 1,
        "evaluations": 1, "max_iter": 2, "loss": None, "parts": {}, "seconds": 1.0,
        "grey": 0.25, "left": None, "meaning": meaning,
    }  # fmt: skip
    good = parse(Frame(state, {"labels": np.ones((2, 2), np.uint8)}))
    assert good.preview.values.tolist() == [[1, 1], [1, 1]]
    assert np.isnan([good.loss, good.left]).all()
    assert good.grey == 0.25
    with pytest.raises(RemoteError, match="name no phase"):
        parse(Frame(state, {"labels": np.full((2, 2), 2, np.uint8)}))
    with pytest.raises(RemoteError, match="damaged state"):
        parse(Frame(state))


def test_a_descriptor_of_this_process_only():
    from mcr_core.descriptors import Descriptor, registry

    class Local(Descriptor):
        """Only here."""

        name = "only_here"

        def compute(self, image, valid):
            return {}

    registry.register(Local)
    try:
        with Client() as client:
            for term in ({"descriptor": {"name": "only_here"}}, {"name": "only_here"}, "only_here"):
                with pytest.raises(MissingPluginError, match=r"this process only .* entry point"):
                    client.run({"terms": [term]})
            assert client.pid is None
    finally:
        del registry._classes["only_here"]
