"""The same task in the peer, mcrpy 0.2.0, and in ours, on the same cores: time, quality, memory.

Run: `python benchmarks/peer.py [--stages evaluation quality memory] [--data FOLDER] [...]`

Each program runs in a process of its own; the peer in an environment of its own, which is made if
it is not there (peer_environment.py). Ratios are the peer's number by ours, of wall time and of
processor time; only the latter means something while other work runs on the machine. Where there is
a GPU, ours takes it; the peer does if its TensorFlow 2.15 finds CUDA there.

evaluation  Value and gradient of correlations (S₃, all pyramid levels) and variation, from a slice
            to a cube, all planes of all axes. Both processes take turns; medians, after one
            evaluation that loads and compiles.
quality     How long ours takes until its binary result is at least as good as the peer's last one,
            in both numbers of the neutral measure (neutral.py). The peer's volume gets the slice's
            exact fractions first. Both clocks run from the start of the process: loading and
            compilation count. Ours stands still while it is measured. Both have the statistics of
            the slice as they are on every axis. The peer has its own default weights; evaluations
            are counted, as its `max_iter` counts loosely. Ours has correlations alone unless
            `--weight` says otherwise: variation is no part of the measure.
memory      Peak memory of a short reconstruction, in a new process.
volumes     Only the peer's runs for `quality`, which take minutes to half an hour each. Their
            volumes are kept (`--volumes`) and not computed again.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from measurement import keep_cores, say_machine, show, write
from neutral import read_slice
from peer_environment import default_folder, interpreter
from side import FOLDER, Side, only_answer

STAGES = ("evaluation", "quality", "memory", "volumes")
#: Isotropic slices, and whether they are periodic.
SLICES = {
    "synthetic_64_1": True,
    "ceramics_64": False,
    "carbonate_64": False,
    "isotropic": True,
}
#: Edge of the cube and limit; edge and evaluations of the peer.
TASKS = [(32, 8), (64, 8), (64, 16)]
RUNS = [(32, 250), (64, 100)]
MEMORY_EVALUATIONS = 3
#: Evaluations of ours for one of the peer's.
TURNS = 3


def main() -> None:
    options = _options()
    keep_cores(options.cores)
    options.python = interpreter(options.environment)
    about = say_machine()
    records = {}
    with tempfile.TemporaryDirectory() as folder:
        options.scratch = Path(folder)
        for stage in options.stages:
            records[stage] = {
                "evaluation": evaluation,
                "quality": quality,
                "memory": memory,
                "volumes": volumes,
            }[stage](options)
            write(options.json, about, records)


def evaluation(options: argparse.Namespace) -> list[dict[str, Any]]:
    header = (
        *("task", "ours, s", "peer, s", "ratio"),
        *("ours, cpu s", "peer, cpu s", "ratio, cpu", "first of ours, s", "of peer, s"),
    )
    rows, records = [], []
    image = _image(next(iter(_slices(options).values())), options)
    for edge, limit in options.tasks:
        task = _task("evaluate", image, edge, limit, options)
        with (
            Side(sys.executable, "our_side.py", task) as ours,
            Side(options.python, "peer_side.py", task) as peer,
        ):
            first = {"ours": ours.answer(), "peer": peer.answer()}
            found: dict[str, list[dict[str, Any]]] = {"ours": [], "peer": []}
            for _ in range(options.repeats):
                found["peer"].append(peer.ask())
                found["ours"] += [ours.ask() for _ in range(TURNS)]
        middle = {
            kind: {side: statistics.median(one[kind] for one in found[side]) for side in found}
            for kind in ("wall", "processor")
        }
        numbers = [
            value
            for pair in middle.values()
            for value in (pair["ours"], pair["peer"], pair["peer"] / pair["ours"])
        ]
        rows.append((_name(edge, limit), *numbers, first["ours"]["wall"], first["peer"]["wall"]))
        records.append({"edge": edge, "limit": limit, "median": middle, "first": first} | found)
        print(f"evaluation at {rows[-1][0]}: measured", flush=True)
    show(header, rows, "One evaluation (medians)")
    return records


def quality(options: argparse.Namespace) -> list[dict[str, Any]]:
    header = (
        *("slice", "edge", "peer's S2", "S3", "ours S2", "S3", "iterations"),
        *("ours, s", "peer, s", "ratio", "ours, cpu s", "peer, cpu s", "ratio, cpu"),
    )
    rows, records = [], []
    for name, edge, evaluations, file in _runs(options):
        peer = _peer_volume(name, file, edge, evaluations, options)
        goal = _neutral(name, file, peer["volume"], options)
        task = _task("run", _image(file, options), edge, options.limit, options) | {
            "goal": goal,
            "max_iter": options.max_iter,
            "periodic": SLICES.get(name, False),
            "weight": options.weight,
        }
        ours = only_answer(sys.executable, "our_side.py", task)
        ratios = [
            peer[kind] / ours[kind] if ours["reached"] else None for kind in ("wall", "processor")
        ]
        rows.append(
            (
                *(name, f"{edge}, {evaluations}", *goal, ours["s2"], ours["s3"]),
                f"{ours['iterations']}" + ("" if ours["reached"] else " (not reached)"),
                *(ours["wall"], peer["wall"], ratios[0]),
                *(ours["processor"], peer["processor"], ratios[1]),
            )
        )
        records.append(
            {"slice": name, "edge": edge, "limit": options.limit, "goal": goal}
            | {"ours": ours, "peer": {k: v for k, v in peer.items() if k != "volume"}}
        )
        print(f"quality of {name}, {edge}^3: measured", flush=True)
    show(header, rows, f"Until the peer's quality, limit {options.limit}")
    return records


def memory(options: argparse.Namespace) -> list[dict[str, Any]]:
    rows, records = [], []
    image = _image(next(iter(_slices(options).values())), options)
    for edge, limit in options.tasks:
        task = _task("run", image, edge, limit, options) | {
            "evaluations": MEMORY_EVALUATIONS,
            "max_iter": MEMORY_EVALUATIONS - 1,
        }
        ours = only_answer(sys.executable, "our_side.py", task)["peak"] / 2**30
        peer = only_answer(options.python, "peer_side.py", task)["peak"] / 2**30
        rows.append((_name(edge, limit), ours, peer, peer / ours))
        records.append({"edge": edge, "limit": limit, "ours": ours, "peer": peer, "unit": "GiB"})
    show(("task", "ours, GiB", "peer, GiB", "ratio"), rows, "Peak memory of a process")
    return records


def volumes(options: argparse.Namespace) -> list[dict[str, Any]]:
    found = []
    for name, edge, evaluations, file in _runs(options):
        found.append(_peer_volume(name, file, edge, evaluations, options))
        print({key: value for key, value in found[-1].items() if key != "losses"}, flush=True)
    return found


def _peer_volume(
    name: str, file: Path, edge: int, evaluations: int, options: argparse.Namespace
) -> dict[str, Any]:
    """What is known of a run of the peer: from an earlier one, where there is one."""
    image = _image(file, options)
    digest = hashlib.sha256(np.load(image).tobytes()).hexdigest()[:8]
    stem = f"{name}-{digest}-{edge}-limit{options.limit}-{evaluations}-seed{options.seed}"
    volume = options.volumes / f"{stem}.npz"
    record = volume.with_suffix(".json")
    if not (volume.exists() and record.exists()):
        options.volumes.mkdir(parents=True, exist_ok=True)
        about = say_machine()
        print(f"the peer runs: {name}, {edge}^3, {evaluations} evaluations", flush=True)
        task = _task("run", image, edge, options.limit, options)
        task |= {"evaluations": evaluations, "volume": str(volume)}
        answer = only_answer(options.python, "peer_side.py", task)
        record.write_text(json.dumps(answer | {"machine": about}))
    return json.loads(record.read_text()) | {"volume": str(volume)}


def _neutral(
    name: str, file: Path, volume: str, options: argparse.Namespace
) -> tuple[float, float]:
    """The neutral measure of a volume of the peer, in a process that may load TensorFlow."""
    periodic = ["--periodic"] if SLICES.get(name, False) else []
    command = [sys.executable, FOLDER / "neutral.py", file, volume, "--limit", str(options.limit)]
    done = subprocess.run([*command, *periodic], stdout=subprocess.PIPE, text=True, check=True)
    found = json.loads(done.stdout.splitlines()[-1])
    return found["s2"], found["s3"]


def _runs(options: argparse.Namespace) -> list[tuple[str, int, int, Path]]:
    """Slice, edge, evaluations, file; from 64³ on the first slice alone."""
    found = list(_slices(options).items())
    return [
        (name, edge, evaluations, file)
        for edge, evaluations in options.runs
        for name, file in (found if edge < 64 else found[:1])
    ]


def _slices(options: argparse.Namespace) -> dict[str, Path]:
    names = options.slices or SLICES
    found = {name: options.data / f"{name}.tif" for name in names}
    found = {name: file for name, file in found.items() if file.exists()}
    if not found:
        sys.exit(f"expected one of {', '.join(names)} (.tif) in {options.data}, found none")
    return found


def _image(file: Path, options: argparse.Namespace) -> Path:
    """The labels of a slice as an array that both sides read."""
    path = options.scratch / f"{file.stem}.npy"
    np.save(path, read_slice(file, periodic=True).labels)
    return path


def _task(
    what: str, image: Path, edge: int, limit: int, options: argparse.Namespace
) -> dict[str, Any]:
    return {
        "what": what,
        "image": str(image),
        "edge": edge,
        "limit": limit,
        "seed": options.seed,
        "settings": dict(options.setting),
    }


def _name(edge: int, limit: int) -> str:
    return f"{edge}^3, limit {limit}"


def _pair(text: str) -> tuple[int, int]:
    first, _, second = text.partition(":")
    return int(first), int(second)


def _setting(text: str) -> tuple[str, Any]:
    name, _, value = text.partition("=")
    try:
        return name, json.loads(value)
    except json.JSONDecodeError:
        return name, value


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="The same task in the peer and in ours.")
    add = parser.add_argument
    add("--stages", nargs="+", choices=STAGES, default=STAGES[:3])
    add("--data", type=Path, default=FOLDER.parent / "sample_data", help="folder of slices")
    add("--slices", nargs="+", metavar="NAME", help=f"default: of {', '.join(SLICES)} those there")
    add("--tasks", nargs="+", type=_pair, metavar="EDGE:LIMIT", default=TASKS)
    add("--runs", nargs="+", type=_pair, metavar="EDGE:EVALUATIONS", default=RUNS)
    add("--limit", type=int, default=8, help="of the runs")
    add("--repeats", type=int, default=5, help="evaluations of the peer; ours: three times as many")
    add("--max-iter", type=int, default=300, help="most iterations of ours")
    add("--weight", type=float, default=0.0, help="of our variation in `quality`; 0: without it")
    add("--setting", nargs="+", type=_setting, metavar="NAME=VALUE", default=[], help="of our runs")
    add("--seed", type=int, default=0)
    add("--cores", type=int, help="use so many only")
    add("--environment", type=Path, default=default_folder(), help="the peer's")
    add("--volumes", type=Path, default=default_folder().with_name("peer-volumes"))
    add("--json", type=Path, help="write the records to this file")
    return parser.parse_args()


if __name__ == "__main__":
    main()
