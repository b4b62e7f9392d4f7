"""mcr match."""

from __future__ import annotations

from typing import Any

import click

from mcr_core.cli.options import (
    NumbersCommand,
    descriptor_options,
    image_options,
    output_option,
    overwrite_option,
    run_options,
)


@click.command(cls=NumbersCommand)
@click.argument("image")
@output_option
@descriptor_options
@run_options
@image_options
@overwrite_option
def command(
    image: str, output: str, overwrite: bool, realizations: int | None, **given: Any
) -> int:
    """Make a microstructure with the statistics of IMAGE: 2D or 3D from 2D, or 3D from 3D.

    IMAGE is a segmented .tif, .png or .npy.
    """
    from mcr_core.cli import requests
    from mcr_core.cli.execute import execute
    from mcr_core.job import Job

    job = Job(
        source=requests.image_file(image, given),
        terms=requests.terms(given),
        **requests.reconstruction(given),
    )
    return execute(job, output, overwrite=overwrite, realizations=realizations)
