"""How often previews are shown, by a clock of our own."""

import pytest

from napari_mcr.runs.drawing_pace import DrawingPace


class Clock:
    now = 100.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


def test_quick_drawing_is_no_reason_to_leave_out_any(clock):
    pace = DrawingPace(0.04, clock)
    for _ in range(5):
        assert pace.takes_preview()
        clock.now += 0.04
        pace.look()
        clock.now += 0.01


def test_slow_drawing_takes_a_small_share_of_the_time(clock):
    pace = DrawingPace(0.04, clock)
    assert pace.takes_preview()
    clock.now += 0.34  # 0.3 s later than it should be
    pace.look()
    clock.now += 4.2  # of 0.3 / 7 %
    pace.look()
    assert not pace.takes_preview()
    clock.now += 0.2
    assert pace.takes_preview()


def test_it_is_slow_once_a_picture_took_long(clock):
    pace = DrawingPace(0.04, clock)
    for late, slow in ((0.1, False), (0.2, True), (0.0, True)):
        assert pace.takes_preview()
        clock.now += 0.04 + late
        pace.look()
        assert pace.is_slow is slow
        clock.now += 10.0
