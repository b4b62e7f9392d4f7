"""A run that was recorded."""

import pytest

from mcr_core.job import Inline, Job
from mcr_core.recording import Recorder


class Clock:
    """Goes on by `step` seconds each time somebody looks."""

    def __init__(self, step=0.0):
        self.now, self.step = 0.0, step

    def __call__(self):
        self.now += self.step
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def job(slice_image):
    """Quick: kernels, and nothing to compile."""
    return Job(
        source=Inline.of(slice_image, "a slice"),
        terms=["volume_fractions", {"name": "two_point", "options": {"limit_to": 4}}],
        shape=(16, 16, 16),
        settings={"max_iter": 6, "seed": 3, "coarse_levels": 1, "realizable": False},
    ).resolved()


@pytest.fixture
def record(tmp_path, job):
    """Record the job; `until` states at most."""

    def record(until=None, job=job, name="r.h5", **options):
        run = job.start()
        recorder = Recorder(tmp_path / name, job, overwrite=True, note=run.note, **options)
        for state in run:
            recorder.add(state)
            if until is not None and state.phase == "running" and state.iteration == until:
                run.close()
                return tmp_path / name
        recorder.end(run.result)
        return tmp_path / name, run.result

    return record
