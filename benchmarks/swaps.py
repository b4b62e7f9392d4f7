"""How many swaps a second simulated annealing proposes, on one core.

Run: `python benchmarks/swaps.py [--peer PYTHON]`

An image of 64 × 64 pixels with rounded features is annealed from white noise, with the option
`limit_to` 16 and the loss `mse`. Printed are proposed swaps a second, the best of three
iterations, at zero temperature (few swaps are accepted) and at a high one (all are), and the
seconds before the first swap. "all levels" is what a user gets: two pyramid levels at this size;
"one level" is level 0 alone.

PYTHON is the interpreter of an environment with `mcrpy==0.2.0`. Its simulated annealing then runs
on the same image, from the same start, for the same statistics with its pyramid off ("one
level"): the time of its own loop without compilation, in seconds of the same processor.

Times are those of the processor, so that other work on the machine counts little.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

LIMIT, EXTENT = 16, 64
#: Before NumPy and TensorFlow are loaded, here and in the peer's environment.
ONE_CORE = {
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "TF_NUM_INTRAOP_THREADS": "1",
    "TF_NUM_INTEROP_THREADS": "1",
    "CUDA_VISIBLE_DEVICES": "",
    "TF_CPP_MIN_LOG_LEVEL": "3",
}
#: Our descriptors, with the name that the peer has for the same statistics.
PEER_NAMES = {"two_point": "FFTCorrelations", "correlations": "Correlations"}

#: What the peer's environment runs: its own loop, for two numbers of iterations.
CHILD = """
import json, logging, sys, tempfile, time, warnings
warnings.simplefilter("ignore")
import numpy as np
import mcrpy
import mcrpy.src.log
from mcrpy.src.Microstructure import Microstructure
image, start = np.load(sys.argv[1]), np.load(sys.argv[2])
name, limit, swaps = sys.argv[3], int(sys.argv[4]), int(sys.argv[5])
mcrpy.src.log.setup_logging = lambda *a, **k: None
common = dict(descriptor_types=[name, "VolumeFractions"], descriptor_weights=[1.0, 0.0],
              limit_to=limit, use_multigrid_descriptor=False)
target = tempfile.mkdtemp()
made = mcrpy.characterize(
    Microstructure(image.astype(float)),
    mcrpy.CharacterizationSettings(
        descriptor_types=[name, "VolumeFractions"], limit_to=limit,
        use_multigrid_descriptor=False, use_multiphase=False, target_folder=target),
)
clock = []
from mcrpy.optimizers.SimulatedAnnealing import SimulatedAnnealing
step = SimulatedAnnealing.step
def timed(self):
    step(self)
    clock.append(time.process_time())
SimulatedAnnealing.step = timed
mcrpy.reconstruct(
    made, image.shape,
    settings=mcrpy.ReconstructionSettings(
        optimizer_type="SimulatedAnnealing", max_iter=swaps, use_multiphase=False,
        convergence_data_steps=10**9, target_folder=target, **common),
    initial_microstructure=Microstructure(start.astype(float)),
)
half = len(clock) // 2
print("RESULT", json.dumps((len(clock) - 1 - half) / (clock[-1] - clock[half])))
"""


def main() -> None:
    parser = argparse.ArgumentParser(description="Swaps a second, on one core.")
    parser.add_argument("--peer", metavar="PYTHON", help="interpreter that has mcrpy==0.2.0")
    parser.add_argument("--swaps", type=int, default=1000, help="swaps in an iteration of ours")
    options = parser.parse_args()
    os.environ.update(ONE_CORE)
    import numpy as np

    image = blobs(EXTENT, 0)
    start = np.random.default_rng(1).permutation(image.ravel()).reshape(image.shape)
    print(f"{EXTENT} x {EXTENT}, limit_to {LIMIT}, load {os.getloadavg()[0]:.1f}")
    header = ("descriptor", "levels", "seconds", "swaps/s, cold", "swaps/s, hot")
    print("  ".join(f"{word:>18}" for word in header))
    cold = {}
    for name in PEER_NAMES:
        for levels in ("one", "all"):
            record = ours(name, levels, image, start, options.swaps)
            cold[name, levels] = record[1]
            numbers = (f"{record[0]:.1f}", f"{record[1]:.0f}", f"{record[2]:.0f}")
            print("  ".join(f"{word:>18}" for word in (name, levels, *numbers)), flush=True)
    if options.peer:
        for name, theirs in PEER_NAMES.items():
            rate = peer(options.peer, theirs, image, start)
            ratio = cold[name, "one"] / rate
            print(f"mcrpy {theirs}: {rate:.1f} swaps/s; {name} is {ratio:.0f} times as fast")


def blobs(extent: int, seed: int) -> Any:
    """A periodic image of rounded features, 35 % of them in the phase."""
    import numpy as np
    from scipy.ndimage import gaussian_filter

    white = np.random.default_rng(seed).standard_normal((extent, extent))
    smooth = gaussian_filter(white, 2.0, mode="wrap")
    return (smooth > np.quantile(smooth, 0.65)).astype(np.uint8)


def ours(name: str, levels: str, image: Any, start: Any, swaps: int) -> tuple[float, float, float]:
    """Seconds until the first swap, and swaps a second at zero and at a high temperature."""
    import mcr_core as mcr
    from mcr_core.descriptors import registry
    from mcr_core.objective import TargetObjective
    from mcr_core.settings import Settings

    descriptor = registry.get(name)(limit_to=LIMIT)
    weights = (1.0,) if levels == "one" else None
    source = mcr.Microstructure.from_array(image, periodic=True)
    target = mcr.characterize(source, [descriptor])
    if weights is not None:
        weights += (0.0,) * (descriptor.levels(EXTENT, EXTENT) - 1)
    term = mcr.Term(descriptor=descriptor, level_weights=weights)
    objective = TargetObjective(target, [term], image.shape, Settings())
    rates = []
    for temperature in (0.0, 1e9):
        steps = anneal(objective, start[None].astype(float), temperature, swaps)
        began = time.process_time()
        while next(steps).fields is None:  # the sums are counted, plane by plane
            pass
        seconds = time.process_time() - began
        best = 0.0
        for _ in range(3):
            began = time.process_time()
            next(steps)
            best = max(best, swaps / (time.process_time() - began))
        rates.append(best)
    return seconds, rates[0], rates[1]


def anneal(objective: Any, start: Any, temperature: float, swaps: int) -> Iterator[Any]:
    from mcr_core.optimizers.simulated_annealing import SimulatedAnnealing

    options = {"temperature": temperature, "cooling": 1.0, "proposals": swaps, "patience": 1e9}
    return SimulatedAnnealing(**options).iterate(objective, start, 3)


def peer(python: str, name: str, image: Any, start: Any) -> float:
    """Swaps a second of the peer's loop, the second half of a short run."""
    import numpy as np

    swaps = 400 if name == "FFTCorrelations" else 24
    with tempfile.TemporaryDirectory() as folder:
        files = [Path(folder) / "image.npy", Path(folder) / "start.npy"]
        for file, array in zip(files, (image, start), strict=True):
            np.save(file, array)
        command = [python, "-c", CHILD, *map(str, files), name, str(LIMIT), str(swaps)]
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    for line in done.stdout.splitlines():
        if line.startswith("RESULT "):
            return float(json.loads(line.removeprefix("RESULT ")))
    raise SystemExit(f"the peer failed:\n{done.stderr[-2000:]}")


if __name__ == "__main__":
    main()
