"""How far the child stands back, as the kernel tells it."""

import os
import sys
import time
from pathlib import Path

import pytest

from mcr_core.remote import Answer, Client

pytestmark = pytest.mark.skipif(
    sys.platform != "linux", reason="only Linux has this class of processes, and tells of it"
)


def threads(pid):
    return [int(thread.name) for thread in Path(f"/proc/{pid}/task").iterdir()]


@pytest.fixture
def client():
    with Client() as client:
        client.describe()
        client.wait()
        yield client


def test_a_child_is_nicer_than_its_parent_and_no_more(client):
    before = os.getpriority(os.PRIO_PROCESS, 0)
    assert os.getpriority(os.PRIO_PROCESS, client.pid) == min(19, before + 10)
    assert {os.sched_getscheduler(thread) for thread in threads(client.pid)} == {os.SCHED_OTHER}


def test_all_threads_of_a_child_that_stands_back_give_way(client):
    client.stand_back()
    client.stand_back()
    end = time.monotonic() + 20
    while time.monotonic() < end:
        found = {os.sched_getscheduler(thread) for thread in threads(client.pid)}
        if found == {os.SCHED_IDLE}:
            break
        time.sleep(0.05)
    assert found == {os.SCHED_IDLE}
    client.ask("nonsense")  # and it still answers
    [event] = client.wait()
    assert not isinstance(event, Answer)


def test_nobody_stands_back_before_there_is_a_child():
    with Client() as client:
        client.stand_back()
        assert client.pid is None
