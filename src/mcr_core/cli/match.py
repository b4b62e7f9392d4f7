"""mcr match."""

from __future__ import annotations

from typing import Any

import click

from mcr_core.cli.options import (
    NumbersCommand,
    descriptor_option,
    image_options,
    limit_to_option,
    output_option,
    overwrite_option,
    record_option,
    run_options,
    score_option,
)
from mcr_core.cli.plane_options import plane_options
from mcr_core.cli.preset_option import preset_option


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

    job = Job(
        source=requests.image_or_planes(image, given),
        terms=requests.given_terms(given),
        preset=given["preset"],
        limit_to=given["limit_to"],
        pool=given["pool"],
        **requests.reconstruction(given),
    )
    return execute(
        job, output, overwrite=overwrite, realizations=realizations, score=score, record=record
    )
