"""From one 2D slice to a 3D volume (the paper's first example, Fig. 4).

    python examples/slice_to_volume.py slice.tif --shape 64 64 64 -o out

The statistics of the slice are prescribed on every plane of the volume, along all three axes. That
is for materials that look alike in all directions: for others see three_slices.py. The same on the
command line:

    mcr match slice.tif -o volume.tif --shape 64 64 64 \
        -d correlations -d variation:weight=10 --limit-to 8 --max-iter 50
"""

import argparse
import sys
from pathlib import Path

from drawing import SAMPLES, draw_cube, draw_image, new_figure

import mcr_core as mcr


def main(arguments: list[str] | None = None) -> None:
    """Read a slice, reconstruct a volume, draw both."""
    parser = argparse.ArgumentParser(description="Reconstruct a volume from a 2D slice.")
    parser.add_argument("slice", nargs="?", type=Path, default=SAMPLES / "isotropic.tif")
    parser.add_argument("--shape", nargs=3, type=int, default=(64, 64, 64), metavar=("Z", "Y", "X"))
    parser.add_argument("--limit-to", type=int, default=8, help="lags below so many pixels")
    parser.add_argument("--max-iter", type=int, default=50)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("-o", "--output", type=Path, default=Path("demo/slice_to_volume"))
    options = parser.parse_args(arguments)

    image = mcr.read(options.slice)
    result = mcr.match(
        image,
        options.shape,
        ["correlations", mcr.Term(descriptor="variation", weight=10)],
        limit_to=options.limit_to,
        max_iter=options.max_iter,
        seed=options.seed,
    )
    volume = result.microstructure

    options.output.mkdir(parents=True, exist_ok=True)
    file = mcr.write(options.output / "volume.tif", volume, overwrite=True)
    figure, axes = new_figure(1, 2, inches=3.2)
    draw_image(axes[0, 0], image, f"slice, {image.phase_fractions[1]:.2%} {image.phase_names[1]}")
    draw_cube(axes[0, 1], volume, f"volume, {volume.phase_fractions[1]:.2%}")
    picture, convergence = (
        options.output / name for name in ("slice_to_volume.png", "convergence.png")
    )
    figure.savefig(picture)
    mcr.view(result, convergence, overwrite=True)
    print(f"{result.seconds:.0f} s, loss {result.loss:.3g}")
    print(f"Written: {file}, {picture}, {convergence}")


if __name__ == "__main__":
    try:
        main()
    except mcr.McrError as error:
        sys.exit(f"error: {error}")
