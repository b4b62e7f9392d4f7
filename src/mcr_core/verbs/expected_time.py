"""How long a run would take, from its first iterations, which are done and thrown away."""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from itertools import islice

from mcr_core.device import expects_gpu
from mcr_core.job import Job
from mcr_core.reconstruction.time_left import iterations_of_level

#: States of a run from which its pace is taken; the first ones, which warm up, do not count.
_TIMED = 4
#: Voxels up to which the run itself is timed, on a CPU and on a GPU, which few voxels do not fill.
_MOST, _MOST_GPU = 2**18, 2**24
#: Edges are not halved below that, or below what descriptors need.
_SHORTEST = 48
#: The start and the first evaluation take about as long as so many iterations.
_BEFORE = 2


def expected_seconds(job: Job, shape: Sequence[int]) -> float | None:
    """Return the seconds that a run would take; None where it ends before its pace is known.

    Of a large result, a smaller one is timed: the time of an evaluation is proportional to the
    number of voxels. Coarser volumes count by their voxels. Swaps after the last iteration are not
    counted, nor that a run may end early.

    Args:
        job: what would run.
        shape: extent of the result.

    Raises:
        InputError: what the run would refuse.
    """
    asked = job.resolved()
    smaller = _smaller(asked, shape)
    grown = math.prod(shape) / math.prod(smaller)
    settings = asked.settings.model_copy(update={"coarse_levels": 0})
    timed = {"shape": smaller, "add_dimension": None, "settings": settings}
    began = time.perf_counter()
    run = asked.model_copy(update=timed).start()
    try:
        running = (state for state in run if state.phase == "running")
        paces = [
            (state.iteration, time.perf_counter() - began) for state in islice(running, _TIMED)
        ]
    finally:
        run.close()
    if len(paces) < _TIMED:
        return None
    (early, before), (late, now) = paces[1], paces[-1]
    pace = grown * (now - before) / (late - early)
    iterations = _at_full_resolution(
        asked.settings.max_iter, asked.settings.coarse_levels, len(shape)
    )
    return paces[0][1] + pace * (iterations + (_BEFORE if grown > 1 else 0))


def _smaller(job: Job, shape: Sequence[int]) -> tuple[int, ...]:
    """Return the extent that is timed: edges are halved, the longest first."""
    found = list(shape)
    if job.initial is not None or not job.settings.optimizer.needs_gradient:
        return tuple(found)
    most = _MOST_GPU if expects_gpu(job.settings.device) else _MOST
    shortest = max([_SHORTEST, *(term.descriptor.smallest_extent() for term in job.terms or ())])
    while math.prod(found) > most and max(found) >= 2 * shortest:
        found[found.index(max(found))] //= 2
    return tuple(found)


def _at_full_resolution(iterations: int, coarse_levels: int, dimensions: int) -> float:
    """As many iterations of full resolution as all levels of a run take the time of."""
    done, found = 0, 0.0
    for finer in range(coarse_levels, -1, -1):
        share = iterations_of_level(iterations - done, finer + 1)
        found += share / 2 ** (dimensions * finer)
        done += share
    return found
