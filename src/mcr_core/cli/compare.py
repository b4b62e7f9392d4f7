"""mcr compare."""

from __future__ import annotations

from typing import Any

import click

from mcr_core.cli.options import (
    NumbersCommand,
    descriptor_option,
    image_options,
    limit_to_option,
    overwrite_option,
)
from mcr_core.cli.table import show_table


@click.command(cls=NumbersCommand)
@click.argument("a")
@click.argument("b")
@click.option("-o", "--output", metavar="FILE", help="Draw a picture, too: .png, .pdf or .svg.")
@click.option("--json", "as_json", is_flag=True, help="Print the differences as JSON.")
@descriptor_option(
    "A descriptor to compare images by, with options, or one to pick of characterizations; "
    "repeatable."
)
@limit_to_option
@image_options
@overwrite_option
def command(
    a: str, b: str, output: str | None, as_json: bool, overwrite: bool, **given: Any
) -> int:
    """Say how far A and B are apart: images (.tif, .ome.zarr, …), characterizations (.h5) or both.

    Differences of B from A, without sign, relative to A. Images are characterized by `-d` (default:
    correlations, variation and volume_fractions), or as the characterization on the other side.
    """
    from pathlib import Path

    from mcr_core.cli import requests
    from mcr_core.cli.loading import load
    from mcr_core.cli.source import check_not_source
    from mcr_core.figures.output import SUFFIXES
    from mcr_core.images import check_writable
    from mcr_core.verbs.compare import compare
    from mcr_core.verbs.view import view
    from mcr_core.wording import percent

    if output is not None:
        check_not_source(output, a, b, given["mask"])
        check_writable(output, overwrite, SUFFIXES)
    wanted = requests.given_terms({"descriptors": given.pop("descriptors")})
    limit_to = given.pop("limit_to")
    sides = load([a, b], given)
    names = Path(a).name, Path(b).name
    found = compare(sides[0], sides[1], wanted, limit_to=limit_to, names=names)
    for note in found.notes:
        click.echo(f"note: {note}", err=True)
    if as_json:
        import json

        click.echo(json.dumps(found.to_json(), indent=1, allow_nan=False))
    else:
        show_table(found)
    if output is not None:
        view(found, output, overwrite=overwrite)
    shares = ", ".join(f"{name} {percent(share)}" for name, share in found.relative.items())
    picture = "" if output is None else f"{output}: "
    # What reads JSON reads all of the output.
    click.echo(f"{picture}{b} differs from {a} by (root mean square): {shares}", err=as_json)
    return 0
