"""From an isotropic to an elongated structure, in steps (the paper's Listing 2, Fig. 7).

    python examples/interpolation.py isotropic.tif elongated.tif --steps 5 -o out

The elongated slice shows a material drawn out along X: such a slice is seen in the planes xy and
xz, while yz, the cross-section, looks isotropic and takes the statistics of the isotropic slice.
`merge` says so by the names of the planes. It refuses what no volume can have, such as the
elongated slice in xy and yz: xy asks for short correlations along Y, yz for long ones. Between the
two sets of statistics `interpolate` takes equal steps; each is reconstructed and smoothed.
"""

import argparse
import sys
from pathlib import Path

from drawing import SAMPLES, draw_cube, new_figure

import mcr_core as mcr


def main(arguments: list[str] | None = None) -> None:
    """Characterize, merge, interpolate, reconstruct, smooth, draw."""
    parser = argparse.ArgumentParser(description="Interpolate between two 2D slices, in 3D.")
    parser.add_argument("isotropic", nargs="?", type=Path, default=SAMPLES / "isotropic.tif")
    parser.add_argument("elongated", nargs="?", type=Path, default=SAMPLES / "elongated.tif",
                        help="along X, its columns")  # fmt: skip
    parser.add_argument("--steps", type=int, default=5, help="both ends included")
    parser.add_argument("--shape", nargs=3, type=int, default=(48, 48, 48), metavar=("Z", "Y", "X"))
    parser.add_argument("--limit-to", type=int, default=8, help="lags below so many pixels")
    parser.add_argument("--max-iter", type=int, default=30)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("-o", "--output", type=Path, default=Path("demo/interpolation"))
    options = parser.parse_args(arguments)

    wanted = ["correlations", "variation"]
    isotropic = mcr.characterize(options.isotropic, wanted, limit_to=options.limit_to)
    elongated = mcr.characterize(options.elongated, wanted, limit_to=options.limit_to)
    merged = mcr.merge(xy=elongated, xz=elongated, yz=isotropic)
    targets = mcr.interpolate(isotropic, merged, steps=options.steps)

    options.output.mkdir(parents=True, exist_ok=True)
    figure, axes = new_figure(2, options.steps)
    for step, target in enumerate(targets):
        result = mcr.reconstruct(
            target,
            options.shape,
            weight={"variation": 10},
            max_iter=options.max_iter,
            seed=options.seed,
        )
        volume = mcr.smooth(result.microstructure, sigma=0.7)
        file = mcr.write(options.output / f"step_{step}.tif", volume, overwrite=True)
        print(f"{file}: {result.seconds:.0f} s, loss {result.loss:.3g}", flush=True)
        share = step / (options.steps - 1)
        draw_two_point(axes[0, step], target, f"S₂ in xy, {share:.0%} elongated")
        draw_cube(axes[1, step], volume)
    picture = options.output / "interpolation.png"
    figure.savefig(picture)
    print(f"Written: {picture}")


def draw_two_point(axes: object, target: mcr.Characterization, title: str, reach: int = 12) -> None:
    """Draw S₂ in the planes xy at lags up to `reach` pixels, lag 0 in the centre."""
    s2 = target.planes["xy"].s2[0]
    row, column = (extent // 2 for extent in s2.shape)
    near = s2[row - reach : row + reach + 1, column - reach : column + reach + 1]
    axes.imshow(near, extent=(-reach, reach, reach, -reach))
    axes.set_title(title, fontsize=9)


if __name__ == "__main__":
    try:
        main()
    except mcr.McrError as error:
        sys.exit(f"error: {error}")
