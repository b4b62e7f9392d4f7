"""Reconstruct with a descriptor of an installed package (the paper's Listing 3).

    pip install ./examples/custom_descriptor
    python examples/custom_descriptor/run.py slice.tif -o out

`coarseness` is known by its name to all that read the entry points of installed packages: this
script, `mcr plugins`, `mcr match -d coarseness:window=24`, the dock of napari. Here S₂ knows of
lags of up to 7 pixels only, and coarseness adds how unevenly the phases are spread over windows of
24 pixels.
"""

import argparse
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from drawing import SAMPLES, draw_image, new_figure

import mcr_core as mcr


def main(arguments: list[str] | None = None) -> None:
    """Reconstruct an image from S₂ alone, and with coarseness; draw all."""
    parser = argparse.ArgumentParser(description="Reconstruct with a descriptor of your own.")
    parser.add_argument("image", nargs="?", type=Path, default=SAMPLES / "isotropic.tif")
    parser.add_argument("--window", type=int, default=24, help="edge of a window in pixels")
    parser.add_argument("--max-iter", type=int, default=200)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("-o", "--output", type=Path, default=Path("demo/custom_descriptor"))
    options = parser.parse_args(arguments)
    if "coarseness" not in mcr.descriptors.registry.names():
        sys.exit("coarseness is not installed: pip install ./examples/custom_descriptor")

    image = mcr.read(options.image)
    two_point = mcr.descriptors.TwoPoint(limit_to=8)
    coarser_levels = two_point.levels(*image.shape) - 1
    short = mcr.Term(descriptor=two_point, level_weights=(1, *[0] * coarser_levels))
    coarseness = {"name": "coarseness", "options": {"window": options.window}}
    sets = {
        "S₂ of short lags": [short],
        "S₂ of short lags, coarseness": [short, mcr.Term(descriptor=coarseness, weight=100)],
    }

    options.output.mkdir(parents=True, exist_ok=True)
    figure, axes = new_figure(1, 3, inches=2.6)
    draw_image(axes[0, 0], image, f"input\ncoarseness {value(image, coarseness):.4f}")
    for number, (title, terms) in enumerate(sets.items(), start=1):
        # From noise: the default start has the S₂ of all lags already.
        run = {"start": "noise", "max_iter": options.max_iter, "seed": options.seed}
        result = mcr.match(image, image.shape, terms, **run)
        made = result.microstructure
        file = mcr.write(options.output / f"result_{number}.tif", made, overwrite=True)
        reached = value(made, coarseness)
        print(f"{file}: {title}, {result.seconds:.0f} s, coarseness {reached:.4f}", flush=True)
        draw_image(axes[0, number], made, f"{title}\ncoarseness {reached:.4f}")
    picture = options.output / "custom_descriptor.png"
    figure.savefig(picture)
    print(f"Written: {picture}")


def value(image: mcr.Microstructure, coarseness: Any) -> float:
    """Return the coarseness of phase 1 of an image."""
    target = mcr.characterize(image, [coarseness])
    return float(target.planes["all"].values[0][0]["variance"][0])


if __name__ == "__main__":
    try:
        main()
    except mcr.McrError as error:
        sys.exit(f"error: {error}")
