"""A volume from three orthogonal slices (the paper's Appendix C, Fig. 11).

    python examples/three_slices.py --xy top.tif --xz front.tif --yz side.tif -o out
    python examples/three_slices.py --stack volume.tif -o out

With a stack, the slices are its middle planes, so that the result can be compared with what they
were cut from. Rows and columns of a slice are Y X in the plane xy, Z X in xz and Z Y in yz. The
same on the command line:

    mcr match --xy top.tif --xz front.tif --yz side.tif -o volume.tif --shape 64 64 64 \
        -d correlations -d variation:weight=10 --limit-to 8 --max-iter 50
"""

import argparse
import sys
from pathlib import Path

import numpy as np
from drawing import SAMPLES, draw_cube, draw_image, new_figure

import mcr_core as mcr

PLANES = ("xy", "xz", "yz")


def main(arguments: list[str] | None = None) -> None:
    """Take three slices, reconstruct a volume from them, draw both."""
    parser = argparse.ArgumentParser(description="Reconstruct a volume from orthogonal slices.")
    parser.add_argument("--stack", type=Path, default=SAMPLES / "stack.tif",
                        help="a volume whose middle planes are taken")  # fmt: skip
    for plane in PLANES:
        parser.add_argument(f"--{plane}", type=Path, help=f"a slice in the plane {plane}")
    parser.add_argument("--shape", nargs=3, type=int, default=(48, 48, 48), metavar=("Z", "Y", "X"))
    parser.add_argument("--limit-to", type=int, default=8, help="lags below so many pixels")
    parser.add_argument("--max-iter", type=int, default=50)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("-o", "--output", type=Path, default=Path("demo/three_slices"))
    options = parser.parse_args(arguments)

    paths = [getattr(options, plane) for plane in PLANES]
    if any(paths) and not all(paths):
        parser.error("give --xy, --xz and --yz, or --stack")
    images = [mcr.read(path) for path in paths] if all(paths) else middle_planes(options.stack)
    slices = dict(zip(PLANES, images, strict=True))
    result = mcr.match(
        **slices,
        shape=options.shape,
        descriptors=["correlations", mcr.Term(descriptor="variation", weight=10)],
        limit_to=options.limit_to,
        max_iter=options.max_iter,
        seed=options.seed,
    )
    volume = result.microstructure

    options.output.mkdir(parents=True, exist_ok=True)
    file = mcr.write(options.output / "volume.tif", volume, overwrite=True)
    for note in result.notes:
        print(f"note: {note}")
    figure, axes = new_figure(2, 4)
    for column, (plane, image) in enumerate(slices.items()):
        cut = middle(volume, plane)
        draw_image(axes[0, column], image, f"given: {plane}, {image.shape[0]} × {image.shape[1]}")
        draw_image(axes[1, column], cut, f"result: {plane}, {cut.shape[0]} × {cut.shape[1]}")
    draw_cube(axes[1, 3], volume, "result")
    picture = options.output / "three_slices.png"
    figure.savefig(picture)
    print(f"{result.seconds:.0f} s, loss {result.loss:.3g}. Written: {file}, {picture}")


def middle_planes(path: Path) -> list[mcr.Microstructure]:
    """Return the three middle planes of a volume."""
    volume = mcr.read(path)
    return [middle(volume, plane) for plane in PLANES]


def middle(volume: mcr.Microstructure, plane: str) -> mcr.Microstructure:
    """Return the middle one of the planes of that name."""
    normal = {"xy": 0, "xz": 1, "yz": 2}[plane]
    return mcr.Microstructure.from_array(
        np.take(volume.values, volume.shape[normal] // 2, axis=normal),
        phase_values=volume.phase_values,
        voxel_size=np.delete(volume.voxel_size, normal),
        unit=volume.unit,
    )


if __name__ == "__main__":
    try:
        main()
    except mcr.McrError as error:
        sys.exit(f"error: {error}")
