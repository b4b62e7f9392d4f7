"""How close the evaluation comes to what the machine's matrix product does.

Run: `python benchmarks/roofline.py [--edge 64] [--limits 8 16] [--repeats N] [--json FILE]`

Value and gradient of correlations and variation at a cube, all planes of all axes. Counted are two
matrix products for every plane and pyramid level: T Tᵀ forward and (dG + dGᵀ) T backward, with the
C features T of the n pixels of the plane at that level, 2 C² n operations each: 4 C² n in all. This
is nominal: of T Tᵀ, which is symmetric, one half would do, so that an implementation which uses
that may pass 100 %. Nothing else is counted, neither features nor variation.

Beside it, in the same run and in turns: tf.matmul, rank 2, float32, of dense matrices of the same
shapes, every shape as often as it would occur, extrapolated from a part of that. On a GPU both
use what TensorFlow takes for float32, TF32 where the GPU has it.
"""

from __future__ import annotations

import argparse
import math
import os
import statistics
from pathlib import Path
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np

import mcr_core as mcr
from measurement import Stopwatch, keep_cores, say_machine, show, write

#: Seconds that the products of one shape are repeated for at least, before the time is read.
LEAST = 0.3
#: Pairs of products in one graph; rounding errors treble with each.
CHAIN = 8


def main() -> None:
    parser = argparse.ArgumentParser(description="FLOP/s of the evaluation and of tf.matmul.")
    parser.add_argument("--edge", type=int, default=64)
    parser.add_argument("--limits", type=int, nargs="+", default=[8, 16])
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--cores", type=int, help="use so many only")
    parser.add_argument("--json", type=Path, help="write the records to this file")
    options = parser.parse_args()
    keep_cores(options.cores)
    about = say_machine()
    records = [measure(options.edge, limit, options.repeats) for limit in options.limits]
    header = (
        *("task", "GFLOP", "seconds", "GFLOP/s", "matmul, s", "GFLOP/s", "fraction"),
        *("cpu s", "matmul, cpu s", "fraction, cpu"),
    )
    rows = []
    for record in records:
        ours, plain, flop = record["evaluation"], record["products"], record["flop"] / 1e9
        rows.append(
            (
                *(f"{options.edge}^3, limit {record['limit']}", flop),
                *(ours["wall"], flop / ours["wall"], plain["wall"], flop / plain["wall"]),
                *(_percent(plain["wall"], ours["wall"]), ours["processor"], plain["processor"]),
                _percent(plain["processor"], ours["processor"]),
            )
        )
    show(header, rows, "Evaluation and plain matrix products (medians)")
    write(options.json, about, records)


def measure(edge: int, limit: int, repeats: int) -> dict[str, Any]:
    """Medians of both, taken in turns."""
    objective, levels = prepared(edge, limit)
    fields = np.random.default_rng(0).random((1, edge, edge, edge), np.float32)
    features = mcr.descriptors.Correlations(limit_to=limit).features()
    planes = 3 * edge
    shapes = [(features, (edge >> level) ** 2) for level in range(levels)]
    products = [Products(*shape) for shape in shapes]

    def evaluate() -> None:
        np.asarray(objective(fields).gradient)

    evaluate()  # compiles
    found: dict[str, list[tuple[float, float]]] = {"evaluation": [], "products": []}
    for _ in range(repeats):
        watch = Stopwatch()
        evaluate()
        found["evaluation"].append(watch.read())
        each = np.sum([product.seconds_of_one() for product in products], axis=0)
        found["products"].append(tuple(planes * each))
    medians = {
        name: {
            "wall": statistics.median(wall for wall, _ in times),
            "processor": statistics.median(processor for _, processor in times),
        }
        for name, times in found.items()
    }
    flop = planes * sum(4 * count**2 * pixels for count, pixels in shapes)
    return {"edge": edge, "limit": limit, "levels": levels, "flop": flop} | medians


def prepared(edge: int, limit: int) -> tuple[Any, int]:
    """The objective of a cube, and how many levels its planes have."""
    from mcr_core.device import choose_device
    from mcr_core.objective import TargetObjective

    choose_device("auto")
    # Any slice does, as long as it has all the levels of the planes of the cube.
    labels = np.random.default_rng(0).random((edge, edge)) < 0.4
    source = mcr.Microstructure.from_array(labels, periodic=True)
    terms = [
        mcr.Term(descriptor=mcr.descriptors.Correlations(limit_to=limit)),
        mcr.Term(descriptor=mcr.descriptors.Variation(), weight=10.0),
    ]
    target = mcr.characterize(source, [term.descriptor for term in terms])
    levels = terms[0].descriptor.levels(edge, edge)
    return TargetObjective(target, terms, (edge, edge, edge), mcr.Settings()), levels


class Products:
    """The two products of one plane at one level: [C, n] × [n, C] and [C, C] × [C, n].

    In a chain of `CHAIN` pairs in one graph, so that calls of single operations cost nothing. T has
    orthonormal rows or columns, hence T Tᵀ T = T: the numbers stay what they are.
    """

    def __init__(self, count: int, pixels: int) -> None:
        import tensorflow as tf

        noise = np.random.default_rng(0).standard_normal((max(count, pixels), min(count, pixels)))
        columns, _ = np.linalg.qr(noise)
        features = columns if count >= pixels else columns.T
        self._features = tf.constant(np.ascontiguousarray(features), tf.float32)
        self._chain = tf.function(_chain, autograph=False)
        self._calls = 1
        self.seconds_of_one()  # loads the kernels
        wall, _ = self.seconds_of_one()
        self._calls = max(1, math.ceil(LEAST / (wall * CHAIN)))

    def seconds_of_one(self) -> tuple[float, float]:
        """Wall and processor seconds of one pair of products."""
        watch = Stopwatch()
        for _ in range(self._calls):
            last = self._chain(self._features)
        float(last[0, 0])  # a GPU is done only when a number arrives
        wall, processor = watch.read()
        return wall / (self._calls * CHAIN), processor / (self._calls * CHAIN)


def _chain(features: Any) -> Any:
    import tensorflow as tf

    for _ in range(CHAIN):
        features = tf.matmul(tf.matmul(features, features, transpose_b=True), features)
    return features


def _percent(part: float, whole: float) -> str:
    return f"{100 * part / whole:.0f} %"


if __name__ == "__main__":
    main()
