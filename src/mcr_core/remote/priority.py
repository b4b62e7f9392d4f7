"""How far the child stands back where its parent wants the same cores."""

from __future__ import annotations

import contextlib
import os
import sys
from pathlib import Path

_NICE = 10


def be_nice() -> None:
    """Take what the parent leaves of the cores: most of them, and a tenth where it wants all."""
    if sys.platform != "win32":
        os.nice(_NICE)


def stand_back() -> None:
    """Compute only while nobody else wants the cores; Linux only, and for good.

    A drawing viewer is not only to get most of the time, but at once whenever it wants some: its
    threads wait for each other many times in a picture. Only this class of processes gives way so.
    """
    if sys.platform != "linux":
        return
    for thread in Path("/proc/self/task").iterdir():
        # Threads that are gone by now, and a container that forbids it.
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.sched_setscheduler(int(thread.name), os.SCHED_IDLE, os.sched_param(0))
