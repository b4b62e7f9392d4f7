"""mcr from-arrays."""

from __future__ import annotations

from typing import Any

import click

from mcr_core.cli.options import (
    Numbers,
    NumbersCommand,
    descriptor_option,
    overwrite_option,
    scale_options,
)


@click.command(cls=NumbersCommand)
@click.argument("file")
@click.option("-o", "--output", required=True, metavar="FILE", help="Where to write: .h5.")
@descriptor_option(
    "A descriptor of the target, with options; repeatable. Default: two_point and all that FILE "
    "names."
)
@click.option(
    "--phase-fractions",
    type=Numbers(float),
    metavar="V...",
    help="The share of each phase. Default: from S2.",
)
@click.option(
    "--lag-zero",
    type=click.Choice(["centre", "corner"]),
    help="Where the lag 0 is in the map. Default: centre.",
)
@click.option(
    "--periodic/--open",
    default=False,
    help="Whether S2 is that of a periodic image. Default: open.",
)
@scale_options
@click.option(
    "--phase-values",
    type=Numbers(float),
    metavar="VALUE...",
    help="The value of each phase in images. Default: 0 1 ...",
)
@click.option("--phase-names", metavar="NAME,...", help="The name of each phase.")
@overwrite_option
def command(file: str, output: str, overwrite: bool, **given: Any) -> int:
    """Make a characterization of the statistics in FILE, those of other programs or papers.

    FILE is a map of S2 over the lags, or a profile (.npy), or named statistics (.npz).
    """
    from mcr_core.characterization_file import SUFFIXES, write_characterization
    from mcr_core.cli import requests
    from mcr_core.cli.execute import described
    from mcr_core.cli.source import check_not_source
    from mcr_core.given_arrays.reading import read_arrays
    from mcr_core.images import check_writable
    from mcr_core.term import as_descriptors
    from mcr_core.verbs.from_arrays import from_arrays

    check_not_source(output, file)
    check_writable(output, overwrite, SUFFIXES)
    arrays = read_arrays(file)
    terms = requests.given_terms(given)
    named = {name: value for name, value in given.items() if value is not None}
    named["descriptors"] = None if terms is None else as_descriptors(terms)
    if "phase_names" in named:
        named["phase_names"] = tuple(named["phase_names"].split(","))
    if "phase_values" in named:
        values = named["phase_values"]
        named["phase_values"] = tuple(int(v) if v.is_integer() else v for v in values)
    target = from_arrays(**{**arrays, **named})
    written = write_characterization(output, target, overwrite=overwrite)
    click.echo(described(written, target))
    return 0
