"""mcr smooth."""

from __future__ import annotations

from typing import Any

import click

from mcr_core.cli.options import (
    NumbersCommand,
    image_options,
    output_option,
    overwrite_option,
)


@click.command(cls=NumbersCommand)
@click.argument("image")
@output_option
@click.option(
    "--method",
    metavar="gaussian|median|majority",
    default="gaussian",
    help="What prevails around a voxel: by a Gaussian, or in a square or cube. Default: gaussian.",
)
@click.option(
    "--sigma",
    type=float,
    metavar="S",
    help="Standard deviation of the Gaussian in voxels. Default: 1.",
)
@click.option(
    "--size",
    type=int,
    metavar="N",
    help="Edge of the square or cube in voxels, odd; for median and majority. Default: 3.",
)
@click.option(
    "--keep-fractions/--no-keep-fractions",
    default=True,
    help="Keep the number of voxels of every phase. Default: keep.",
)
@image_options
@overwrite_option
def command(
    image: str,
    output: str,
    method: Any,
    sigma: float | None,
    size: int | None,
    keep_fractions: bool,
    overwrite: bool,
    **given: Any,
) -> int:
    """Smooth the phase boundaries of IMAGE, a segmented .tif, .png, .npy or .ome.zarr, 2D or 3D."""
    from mcr_core.cli import requests
    from mcr_core.cli.execute import numbers
    from mcr_core.cli.source import check_not_source
    from mcr_core.images import check_writable, write
    from mcr_core.surface_change import change, change_text
    from mcr_core.verbs.smooth import smooth

    check_not_source(output, image, given["mask"])
    check_writable(output, overwrite)
    before = requests.image_file(image, given).load()
    after = smooth(before, method, sigma=sigma, size=size, keep_fractions=keep_fractions)
    file = write(output, after, overwrite=overwrite)
    click.echo(
        f"{file}: {' x '.join(map(str, after.shape))}, fractions {numbers(after.phase_fractions)}, "
        f"{change_text(change(before, after))}"
    )
    return 0
