"""Threads for planes, and for parts of planes where these are few."""

import gc
import threading

import pytest

from mcr_core.kernels.workers import Workers, share, spare_cores


def plane_threads():
    return [thread for thread in threading.enumerate() if thread.name.startswith("mcr-plane")]


@pytest.mark.parametrize(
    ("cores", "count", "expected"),
    [(1, 3, 1), (4, 1, 4), (4, 2, 2), (4, 3, 1), (4, 9, 1), (7, 2, 3)],
)
def test_cores_are_shared_out(cores, count, expected):
    assert Workers(cores).map(lambda number: spare_cores(), count) == [expected] * count
    assert spare_cores() == 1


def test_parts_come_in_order():
    def parts(plane):
        return share(lambda part: (plane, part), spare_cores())

    assert Workers(6).map(parts, 2) == [[(plane, part) for part in range(3)] for plane in range(2)]
    assert share(lambda part: part, 1) == [0]


def test_threads_end_with_their_workers():
    before = set(plane_threads())
    for _ in range(5):
        Workers(3).map(lambda number: share(str, spare_cores()), 1)
        Workers(3).map(str, 3)
    gc.collect()
    for thread in set(plane_threads()) - before:
        thread.join(timeout=10)
        assert not thread.is_alive()


def test_callers_that_fill_the_pool_do_not_wait_for_ever():
    """Two maps at a time: every thread of the pool waits for parts, which none is left to do."""
    workers, meet = Workers(4), threading.Barrier(4)

    def plane(number):
        meet.wait(timeout=10)
        return share(str, 2)

    found = []
    callers = [
        threading.Thread(target=lambda: found.append(workers.map(plane, 2)), daemon=True)
        for _ in range(2)
    ]
    for caller in callers:
        caller.start()
    for caller in callers:
        caller.join(timeout=30)
    assert found == [[["0", "1"]] * 2] * 2


def test_after_an_inner_map_the_share_is_the_outer_one():
    def outer(number):
        before = spare_cores()
        inner = Workers(2).map(lambda inner: spare_cores(), 1)
        return before, inner, spare_cores()

    assert Workers(4).map(outer, 1) == [(4, [2], 4)]


def test_after_an_error_there_is_no_share():
    with pytest.raises(ZeroDivisionError):
        Workers(4).map(lambda number: 1 // number, 1)
    assert spare_cores() == 1


def test_an_error_of_a_part_is_that_of_its_plane():
    with pytest.raises(ZeroDivisionError):
        Workers(4).map(lambda plane: share(lambda part: 1 // (part - 2), 4), 1)
