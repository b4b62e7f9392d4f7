"""How often the stated intervals of 90 % hold the truth, and how often isotropy is denied.

Run: `python benchmarks/coverage.py [--images 400] [--sizes 64 128] [--output FILE]`

Independent open images of media with closed-form phase fraction and S₂ (`known_media.py`). For
each image the fraction and S₂ at the lags 1, 2, 4 and 8 along X are estimated with their sampling
errors, from this image alone. A cell is the share of images whose interval, the value ± Student's
quantile × error, holds the closed-form value: 0.90 is right, and 0.015 is its own standard
error with 400 images. `pieces` is v (1 − v) / variance of the fraction between the images, `ratio`
the mean of the stated variances of the fraction divided by that between the images, `anisotropic`
the share of images that `mcr check` calls anisotropic at 95 %, of isotropic media.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import numpy as np

from known_media import MEDIA, Medium
from measurement import say_machine, show, write

LAGS = (1, 2, 4, 8)


def main() -> None:
    parser = argparse.ArgumentParser(description="Coverage of intervals of 90 %.")
    parser.add_argument("--images", type=int, default=400, metavar="N")
    parser.add_argument("--sizes", type=int, nargs="+", default=[64, 128], metavar="PIXELS")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--output", type=Path, metavar="FILE", help="Write the record as JSON.")
    options = parser.parse_args()
    about = say_machine()
    rows = [
        coverage(medium, size, options.images, options.seed)
        for size in options.sizes
        for medium in MEDIA
    ]
    lags = [f"lag {lag}" for lag in LAGS]
    names = ["medium", "size", "pieces", "fraction", *lags, "ratio", "anisotropic"]
    show(names, [[row[name] for name in names] for row in rows], "share of intervals of 90 %")
    write(options.output, about, rows)


def coverage(medium: Medium, size: int, images: int, seed: int) -> dict[str, Any]:
    """Return the row of a medium."""
    from mcr_core import Microstructure
    from mcr_core.checks.direction import measure_direction
    from mcr_core.checks.features import measure_features

    truth = np.array([medium.fraction, *(medium.s2(lag) for lag in LAGS)])
    held, fractions, variances, turned = [], [], [], 0
    for number in range(images):
        values = medium.image(size, np.random.default_rng([seed, size, number]))
        image = Microstructure.from_array(values, phase_values=(0, 1))
        found, errors, quantile = estimates(image)
        held.append(np.abs(found - truth) <= quantile * errors)
        fractions.append(found[0])
        variances.append(errors[0] ** 2)
        turned += measure_direction(image, measure_features(image).reach).significant
    between = float(np.var(fractions, ddof=1))
    shares = np.mean(held, axis=0).tolist()
    return {
        "medium": medium.name,
        "size": size,
        "images": images,
        "pieces": round(medium.fraction * (1 - medium.fraction) / between),
        "fraction": shares[0],
        **{f"lag {lag}": share for lag, share in zip(LAGS, shares[1:], strict=True)},
        "ratio": float(np.mean(variances)) / between,
        "anisotropic": turned / images,
    }


def estimates(image: Any) -> tuple[Any, Any, float]:
    """Fraction and S₂ along X of phase 1, their standard errors, and the quantile for 90 %."""
    from mcr_core.sampling.image_scatter import student
    from mcr_core.sampling.plane_errors import with_sampling_errors
    from mcr_core.verbs.characterize import statistics_of

    row = with_sampling_errors(statistics_of(image, ()), image).planes["all"]
    centre = tuple(n // 2 for n in row.pairs.shape)
    places = [0, *LAGS]
    found = row.s2[0, centre[0], [centre[1] + lag for lag in places]].astype(np.float64)
    errors = row.errors.s2[0, centre[0], [centre[1] + lag for lag in places]].astype(np.float64)
    found[0], errors[0] = row.phase_fractions[1], row.errors.phase_fractions[1]
    return found, errors, student(0.9, row.errors.degrees)


if __name__ == "__main__":
    main()
