"""A set of similar volumes from one 2D slice (the paper's Listing 1, Fig. 6).

    python examples/similar_volumes.py slice.tif --shape 48 48 48 --realizations 9 -o out

The slice is characterized once. Every seed gives another volume with the same statistics, whose
extent does not depend on that of the slice. The same on the command line:

    mcr characterize slice.tif -o target.h5 -d correlations -d variation --limit-to 8
    mcr reconstruct target.h5 -o volume.tif --shape 48 48 48 --weight variation=10 \
        --max-iter 30 --realizations 9
"""

import argparse
import sys
from pathlib import Path

from drawing import SAMPLES, draw_cube, draw_image, new_figure

import mcr_core as mcr


def main(arguments: list[str] | None = None) -> None:
    """Characterize a slice, reconstruct volumes from several seeds, draw all."""
    parser = argparse.ArgumentParser(description="Reconstruct several volumes from a 2D slice.")
    parser.add_argument("slice", nargs="?", type=Path, default=SAMPLES / "isotropic.tif")
    parser.add_argument("--shape", nargs=3, type=int, default=(48, 48, 48), metavar=("Z", "Y", "X"))
    parser.add_argument("--realizations", type=int, default=9)
    parser.add_argument("--limit-to", type=int, default=8, help="lags below so many pixels")
    parser.add_argument("--max-iter", type=int, default=30)
    parser.add_argument("--seed", type=int, default=0, help="of the first volume")
    parser.add_argument("-o", "--output", type=Path, default=Path("demo/similar_volumes"))
    options = parser.parse_args(arguments)

    options.output.mkdir(parents=True, exist_ok=True)
    image = mcr.read(options.slice)
    target = mcr.characterize(image, ["correlations", "variation"], limit_to=options.limit_to)
    mcr.write_characterization(options.output / "target.h5", target, overwrite=True)

    volumes = {}
    for seed in range(options.seed, options.seed + options.realizations):
        result = mcr.reconstruct(
            target, options.shape, weight={"variation": 10}, max_iter=options.max_iter, seed=seed
        )
        volumes[seed] = result.microstructure
        file = mcr.write(options.output / f"volume_{seed}.tif", volumes[seed], overwrite=True)
        print(f"{file}: {result.seconds:.0f} s, loss {result.loss:.3g}", flush=True)

    columns = 5
    figure, axes = new_figure(-(-(1 + len(volumes)) // columns), columns)
    panels = axes.ravel()
    draw_image(panels[0], image, "slice")
    for panel, (seed, volume) in zip(panels[1:], volumes.items(), strict=False):
        draw_cube(panel, volume, f"seed {seed}")
    picture = options.output / "similar_volumes.png"
    figure.savefig(picture)
    print(f"Written: {picture}")


if __name__ == "__main__":
    try:
        main()
    except mcr.McrError as error:
        sys.exit(f"error: {error}")
