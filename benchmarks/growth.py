"""How time and memory of an evaluation grow with the volume.

Run: `python benchmarks/growth.py [--edges 32 64 96 128 192 256] [--limit 8] [--json FILE]`

Value and gradient of correlations (S₃, all levels) and variation, all planes of all axes, from a
slice of 64² pixels to cubes; each edge in a process of its own. Printed are medians after a first
evaluation, which compiles; peak memory of the process, TensorFlow itself included, but no
optimizer; and the exponent p of seconds ∝ voxels^p, fitted on the edges from 64 on.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from measurement import keep_cores, say_machine, show, write
from side import Side

EDGES = [32, 64, 96, 128, 192, 256]
#: The exponent is fitted from here on: below, what does not grow counts.
FITTED_FROM = 64


def main() -> None:
    parser = argparse.ArgumentParser(description="Growth with the number of voxels.")
    parser.add_argument("--edges", type=int, nargs="+", default=EDGES)
    parser.add_argument("--limit", type=int, default=8)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--cores", type=int, help="use so many only")
    parser.add_argument("--json", type=Path, help="write the records to this file")
    options = parser.parse_args()
    keep_cores(options.cores)
    about = say_machine()
    records = []
    for edge in options.edges:
        records.append(measure(edge, options.limit, options.repeats))
        print(f"{edge}^3: measured", flush=True)
    header = (
        *("edge", "seconds", "cpu s", "first, s", "peak, GiB", "of the GPU"),
        *("us a voxel", "cpu us a voxel"),
    )
    rows = [
        (
            *(f"{r['edge']}^3", r["wall"], r["processor"], r["first"]),
            *(r["peak"] / 2**30, r["gpu_peak"] and r["gpu_peak"] / 2**30),
            *(1e6 * r["wall"] / r["edge"] ** 3, 1e6 * r["processor"] / r["edge"] ** 3),
        )
        for r in records
    ]
    show(header, rows, f"One evaluation, limit {options.limit} (medians)")
    exponents = {kind: exponent(records, kind) for kind in ("wall", "processor")}
    for kind, value in exponents.items():
        if value is not None:
            print(f"{kind} time grows with voxels^{value:.3f} from {FITTED_FROM}^3 on")
    write(options.json, about, {"edges": records, "exponents": exponents})


def measure(edge: int, limit: int, repeats: int) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder:
        image = Path(folder) / "image.npy"
        np.save(image, np.random.default_rng(0).random((64, 64)) < 0.4)
        task = {"what": "evaluate", "image": str(image), "edge": edge, "limit": limit}
        with Side(sys.executable, "our_side.py", task) as side:
            first = side.answer()
            found = [side.ask() for _ in range(repeats)]
    return {
        "edge": edge,
        "limit": limit,
        "first": first["wall"],
        "wall": statistics.median(one["wall"] for one in found),
        "processor": statistics.median(one["processor"] for one in found),
        "peak": found[-1]["peak"],
        "gpu_peak": found[-1].get("gpu_peak"),
    }


def exponent(records: list[dict[str, Any]], kind: str) -> float | None:
    """Slope of log(seconds) over log(voxels); None for less than two edges."""
    used = [record for record in records if record["edge"] >= FITTED_FROM]
    if len(used) < 2:
        return None
    voxels = np.log([record["edge"] ** 3 for record in used])
    return float(np.polyfit(voxels, np.log([record[kind] for record in used]), 1)[0])


if __name__ == "__main__":
    main()
