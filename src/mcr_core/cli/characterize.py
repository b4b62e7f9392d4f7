"""mcr characterize."""

from __future__ import annotations

from typing import Any

import click

from mcr_core.cli.options import (
    NumbersCommand,
    descriptor_options,
    image_options,
    overwrite_option,
)


@click.command(cls=NumbersCommand)
@click.argument("image")
@click.option("-o", "--output", required=True, metavar="FILE", help="Where to write: .h5.")
@descriptor_options
@image_options
@overwrite_option
def command(image: str, output: str, overwrite: bool, **given: Any) -> int:
    """Compute the statistics of IMAGE, a segmented .tif, .png or .npy, 2D or 3D."""
    from mcr_core.characterization_file import SUFFIXES, write_characterization
    from mcr_core.cli import requests
    from mcr_core.cli.execute import numbers
    from mcr_core.cli.native_log import load_tensorflow_quietly
    from mcr_core.images import check_writable
    from mcr_core.verbs.characterize import characterize, check_source

    terms = requests.terms(given)
    check_writable(output, overwrite, SUFFIXES)
    microstructure = requests.image_file(image, given).load()
    check_source(microstructure, [term.descriptor for term in terms])
    load_tensorflow_quietly()
    target = characterize(microstructure, terms)
    file = write_characterization(output, target, overwrite=overwrite)
    names = ", ".join(descriptor.name for descriptor in target.descriptors)
    click.echo(
        f"{file}: {names} of {' x '.join(map(str, microstructure.shape))} pixels, "
        f"fractions {numbers(target.phase_fractions)}"
    )
    return 0
