"""mcr check."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from mcr_core.cli.options import NumbersCommand, image_options

if TYPE_CHECKING:
    from mcr_core.checks import Check


@click.command(cls=NumbersCommand)
@click.argument("image")
@click.option(
    "--limit-to",
    type=int,
    default=8,
    metavar="L",
    help="Longest lag + 1 in pixels that descriptors are to have. Default: 8.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the findings as JSON.")
@image_options
def command(image: str, limit_to: int, as_json: bool, **given: Any) -> int:
    """Look at IMAGE, a 2D .tif, .png, .npy or .ome.zarr, before a run.

    Is it segmented and large enough, do the descriptors reach as far as its features, has it a
    preferred direction, does it look periodic, has it specks or a frame; and what to run it with.
    The exit code is 2 if it will not do as it is.
    """
    from mcr_core.checks.check import not_segmented
    from mcr_core.cli import requests
    from mcr_core.errors import GreyImageError
    from mcr_core.verbs.check import check

    try:
        found = check(requests.image_file(image, given).load(), limit_to=limit_to)
    except GreyImageError as error:
        found = not_segmented(str(error).removeprefix(f"{image}: "))
    if as_json:
        import json

        click.echo(json.dumps(found.as_dict(), indent=1, allow_nan=False))
    else:
        _show(found)
    return 2 if found.level == "problem" else 0


def _show(found: Check) -> None:
    """Print the findings: wrapped in a terminal, a line each elsewhere."""
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    console = Console(highlight=False)
    if not console.is_terminal:
        click.echo(str(found))
        return
    colours = {"ok": "green", "note": "yellow", "problem": "red"}
    table = Table(box=None, show_header=False, pad_edge=False)
    for finding in found.findings:
        level = f"[{colours[finding.level]}]{finding.level}[/]"
        table.add_row(level, finding.name, escape(finding.with_command))
    console.print(table)
