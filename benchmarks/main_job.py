"""How well a volume meets the slice it was made from, and how long that takes.

Run: `python benchmarks/main_job.py [SLICE ...] [--presets NAME ...] [--shape N] [--max-iter N]`

For every slice and preset: `mcr match` to a cube. `literature` is no preset, but its terms, for
every plane: correlations (limit 8) and variation (weight 10), 50 iterations. Printed are the
seconds, the voxels by which the phase fractions are off, the surface (pairs of unlike neighbours)
beside that of the slice, and the difference of S₂ from the mean of the slice over its symmetries
(lags below 8 pixels, mean over the planes of each axis): its mean and its largest value
over all axes. Beside it the same two numbers for a volume of white noise at the same fractions, and
for the result with its voxels shuffled, so that a reader sees what the numbers would be if nothing
was met.
"""

from __future__ import annotations

import argparse
import json
import platform
import time
from pathlib import Path
from typing import Any

import numpy as np

import mcr_core as mcr
from mcr_core.phases import exact_counts, to_labels
from mcr_core.term import parse_term
from mcr_core.two_point_error import TwoPointError, two_point_error

ROOT = Path(__file__).parent.parent
LITERATURE = ("correlations:limit_to=8", "variation:weight=10")
HEADER = (
    *("slice", "preset", "seconds", "voxels off", "surface"),
    *("S2 mean", "S2 max", "noise", "shuffled"),
)


def main() -> None:
    parser = argparse.ArgumentParser(description="Quality and duration of the main job.")
    parser.add_argument("slices", nargs="*", default=[str(ROOT / "sample_data/isotropic.tif")])
    parser.add_argument("--shape", type=int, default=64)
    parser.add_argument("--presets", nargs="+", default=["literature", "fast", "balanced"])
    parser.add_argument("--max-iter", type=int, help="default: as the preset has it")
    parser.add_argument("--json", type=Path, help="write the records to this file")
    options = parser.parse_args()
    print(f"{options.shape}^3, {platform.machine()}")
    print("  ".join(f"{word:>16}" for word in HEADER))
    records = []
    own = {} if options.max_iter is None else {"max_iter": options.max_iter}
    for path in options.slices:
        for preset in options.presets:
            record = measure(Path(path), options.shape, preset, own)
            records.append(record)
            print("  ".join(f"{record[word]!s:>16}" for word in HEADER), flush=True)
    if options.json:
        options.json.write_text(json.dumps(records, indent=1))


def measure(path: Path, edge: int, preset: str, own: dict[str, int]) -> dict[str, str]:
    source = mcr.read(path)
    shape = (edge, edge, edge)
    began = time.perf_counter()
    asked: dict[str, Any] = {"preset": preset, **own}
    if preset == "literature":
        terms = [parse_term(text) for text in LITERATURE]
        asked = {"descriptors": terms, "max_iter": 50, **own}
    result = mcr.match(source, shape, symmetry="cubic", seed=0, **asked)
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
        preset,
        f"{seconds:.0f}",
        str(int(np.abs(counts - wanted).sum())),
        f"{_surface(made) / _surface(source) - 1:+.1%}",
        f"{error.mean:.4f}",
        f"{error.largest:.4f}",
        _pair(two_point_error(made.with_labels(noise), target)),
        _pair(two_point_error(made.with_labels(shuffled), target)),
    )
    return dict(zip(HEADER, values, strict=True))


def _surface(microstructure: mcr.Microstructure) -> float:
    """Share of neighbours that are unlike, faces of the box left out."""
    labels = microstructure.labels
    unlike = [np.diff(labels.astype(int), axis=axis) != 0 for axis in range(labels.ndim)]
    return float(np.mean([each.mean() for each in unlike]))


def _pair(error: TwoPointError) -> str:
    return f"{error.mean:.4f} / {error.largest:.4f}"


if __name__ == "__main__":
    main()
