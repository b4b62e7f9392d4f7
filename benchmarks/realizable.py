"""How far S₂ of one image is from what a volume can have: `python benchmarks/realizable.py`.

Prints a table: for each image and symmetry, how far the S₂ that a 64³ volume is asked for was moved
(`realizable=True`), at lags |dy|, |dx| below 8 and 24 pixels, and the processor seconds it took.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

import numpy as np

import mcr_core as mcr
from mcr_core.planes import PLANES
from mcr_core.settings import Settings
from mcr_core.targets.given_fraction_errors import given_fraction_errors
from mcr_core.targets.prescribed import with_prescribed
from mcr_core.two_point import near_lags
from mcr_core.verbs.characterize import statistics_of

NAMES = ("synthetic_64_1", "ceramics_64", "carbonate_64", "alloy_64")
SYMMETRIES = ("cubic", "isotropic", "none")
LIMITS = (8, 24)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path, help="where the images are, NAME.tif")
    parser.add_argument("names", nargs="*", default=NAMES)
    parser.add_argument("--size", type=int, default=64, help="edge of the volume")
    options = parser.parse_args()
    heads = [f"< {limit} px: largest | rms | rms / error" for limit in LIMITS]
    print("| image | symmetry | " + " | ".join(heads) + " | seconds |")
    print("|" + "---|" * (3 + 3 * len(LIMITS)))
    for name in options.names:
        image = mcr.read(options.folder / f"{name}.tif")
        for symmetry in SYMMETRIES:
            cells, seconds = row(image, symmetry, (options.size,) * 3)
            print(f"| {name} | {symmetry} | {' | '.join(cells)} | {seconds:.1f} |")


def row(
    image: mcr.Microstructure, symmetry: str, shape: tuple[int, ...]
) -> tuple[list[str], float]:
    target = statistics_of(image, ())
    raw, _ = with_prescribed(target, shape, Settings(symmetry=symmetry, realizable=False))
    started = time.process_time()
    moved, _ = with_prescribed(target, shape, Settings(symmetry=symmetry))
    seconds = time.process_time() - started
    cells: list[str] = []
    for limit in LIMITS:
        changes, ratios = [], []
        for plane in PLANES:
            before, after = (each.prescribed[plane] for each in (raw, moved))
            change = near_lags(after.s2[0].astype(float) - before.s2[0], limit)
            error = near_lags(given_fraction_errors(before.s2[0], before.pairs), limit)
            apart = np.ones(change.shape, bool)
            apart[change.shape[0] // 2, change.shape[1] // 2] = False
            changes.append(change[apart])
            ratios.append(change[apart] / error[apart])
        every, scaled = np.concatenate(changes), np.concatenate(ratios)
        cells += [
            f"{np.abs(every).max():.4f}",
            f"{np.sqrt(np.mean(every**2)):.4f}",
            f"{np.sqrt(np.mean(scaled**2)):.2f}",
        ]
    return cells, seconds


if __name__ == "__main__":
    main()
