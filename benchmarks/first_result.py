"""How long a user waits: for the help, the import, the first states of a run, and the whole demo.

Run: `python benchmarks/first_result.py [--shape 64] [--repeats 5] [--no-demo] [--json FILE]`

Wall seconds as a user sees them; medians where it says so. `mcr --help` and `import mcr_core` are
new processes. The cold run is a new process, too: seconds from its start until the event `loading`
(alive), the first state with a loss (state 0) and the first optimized state (iteration 1) arrive.
The warm run is the same job once more in the same process, from its own call. The demo is that of
scripts/demo.py, `mcr match` and the picture, without the installation.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

from measurement import keep_cores, say_machine, show, write

ROOT = Path(__file__).parent.parent
SCRIPTS = ROOT / "scripts"
MCR = (sys.executable, "-m", "mcr_core.cli")
EVENTS = ("loading", "state 0", "first optimized state")

#: What the cold and the warm run execute: one line for every event, when it happens.
CHILD = """
import sys
import mcr_core as mcr
for _ in range(2):
    terms = [mcr.Term(descriptor=mcr.descriptors.Correlations(limit_to=8)),
             mcr.Term(descriptor=mcr.descriptors.Variation(), weight=10.0)]
    print("begin", flush=True)
    edge = int(sys.argv[2])
    run = mcr.match_iter(mcr.read(sys.argv[1]), (edge, edge, edge), terms, max_iter=2)
    seen = set()
    for state in run:
        name = "loading" if state.phase == "loading" else None
        if state.phase == "running":
            name = "state 0" if state.iteration == 0 else "first optimized state"
        if name and name not in seen:
            seen.add(name)
            print(name, flush=True)
        if len(seen) == 3:
            run.close()
            break
"""


def main() -> None:
    parser = argparse.ArgumentParser(description="Seconds until something is there.")
    parser.add_argument("--shape", type=int, default=64, help="edge of the cube")
    parser.add_argument("--slice", type=Path, default=ROOT / "sample_data" / "isotropic.tif")
    parser.add_argument("--repeats", type=int, default=5, help="of help and import")
    parser.add_argument("--no-demo", action="store_true")
    parser.add_argument("--cores", type=int, help="use so many only")
    parser.add_argument("--json", type=Path, help="write the records to this file")
    options = parser.parse_args()
    keep_cores(options.cores)
    about = say_machine()
    python = [sys.executable, "-c"]
    rows: list[tuple[str, float]] = []
    for name, command in (
        ("python, which does nothing", [*python, "pass"]),
        ("import mcr_core", [*python, "import mcr_core"]),
        ("mcr --help", [*MCR, "--help"]),
        ("import tensorflow", [*python, "import tensorflow"]),
    ):
        times = [seconds_of([command]) for _ in range(options.repeats)]
        rows.append((f"{name} (median of {options.repeats})", statistics.median(times)))
    cold, warm = first_states(options.slice, options.shape)
    for title, events in (("cold", cold), ("warm", warm)):
        rows += [
            (f"{options.shape}^3, {title}: {name}", seconds) for name, seconds in events.items()
        ]
    if not options.no_demo:
        rows.append(("the demo, without its installation", demo()))
    show(("what", "seconds"), rows, "Until it is there")
    write(options.json, about, [{"what": what, "seconds": seconds} for what, seconds in rows])


def seconds_of(commands: Sequence[Sequence[Any]]) -> float:
    """Wall seconds of commands one after the other, in the folder of the repository."""
    began = time.perf_counter()
    for command in commands:
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
        if done.returncode:
            sys.exit(f"{done.stderr}\n{command} ended with exit code {done.returncode}: see above")
    return time.perf_counter() - began


def first_states(image: Path, edge: int) -> tuple[dict[str, float], dict[str, float]]:
    """Seconds until the events of the cold run and of the warm one."""
    began = time.perf_counter()
    runs: list[dict[str, float]] = []
    command = [sys.executable, "-c", CHILD, str(image), str(edge)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as child:
        for line in child.stdout:
            event = line.strip()
            if event == "begin":
                if runs:
                    began = time.perf_counter()
                runs.append({})
            elif event in EVENTS:
                runs[-1][event] = time.perf_counter() - began
    if child.returncode or len(runs) != 2:
        sys.exit(f"the run failed with exit code {child.returncode}: see above")
    return runs[0], runs[1]


def demo() -> float:
    """Seconds of the two commands of scripts/demo.py."""
    ask = "import json, demo; print(json.dumps([demo.MATCH, demo.VOLUME, demo.SLICE]))"
    answer = subprocess.run(
        [sys.executable, "-c", ask], cwd=SCRIPTS, capture_output=True, text=True, check=True
    )
    match, volume, image = json.loads(answer.stdout)
    with tempfile.TemporaryDirectory() as folder:
        made = str(Path(folder) / "volume.tif")
        arguments = [made if argument == volume else argument for argument in match]
        run = [*MCR, *arguments]
        sections = str(Path(folder) / "sections.png")
        return seconds_of([run, [sys.executable, "-m", "mcr_core.figures", sections, image, made]])


if __name__ == "__main__":
    main()
