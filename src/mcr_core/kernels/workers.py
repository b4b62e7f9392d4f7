"""Planes in parallel: one thread a core, BLAS with what cores are left."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from functools import cache, cached_property
from typing import TypeVar

from threadpoolctl import ThreadpoolController

Result = TypeVar("Result")
_current = threading.local()


class Workers:
    """Calls a function for many planes, on every core that this process may use.

    NumPy releases the interpreter in its loops and in BLAS. BLAS would start threads of its own
    in each of ours; of the small products of one plane these make less than whole planes do.
    Results do not depend on the number of threads as long as there are as many calls as cores.

    Threads end with this object.

    Args:
        cores: how many threads to use; default: a core each.
    """

    def __init__(self, cores: int | None = None) -> None:
        self.cores = usable_cores() if cores is None else cores

    @cached_property
    def _pool(self) -> ThreadPoolExecutor:
        return ThreadPoolExecutor(self.cores, "mcr-plane")

    def map(self, function: Callable[[int], Result], count: int) -> list[Result]:
        """Return the results for 0 … count − 1, in this order."""
        threads = max(1, min(self.cores, count))
        each = max(1, self.cores // threads)

        def call(number: int) -> Result:
            outer = getattr(_current, "share", (1, None))
            _current.share = each, self
            try:
                return function(number)
            finally:
                # A thread of the pool that kept it would keep the pool.
                _current.share = outer

        with _blas().limit(limits=each, user_api="blas"):
            if threads == 1:
                return [call(number) for number in range(count)]
            return list(self._pool.map(call, range(count)))


def spare_cores() -> int:
    """Return how many cores a function that `Workers.map` calls may use: its share."""
    cores, _ = getattr(_current, "share", (1, None))
    return cores


def share(function: Callable[[int], Result], count: int) -> list[Result]:
    """Return the results for 0 … count − 1, on the `spare_cores` of the thread that calls this.

    Args:
        function: what is called, by this thread and others.
        count: how often; more than once only where there are `spare_cores`.
    """
    if count == 1:
        return [function(0)]
    _, workers = _current.share
    others = [workers._pool.submit(function, number) for number in range(1, count)]
    results = [function(0)]
    for number, other in enumerate(others, 1):
        # What no thread has begun this one does: it never waits for one that waits itself.
        results.append(function(number) if other.cancel() else other.result())
    return results


def one_blas_thread() -> AbstractContextManager[object]:
    """Keep BLAS to one thread where planes are not shared out.

    Its other threads wait for work in a loop for milliseconds after each product or norm, and take
    that time from ours: the small operations between two evaluations made runs up to twice as long.
    """
    limit: AbstractContextManager[object] = _blas().limit(limits=1, user_api="blas")
    return limit


@cache
def _blas() -> ThreadpoolController:
    """Return what limits BLAS; kept, because it searches the files that the process has mapped."""
    import scipy.linalg  # noqa: F401  it brings a BLAS of its own, which is to be found

    return ThreadpoolController()


def usable_cores() -> int:
    """Return the number of cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
