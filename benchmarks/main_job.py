"""How well a volume meets the slice it was made from, and how long that takes.

Run: `python benchmarks/main_job.py [SLICE ...] [--shape N] [--max-iter N] [--over-mean]`

For every slice: `mcr match` with correlations (limit 8) and variation (weight 10) to a cube; with
`--over-mean`, two_point (limit 24, the mean over planes, weight 10) takes the place of variation.
Printed are the seconds, the voxels by which the phase fractions are off, and the difference of S₂
from the slice's mean over the eight symmetries of the square (lags below 8 pixels, mean over the
planes of each axis): its mean and its largest value over all axes. Beside it the same two numbers
for a volume of white noise at the same fractions, and for the result with its voxels shuffled, so
that the reader sees what the numbers would be if nothing was met.
"""

from __future__ import annotations

import argparse
import json
import platform
import time
from pathlib import Path

import numpy as np

import mcr_core as mcr
from mcr_core.phases import exact_counts, to_labels
from mcr_core.two_point_error import TwoPointError, two_point_error

ROOT = Path(__file__).parent.parent
HEADER = ("slice", "seconds", "voxels off", "S2 mean", "S2 max", "noise", "shuffled")


def main() -> None:
    parser = argparse.ArgumentParser(description="Quality and duration of the main job.")
    parser.add_argument("slices", nargs="*", default=[str(ROOT / "sample_data/isotropic.tif")])
    parser.add_argument("--shape", type=int, default=64)
    parser.add_argument("--max-iter", type=int, default=300)
    parser.add_argument("--over-mean", action="store_true", help="S2 over the mean of planes")
    parser.add_argument("--json", type=Path, help="write the records to this file")
    options = parser.parse_args()
    print(f"{options.shape}^3, {options.max_iter} iterations, {platform.machine()}")
    print("  ".join(f"{word:>16}" for word in HEADER))
    records = []
    for path in options.slices:
        record = measure(Path(path), options.shape, options.max_iter, over_mean=options.over_mean)
        records.append(record)
        print("  ".join(f"{record[word]!s:>16}" for word in HEADER), flush=True)
    if options.json:
        options.json.write_text(json.dumps(records, indent=1))


def measure(path: Path, edge: int, max_iter: int, *, over_mean: bool) -> dict[str, str]:
    source = mcr.read(path)
    beside = mcr.Term(descriptor=mcr.descriptors.Variation(), weight=10.0)
    if over_mean:
        lags = mcr.descriptors.TwoPoint(limit_to=24)
        beside = mcr.Term(descriptor=lags, over="mean", weight=10.0)
    terms = [mcr.Term(descriptor=mcr.descriptors.Correlations(limit_to=8)), beside]
    shape = (edge, edge, edge)
    began = time.perf_counter()
    result = mcr.match(source, shape, terms, max_iter=max_iter, seed=0)
    seconds = time.perf_counter() - began
    made, target = result.microstructure, result.target
    wanted = exact_counts(target.phase_fractions, made.labels.size)
    counts = np.bincount(made.labels.ravel(), minlength=made.phase_count)
    rng = np.random.default_rng(0)
    noise = to_labels(rng.random((made.field_count, *shape)), target.phase_fractions)
    shuffled = rng.permutation(made.labels.ravel()).reshape(shape)
    error = two_point_error(made, target)
    values = (
        path.name,
        f"{seconds:.0f}",
        str(int(np.abs(counts - wanted).sum())),
        f"{error.mean:.4f}",
        f"{error.largest:.4f}",
        _pair(two_point_error(made.with_labels(noise), target)),
        _pair(two_point_error(made.with_labels(shuffled), target)),
    )
    return dict(zip(HEADER, values, strict=True))


def _pair(error: TwoPointError) -> str:
    return f"{error.mean:.4f} / {error.largest:.4f}"


if __name__ == "__main__":
    main()
