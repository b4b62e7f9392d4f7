"""Planes in parallel: one thread a core, BLAS with what cores are left."""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from functools import cache, cached_property
from typing import TypeVar

from threadpoolctl import ThreadpoolController

Result = TypeVar("Result")


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
        with _blas().limit(limits=max(1, self.cores // threads), user_api="blas"):
            if threads == 1:
                return [function(number) for number in range(count)]
            return list(self._pool.map(function, range(count)))


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
