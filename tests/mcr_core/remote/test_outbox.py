"""The child sends no more than its parent takes, and the newest."""

import io
import math

import numpy as np
import pytest

from mcr_core.microstructure import Microstructure
from mcr_core.reconstruction import RunState
from mcr_core.remote.events import parse
from mcr_core.remote.frames import read
from mcr_core.remote.outbox import Outbox


@pytest.fixture
def pipe():
    return io.BytesIO()


@pytest.fixture
def outbox(pipe):
    return Outbox(pipe.write)


def state(iteration, phase="running"):
    shown = Microstructure.from_array(np.eye(4, dtype=np.uint8) * 3)
    numbers = (0, iteration, iteration + 1, 100, 0.5, {"a": 0.5}, 1.0)
    return RunState(phase, *numbers, lambda: shown, 20.0, lambda: 0.25)


def sent(pipe):
    pipe.seek(0)
    frames = []
    while (frame := read(pipe)) is not None:
        frames.append(frame)
    return frames


def test_one_state_is_on_its_way_and_the_newest_wins(outbox, pipe):
    for iteration in range(10):
        outbox.post(1, state(iteration))
    outbox.acknowledge()
    outbox.acknowledge()
    outbox.post(1, state(10))
    assert [frame.message["iteration"] for frame in sent(pipe)] == [0, 9, 10]


def test_a_preview_that_waits_is_handed_on(outbox, pipe):
    outbox.post(1, state(0))
    outbox.post(1, state(1), preview=True)
    outbox.post(1, state(2))
    assert not outbox.takes_preview
    outbox.acknowledge()
    assert not outbox.takes_preview
    last = sent(pipe)[-1]
    assert last.message["iteration"] == 2
    assert last.message["meaning"]["phase_values"] == [0, 3]
    assert last.arrays["labels"].tolist() == np.eye(4).tolist()
    outbox.acknowledge()
    assert outbox.takes_preview


def test_nothing_comes_after_the_end(outbox, pipe):
    outbox.post(1, state(0))
    outbox.post(1, state(1), preview=True)
    outbox.error(1, "RunError", "it failed", 3)
    outbox.acknowledge()
    assert [frame.message["event"] for frame in sent(pipe)] == ["state", "error"]
    assert outbox.takes_preview


def test_what_is_no_state_does_not_wait(outbox, pipe):
    outbox.post(1, state(0))
    outbox.post(1, state(1))
    outbox.note(1, "something to know")
    outbox.acknowledge()
    assert [frame.message["event"] for frame in sent(pipe)] == ["state", "note", "state"]


def test_what_is_sent_of_a_state(outbox, pipe):
    outbox.post(1, state(3), preview=True)
    outbox.acknowledge()
    outbox.post(1, RunState("loading"))
    first, second = map(parse, sent(pipe))
    assert (first.iteration, first.max_iter, first.loss, first.seconds) == (3, 100, 0.5, 1.0)
    assert (first.grey, first.left) == (0.25, 20.0)
    assert first.preview == state(3).microstructure
    assert all(math.isnan(number) for number in (second.loss, second.grey, second.left))
