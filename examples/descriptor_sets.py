"""Materials × sets of descriptors, 2D → 2D (the paper's Fig. 8).

    python examples/descriptor_sets.py alloy.tif ceramics.tif -o out

Every image is reconstructed from three sets of descriptors: two- and three-point correlations (S₂
and S₃), Gram matrices of VGG-19, and two-point correlations with the lineal-path function. For a
clearer picture the results are shifted periodically to where they match the original best: a
shift changes none of these descriptors, so that where the result lies is by chance. Gram matrices
need weights that are no part of this software: without them their column is left out.

Results are periodic, cut images are not. Their statistics are counted within them, unless
--periodic pairs their opposite edges, too, as the paper does.

Of two phases the statistics of phase 1 are taken. Those of the other say the same, but errors count
otherwise: for thin walls that are phase 0, try --exchange.
"""

import argparse
import sys
from pathlib import Path
from typing import Any

import numpy as np
from drawing import SAMPLES, draw_image, new_figure

import mcr_core as mcr

MATERIALS = ("isotropic", "elongated", "inclusions", "lamellar", "three_phases")


def main(arguments: list[str] | None = None) -> None:
    """Reconstruct every image from every set of descriptors, draw a table."""
    parser = argparse.ArgumentParser(description="Compare sets of descriptors on several images.")
    parser.add_argument("images", nargs="*", type=Path, help="default: five of sample_data")
    parser.add_argument("--size", type=int, default=64, help="edge of the part that is taken")
    parser.add_argument("--periodic", action="store_true", help="take the parts for periodic")
    parser.add_argument("--exchange", action="store_true", help="exchange phases 0 and 1")
    parser.add_argument("--limit-to", type=int, default=8, help="lags below so many pixels")
    parser.add_argument("--max-iter", type=int, default=300)
    parser.add_argument("--parametrization", choices=("simplex", "box"), default="simplex")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("-o", "--output", type=Path, default=Path("demo/descriptor_sets"))
    options = parser.parse_args(arguments)

    paths = options.images or [SAMPLES / f"{name}.tif" for name in MATERIALS]
    images = {
        path.stem: upper_left(mcr.read(path), options.size, options.periodic) for path in paths
    }
    if options.exchange:
        images = {name: exchanged(image) for name, image in images.items()}
    run = {name: getattr(options, name) for name in ("max_iter", "seed", "parametrization")}
    sets = descriptor_sets(options.limit_to)
    for title in list(sets):
        try:
            mcr.characterize(next(iter(images.values())), sets[title])
        except mcr.McrError as error:
            print(f"Left out is the column {title!r}: {error}")
            del sets[title]

    options.output.mkdir(parents=True, exist_ok=True)
    figure, axes = new_figure(len(images), 1 + len(sets), inches=1.8)
    for row, (name, image) in zip(axes, images.items(), strict=True):
        draw_image(row[0], image, name)
        for number, (title, terms) in enumerate(sets.items(), start=1):
            result = mcr.match(image, image.shape, terms, **run)
            moved = shifted(result.microstructure, image)
            file = options.output / f"{name}_{number}.tif"
            mcr.write(file, moved, overwrite=True)
            print(f"{file}: {title}, {result.seconds:.0f} s, loss {result.loss:.3g}", flush=True)
            draw_image(row[number], moved, title)
    picture = options.output / "descriptor_sets.png"
    figure.savefig(picture)
    print(f"Written: {picture}")


def descriptor_sets(limit_to: int) -> dict[str, list[Any]]:
    """Return what is compared, by title."""
    two_point = mcr.descriptors.TwoPoint(limit_to=limit_to)
    return {
        "S₂ and S₃": [mcr.descriptors.Correlations(limit_to=limit_to)],
        "Gram matrices": ["gram_matrices"],
        "S₂ and lineal path": [two_point, mcr.descriptors.LinealPath(limit_to=limit_to)],
    }


def upper_left(image: mcr.Microstructure, size: int, periodic: bool) -> mcr.Microstructure:
    """Return the upper left part of an image, with the phases of the whole."""
    return mcr.Microstructure.from_array(
        image.values[:size, :size],
        phase_values=image.phase_values,
        voxel_size=image.voxel_size,
        unit=image.unit,
        periodic=periodic,
    )


def exchanged(image: mcr.Microstructure) -> mcr.Microstructure:
    """Return an image with its first two phases exchanged."""
    others = np.arange(image.phase_count, dtype=np.uint8)
    others[:2] = 1, 0
    return image.with_labels(others[image.labels])


def shifted(result: mcr.Microstructure, original: mcr.Microstructure) -> mcr.Microstructure:
    """Shift a periodic result to where most of its pixels agree with the original.

    The number of pixels that agree after a shift r is Σ_p Σ_x O_p(x) R_p(x − r), the
    cross-correlation of the phases' indicators: for all r at once by FFT.
    """
    agreeing = np.zeros(original.shape)
    for phase in range(original.phase_count):
        one, other = (np.fft.rfft2(ms.labels == phase) for ms in (original, result))
        agreeing += np.fft.irfft2(one * other.conj(), original.shape)
    shift = np.unravel_index(agreeing.argmax(), agreeing.shape)
    return result.with_labels(np.roll(result.labels, shift, (0, 1)))


if __name__ == "__main__":
    try:
        main()
    except mcr.McrError as error:
        sys.exit(f"error: {error}")
