"""How long a user waits: for the help, the import, the first states of a run, and the whole demo.

Run: `python benchmarks/first_result.py [--shape 64] [--repeats 5] [--no-demo] [--json FILE]`

Seconds as a user sees them, beside those of the processor (all threads): medians of the repeats,
but for the demo. `mcr --help`, `import mcr_core` and `mcr match` until it says `loading` are new
processes. The cold run is a new process, too: from its start until the event `loading` (the input
is read and checked), the first state with a loss (state 0) and the first optimized state (iteration
1). The warm run is the same job once more in the same process, from its own call. The demo is that
of scripts/demo.py, `mcr match` and the picture, without the installation.

A first round that does not count compiles Python files to bytecode, as an installation does.
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

#: What the cold and the warm run execute: one line for every event when it happens, with the
#: processor's seconds so far.
CHILD = """
import sys, time
import mcr_core as mcr
for _ in range(2):
    print("begin", time.process_time(), flush=True)
    terms = [mcr.Term(descriptor=mcr.descriptors.Correlations(limit_to=8)),
             mcr.Term(descriptor=mcr.descriptors.Variation(), weight=10.0)]
    edge = int(sys.argv[2])
    run = mcr.match_iter(mcr.read(sys.argv[1]), (edge, edge, edge), terms, max_iter=2)
    seen = set()
    for state in run:
        name = "loading" if state.phase == "loading" else None
        if state.phase == "running":
            name = "state 0" if state.iteration == 0 else "first optimized state"
        if name and name not in seen:
            seen.add(name)
            print(name, time.process_time(), flush=True)
        if len(seen) == 3:
            run.close()
            break
"""

#: Wall seconds and those of the processor; the latter are None where nobody can say.
Times = tuple[float, float | None]


def main() -> None:
    parser = argparse.ArgumentParser(description="Seconds until something is there.")
    parser.add_argument("--shape", type=int, default=64, help="edge of the cube")
    parser.add_argument("--slice", type=Path, default=ROOT / "sample_data" / "isotropic.tif")
    parser.add_argument("--repeats", type=int, default=5, help="of all but the demo")
    parser.add_argument("--no-demo", action="store_true")
    parser.add_argument("--cores", type=int, help="use so many only")
    parser.add_argument("--json", type=Path, help="write the records to this file")
    options = parser.parse_args()
    keep_cores(options.cores)
    about = say_machine()
    with tempfile.TemporaryDirectory() as bytecode:
        os.environ["PYTHONPYCACHEPREFIX"] = bytecode
        os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
        rounds = [
            one_round(options.slice.resolve(), options.shape) for _ in range(options.repeats + 1)
        ]
        rows = [(what, *median([one[what] for one in rounds[1:]])) for what in rounds[0]]
        if not options.no_demo:
            rows.append(("the demo, without its installation", *demo()))
    header = ("what", "seconds", "of the processor")
    show(header, rows, f"Until it is there (median of {options.repeats})")
    records = [{"what": what, "seconds": wall, "processor": cpu} for what, wall, cpu in rows]
    write(options.json, about, records)


def one_round(image: Path, edge: int) -> dict[str, Times]:
    """Measure everything once, but the demo."""
    python = [sys.executable, "-c"]
    found = {
        what: seconds_of([command])
        for what, command in (
            ("python, which does nothing", [*python, "pass"]),
            ("import mcr_core", [*python, "import mcr_core"]),
            ("mcr --help", [*MCR, "--help"]),
            ("import tensorflow", [*python, "import tensorflow"]),
        )
    }
    found["mcr match: loading"] = first_line(image, edge)
    return found | first_states(image, edge)


def median(times: Sequence[Times]) -> Times:
    """Medians, one of each column."""
    known = [cpu for _, cpu in times if cpu is not None]
    wall = statistics.median(wall for wall, _ in times)
    return wall, statistics.median(known) if known else None


def seconds_of(commands: Sequence[Sequence[Any]]) -> Times:
    """Seconds of commands one after the other, in the folder of the repository."""
    before, began = os.times(), time.perf_counter()
    for command in commands:
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
        if done.returncode:
            sys.exit(f"{done.stderr}\n{command} ended with exit code {done.returncode}: see above")
    wall, after = time.perf_counter() - began, os.times()
    cpu = after.children_user + after.children_system
    return wall, (cpu - before.children_user - before.children_system) or None


def first_line(image: Path, edge: int) -> Times:
    """Seconds until `mcr match` says that it is alive; the command is ended then."""
    with tempfile.TemporaryDirectory() as folder:
        output = str(Path(folder) / "volume.tif")
        command = [*MCR, "match", str(image), "-o", output, "--shape", *[str(edge)] * 3]
        began = time.perf_counter()
        with subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, text=True) as child:
            told = []
            for line in child.stderr:
                told.append(line)
                if line.startswith("loading"):
                    seconds = time.perf_counter() - began
                    child.kill()
                    return seconds, None
    sys.exit(f"{''.join(told)}\n{command} did not start: see above")


def first_states(image: Path, edge: int) -> dict[str, Times]:
    """Seconds until the events of the cold run and of the warm one."""
    began, before = time.perf_counter(), 0.0
    found: dict[str, Times] = {}
    titles = ["cold", "warm"]
    command = [sys.executable, "-c", CHILD, str(image), str(edge)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as child:
        for line in child.stdout:
            now = time.perf_counter()
            event, _, processor = line.rpartition(" ")
            if event == "begin":
                title = titles.pop(0)
                if title == "warm":
                    began, before = now, float(processor)
            else:
                name = f"{edge}^3, {title}: {event}"
                found[name] = now - began, float(processor) - before
    if child.returncode or len(found) != 6:
        sys.exit(f"the run failed with exit code {child.returncode}: see above")
    return found


def demo() -> Times:
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
