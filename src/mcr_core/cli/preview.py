"""mcr preview."""

from __future__ import annotations

from typing import Any

import click

from mcr_core.cli.options import (
    Numbers,
    NumbersCommand,
    image_options,
    output_option,
    overwrite_option,
)
from mcr_core.cli.plane_options import plane_options


@click.command(cls=NumbersCommand)
@click.argument("source", required=False)
@output_option
@click.option(
    "--shape", type=Numbers(int), metavar="[Z] Y X", help="Extent of the result in voxels."
)
@click.option(
    "--add-dimension",
    type=int,
    metavar="N",
    help="Keep the extent of the 2D source and add N planes.",
)
@plane_options
@click.option("--pool", is_flag=True, help="Take the mean over the directions of a volume.")
@click.option("--seed", type=int, default=0, metavar="N", help="Start of the random numbers.")
@click.option(
    "--start",
    default="gaussian_field",
    metavar="NAME[:option=value,...]",
    help="What to start from. Default: gaussian_field.",
)
@click.option(
    "--initial",
    metavar="FILE",
    help="Start from this microstructure instead, resampled to the shape.",
)
@click.option("--open-result", is_flag=True, help="Do not call the result periodic.")
@image_options
@overwrite_option
def command(source: str | None, output: str, overwrite: bool, **given: Any) -> int:
    """Write what a run from SOURCE starts from: fractions and S2 of the target, in a second.

    SOURCE is an image, as for `mcr match`, or a characterization (.h5), as for `mcr reconstruct`.
    Or images of orthogonal planes stand for it: `mcr preview --xy a.tif --xz b.tif --yz c.tif`.
    """
    import time

    from mcr_core.cli import requests
    from mcr_core.cli.execute import numbers
    from mcr_core.cli.source import check_not_source
    from mcr_core.images import check_writable, write
    from mcr_core.job import CharacterizationFile, ImageFile, Planes
    from mcr_core.planes import PLANES
    from mcr_core.term import parse_spec
    from mcr_core.two_point_error import two_point_error
    from mcr_core.verbs.preview import preview, preview_target

    sides = [given[name] for name in PLANES]
    check_not_source(output, source, given["mask"], given["initial"], *sides)
    check_writable(output, overwrite)
    began = time.perf_counter()
    what: dict[str, Any]
    if source is not None and source.lower().endswith((".h5", ".hdf5")):
        what = {"source": CharacterizationFile(path=source).load()}
    else:
        images = requests.image_or_planes(source, given)
        if isinstance(images, Planes):
            what = {**images.load(), "force": images.force}
        else:
            what = {"source": images.load()}
    target = preview_target(**what, pool=given["pool"])
    name, options = parse_spec(given["start"])
    initial = given["initial"]
    made = preview(
        target,
        seed=given["seed"],
        start={"name": name, "options": options},
        initial=None if initial is None else ImageFile(path=initial).load(),
        open_result=given["open_result"],
        **requests.extent(given),
    )
    file = write(output, made, overwrite=overwrite)
    error = two_point_error(made, target)
    click.echo(
        f"{file}: {' x '.join(map(str, made.shape))}, fractions {numbers(made.phase_fractions)}, "
        f"S2 error {error.mean:.4f} mean, {error.largest:.4f} at most (lags below "
        f"{error.limit_to} px), {time.perf_counter() - began:.1f} s"
    )
    return 0
