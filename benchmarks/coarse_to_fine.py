"""What coarser volumes save: seconds until a run is as good as one without them.

Run: `python benchmarks/coarse_to_fine.py [SLICE ...] [--data FOLDER] [--shape N] [--limit L]`

For each slice and each start, `correlations` and `variation` are reconstructed to a cube without
coarser volumes. The loss of its binary result after so many iterations is the goal. Then the same
number of iterations is shared by one and two coarser volumes and the cube; with `--each` every
level has that number. Printed is when the binary microstructure of a run was at or below the goal
for the first time: wall seconds, those of the processor, iterations of all levels. A dash: not
within the iterations. Then the whole run: processor seconds, and the loss of its result as a ratio
to the goal.

The clock runs from the first state, after the slice is characterized, and stands still while a
binary loss is taken. `--data` names a folder with more slices; `ceramics_64.tif` and
`carbonate_64.tif` are taken from it.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

import mcr_core as mcr
from mcr_core.device import choose_device
from mcr_core.objective import TargetObjective
from measurement import Stopwatch, keep_cores, say_machine, show, write

ROOT = Path(__file__).parent.parent
OF_FOLDER = ("ceramics_64.tif", "carbonate_64.tif")
HEADER = (
    *("slice", "start", "coarse levels", "reached, s", "cpu s", "iterations"),
    *("whole, cpu s", "loss / goal"),
)

Loss = Callable[[mcr.Microstructure], float]


@dataclass(frozen=True)
class Reached:
    """How a run went.

    Attributes:
        wall: seconds until the goal; None: not within the iterations.
        processor: the same of all threads.
        iterations: the same, of all levels.
        whole: processor seconds of the whole run.
        loss: of the binary result.
    """

    wall: float | None
    processor: float | None
    iterations: int | None
    whole: float
    loss: float


def main() -> None:
    options = _options()
    keep_cores(options.cores)
    about = say_machine()
    slices = [Path(path) for path in options.slices]
    if options.data is not None:
        slices += [options.data / name for name in OF_FOLDER if (options.data / name).exists()]
    rows: list[dict[str, Any]] = []
    for path in slices:
        for start in options.starts:
            rows += of_slice(path, start, options)
            write(options.json, about, rows)
    how = " a level" if options.each else ""
    title = f"{options.shape}^3, limit {options.limit}, {options.max_iter} iterations{how}"
    show(HEADER, [_cells(row) for row in rows], title)


def of_slice(path: Path, start: str, options: argparse.Namespace) -> list[dict[str, Any]]:
    """Measure all numbers of coarser volumes from one slice and one start."""
    descriptors = [
        mcr.descriptors.Correlations(limit_to=options.limit),
        mcr.descriptors.Variation(),
    ]
    target = mcr.characterize(mcr.read(path), descriptors)
    shape = (options.shape,) * 3
    settings = {"start": start, "max_iter": options.max_iter, "seed": options.seed}
    loss = binary_loss(target, shape)
    mcr.reconstruct(target, shape, settings={**settings, "max_iter": 0})  # loads what it needs
    rows = []
    goal: float | None = None
    for count in sorted({0, *options.levels}):
        most = options.max_iter * (count + 1 if options.each else 1)
        chosen = {**settings, "coarse_levels": count, "max_iter": most}
        try:
            run = mcr.reconstruct_iter(target, shape, settings=chosen)
        except mcr.InputError as error:
            print(f"{path.stem}: {error}")
            continue
        found = measure(run, shape, loss, goal)
        goal = found.loss if goal is None else goal
        about = {"slice": path.stem, "start": start, "coarse_levels": count, "goal": goal}
        task = {"shape": options.shape, "limit": options.limit, "max_iter": most}
        rows.append({**about, **task, **asdict(found)})
        print(f"  {path.stem}, {start}, {count}: done", flush=True)
    return rows


def binary_loss(target: mcr.Characterization, shape: tuple[int, ...]) -> Loss:
    """Return the loss of microstructures of full resolution."""
    settings = mcr.Settings()
    gpu = choose_device(settings.device)
    terms = [mcr.Term(descriptor=descriptor) for descriptor in target.descriptors]
    objective = TargetObjective(target, terms, shape, settings, gpu=gpu)
    return lambda made: objective(made.fields(np.float32)).loss


def measure(run: mcr.Run, shape: tuple[int, ...], loss: Loss, goal: float | None) -> Reached:
    """Take all states of a run.

    Args:
        run: not begun.
        shape: extent of the result.
        loss: of a binary microstructure.
        goal: where the clock is read; None: the loss of the result.
    """
    watch = Stopwatch()
    trace = []
    for state in run:
        watch.pause()
        if state.has_microstructure and state.microstructure.shape == shape:
            trace.append((*watch.read(), state.iteration, loss(state.microstructure)))
        watch.start()
    _, processor = watch.read()
    reached = run.result.loss
    goal = reached if goal is None else goal
    first = next((row[:3] for row in trace if row[3] <= goal), (None, None, None))
    return Reached(*first, processor, reached)


def _cells(row: dict[str, Any]) -> list[Any]:
    ratio = row["loss"] / row["goal"]
    numbers = (row["wall"], row["processor"], row["iterations"], row["whole"])
    return [row["slice"], row["start"], row["coarse_levels"], *numbers, ratio]


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="What coarser volumes save.")
    parser.add_argument("slices", nargs="*", default=[str(ROOT / "sample_data/isotropic.tif")])
    parser.add_argument("--data", type=Path, help="folder with more slices")
    parser.add_argument("--shape", type=int, default=32)
    parser.add_argument("--limit", type=int, default=4)
    parser.add_argument("--max-iter", type=int, default=40)
    parser.add_argument(
        "--each", action="store_true", help="as many iterations for each level, not shared"
    )
    parser.add_argument("--levels", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--starts", nargs="+", default=["gaussian_field", "noise"])
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--cores", type=int, help="bind this process to so many cores")
    parser.add_argument("--json", type=Path, help="write the records to this file")
    return parser.parse_args()


if __name__ == "__main__":
    main()
