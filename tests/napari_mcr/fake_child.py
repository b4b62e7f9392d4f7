"""The child with a run that computes nothing, so that TensorFlow need not be loaded.

Protocol, server, checks and stream of states are the real ones. The argument says how it behaves:
`obedient`, `hangs` (in the middle of an iteration) or `fails`.
"""

import sys
import time

import numpy as np

import mcr_core.remote.__main__ as child
from mcr_core.job import Job
from mcr_core.microstructure import Microstructure
from mcr_core.optimizers.base import Evaluation, Step
from mcr_core.reconstruction import Plan, Run

BEHAVIOUR = sys.argv[1]
checked = Job.start


class FakeFields:
    """Fields that change from one iteration to the next."""

    def __init__(self, iteration):
        self.iteration = iteration

    def __array__(self, dtype=None, copy=None):
        return np.full((1, 1, 1), self.iteration, dtype)


class FakeOptimizer:
    """A step every 20 ms."""

    descends = True

    def iterate(self, objective, start, max_iter):
        for iteration in range(max_iter + 1):
            if iteration == 3 and BEHAVIOUR == "hangs":
                time.sleep(600)
            if iteration == 3 and BEHAVIOUR == "fails":
                raise MemoryError("out of imagination")
            loss = 1.0 / (iteration + 1)
            yield Step(iteration, iteration + 1, loss, {"fake": loss}, FakeFields(iteration))
            time.sleep(0.02)


def start(job):
    """Check the job as ever, then pretend."""
    checked(job)
    source = job.source.load()
    size = source.voxel_size
    template = Microstructure(
        labels=np.zeros(job.shape, np.uint8),
        phase_values=source.phase_values,
        phase_names=source.phase_names,
        voxel_size=(size[-1],) * len(job.shape),
        unit=source.unit,
        periodic=True,
    )

    def finish(fields):
        grid = np.indices(job.shape).sum(0) + np.asarray(fields, dtype=int).ravel()[0]
        return template.with_labels(grid % source.phase_count)

    def objective(fields):
        return Evaluation(0.5, {"fake": 0.5}, None)

    plan = Plan(None, objective, FakeFields(0), finish, FakeOptimizer(), ("this is a fake",))
    return Run(lambda: plan, job.settings.max_iter)


Job.start = start
child.main()
