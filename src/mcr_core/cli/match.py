"""mcr match."""

from __future__ import annotations

from typing import Any

import click

from mcr_core.cli.options import (
    NumbersCommand,
    descriptor_option,
    image_options,
    limit_to_option,
    options,
    output_option,
    overwrite_option,
    record_option,
    run_options,
    score_option,
)
from mcr_core.cli.preset_option import preset_option
from mcr_core.errors import InputError

plane_options = options(
    click.option("--xy", metavar="IMAGE|as:PLANE", help="Instead of IMAGE: rows Y, columns X."),
    click.option("--xz", metavar="IMAGE|as:PLANE", help="Instead of IMAGE: rows Z, columns X."),
    click.option(
        "--yz",
        metavar="IMAGE|as:PLANE",
        help="Instead of IMAGE: rows Z, columns Y. Of two planes, the third is stated: as:xz.",
    ),
    click.option("--force", is_flag=True, help="Match planes that disagree about an axis."),
)


@click.command(cls=NumbersCommand)
@click.argument("image", required=False)
@output_option
@descriptor_option(
    "A descriptor, with options and weights; repeatable. Default: those of --preset."
)
@preset_option()
@limit_to_option
@plane_options
@click.option("--pool", is_flag=True, help="Take the mean over the directions of a volume.")
@run_options
@image_options
@record_option
@score_option
@overwrite_option
def command(
    image: str | None,
    output: str,
    overwrite: bool,
    score: bool,
    record: str | None,
    realizations: int | None,
    **given: Any,
) -> int:
    """Make a microstructure with the statistics of IMAGE: 2D or 3D from 2D, or 3D from 3D.

    IMAGE is a segmented .tif, .png, .npy or .ome.zarr. Or a volume from images of orthogonal
    planes: `mcr match --xy a.tif --xz b.tif --yz c.tif -o volume.tif --shape 64 64 64`.
    """
    from mcr_core.cli import requests
    from mcr_core.cli.execute import execute
    from mcr_core.job import Job

    several = any(given[name] is not None for name in ("xy", "xz", "yz"))
    if several == (image is not None):
        raise InputError("give an IMAGE, or images of planes by --xy, --xz and --yz")
    if given["force"] and not several:
        raise InputError("--force is for images of several planes, this is one image")
    job = Job(
        source=requests.planes(given) if image is None else requests.image_file(image, given),
        terms=requests.given_terms(given),
        preset=given["preset"],
        limit_to=given["limit_to"],
        pool=given["pool"],
        **requests.reconstruction(given),
    )
    return execute(
        job, output, overwrite=overwrite, realizations=realizations, score=score, record=record
    )
