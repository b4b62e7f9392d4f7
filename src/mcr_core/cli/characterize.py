"""mcr characterize."""

from __future__ import annotations

from typing import Any

import click

from mcr_core.cli.options import (
    Numbers,
    NumbersCommand,
    descriptor_option,
    image_options,
    limit_to_option,
    overwrite_option,
)
from mcr_core.cli.preset_option import preset_option


@click.command(cls=NumbersCommand)
@click.argument("image", nargs=-1, required=True, metavar="IMAGE...")
@click.option("-o", "--output", required=True, metavar="FILE", help="Where to write: .h5.")
@descriptor_option("A descriptor, with options; repeatable. Default: correlations and variation.")
@preset_option("Take its descriptors; `mcr reconstruct` then takes this preset by itself.")
@click.option(
    "--shape",
    type=Numbers(int),
    metavar="[Z] Y X",
    help="Extent of the result that --preset is for: its limits are cut to what fits. Default: "
    "that of the image.",
)
@limit_to_option
@click.option("--pool", is_flag=True, help="Take the mean over the directions of a volume.")
@click.option(
    "--stack",
    type=click.Choice(["images"]),
    help="Take the pages of a file as 2D images of one material. The standard error takes images "
    "as independent; a note says so where ten or more show that they are not.",
)
@image_options
@overwrite_option
def command(image: tuple[str, ...], output: str, overwrite: bool, **given: Any) -> int:
    """Compute the statistics of IMAGE, a segmented .tif, .png, .npy or .ome.zarr, 2D or 3D.

    Several images are taken as 2D images of one material: their mean, with its standard error.
    """
    from mcr_core.characterization_file import SUFFIXES, write_characterization
    from mcr_core.cli import requests
    from mcr_core.cli.execute import described
    from mcr_core.cli.source import check_not_source
    from mcr_core.images import check_writable
    from mcr_core.verbs.characterize import characterize

    check_not_source(output, *image, given["mask"])
    asked = {name: given[name] for name in ("preset", "limit_to", "shape", "pool")}
    asked["descriptors"] = requests.given_terms(given)
    check_writable(output, overwrite, SUFFIXES)
    if len(image) == 1 and given["stack"] is None:
        one = requests.image_file(image[0], given).load()
        target = characterize(one, **asked)
    else:
        if given["stack"] is None:
            several = [requests.image_file(path, given).load() for path in image]
        else:
            several = requests.image_stack(image, given)
        target = characterize(several, **asked)
    file = write_characterization(output, target, overwrite=overwrite)
    click.echo(described(file, target))
    return 0
