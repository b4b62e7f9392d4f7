"""What every benchmark shares: a stopwatch, peak memory, the table, and the record as JSON.

Standard library only: the peer's interpreter reads this file, too.
"""

from __future__ import annotations

import datetime
import importlib.metadata
import json
import os
import platform
import shutil
import subprocess
import sys
import time
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

#: Packages whose versions are recorded.
_PACKAGES = ("napari-mcr", "tensorflow", "keras", "numpy", "scipy")


class Stopwatch:
    """Wall time and processor time (of all threads) of this process, in seconds."""

    def __init__(self) -> None:
        self._past = (0.0, 0.0)
        self.start()

    def start(self) -> None:
        """Go on after `pause`."""
        self._began: tuple[float, float] | None = (time.perf_counter(), time.process_time())

    def pause(self) -> None:
        """Stand still until `start`."""
        self._past, self._began = self.read(), None

    def read(self) -> tuple[float, float]:
        """Wall and processor seconds while it was running."""
        if self._began is None:
            return self._past
        now = (time.perf_counter(), time.process_time())
        wall, processor = (
            past + (end - start)
            for past, end, start in zip(self._past, now, self._began, strict=True)
        )
        return wall, processor


def peak_memory() -> int:
    """Most memory that this process has held, in bytes; 0 where the system does not say."""
    try:
        import resource
    except ImportError:  # Windows
        return 0
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


def machine() -> dict[str, Any]:
    """What the numbers depend on."""
    return {
        "processor": _processor(),
        "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else None,
        "gpu": _gpu(),
        "system": f"{platform.system()} {platform.machine()}",
        "load": round(os.getloadavg()[0], 1) if hasattr(os, "getloadavg") else None,
        "python": platform.python_version(),
        "versions": {name: _version(name) for name in _PACKAGES},
        "date": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
    }


def keep_cores(count: int | None) -> None:
    """Let this process and its children use so many cores only; None: all."""
    if count is None:
        return
    if not hasattr(os, "sched_setaffinity"):
        sys.exit("--cores needs a system that binds processes to cores, Linux for example")
    allowed = sorted(os.sched_getaffinity(0))
    if count > len(allowed):
        sys.exit(f"expected --cores of at most {len(allowed)}, got {count}")
    os.sched_setaffinity(0, allowed[:count])


def say_machine() -> dict[str, Any]:
    """Print one line on the machine and return the record of it."""
    found = machine()
    gpu = f", {found['gpu']}" if found["gpu"] else ""
    print(f"{found['processor']}, {found['cores']} cores{gpu}; load {found['load']}", flush=True)
    return found


def show(header: Sequence[str], rows: Iterable[Sequence[Any]], title: str = "") -> None:
    """Print a table whose columns are as wide as they must be."""
    cells = [list(header), *([_text(cell) for cell in row] for row in rows)]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    if title:
        print(f"\n{title}")
    for row in cells:
        first, *rest = (cell.rjust(width) for cell, width in zip(row, widths, strict=True))
        print("  ".join([row[0].ljust(len(first)), *rest]), flush=True)


def write(file: Path | None, about: dict[str, Any], rows: Any) -> None:
    """Write the record of a benchmark, if a file is given."""
    if file is not None:
        file.write_text(json.dumps({"machine": about, "rows": rows}, indent=1) + "\n")


def _text(cell: Any) -> str:
    if cell is None:
        return "-"
    if isinstance(cell, float):
        return f"{cell:.3g}" if abs(cell) < 100 else f"{cell:.0f}"
    return str(cell)


def _version(name: str) -> str | None:
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return None


def _processor() -> str:
    file = Path("/proc/cpuinfo")
    if file.exists():
        for line in file.read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def _gpu() -> str | None:
    """Name of the first NVIDIA GPU."""
    command = shutil.which("nvidia-smi")
    if command is None:
        return None
    query = [command, "--query-gpu=name", "--format=csv,noheader"]
    done = subprocess.run(query, capture_output=True, text=True, check=False)
    names = done.stdout.splitlines()
    return names[0].strip() if done.returncode == 0 and names else None
