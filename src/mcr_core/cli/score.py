"""mcr score."""

from __future__ import annotations

from typing import Any

import click

from mcr_core.cli.options import NumbersCommand, image_options, overwrite_option
from mcr_core.cli.table import show_table
from mcr_core.errors import InputError


@click.command(cls=NumbersCommand)
@click.argument("result")
@click.option(
    "--target",
    metavar="FILE",
    help="What the result was to meet: an image or a characterization (.h5).",
)
@click.option(
    "--xy", metavar="IMAGE|as:PLANE", help="Instead of --target: the slice, rows Y, columns X."
)
@click.option("--xz", metavar="IMAGE|as:PLANE", help="The same: rows Z, columns X.")
@click.option("--yz", metavar="IMAGE|as:PLANE", help="The same: rows Z, columns Y.")
@click.option("--truth", metavar="FILE", help="A sample of the material, of as many axes.")
@click.option("--json", metavar="FILE", help="Write all rows as JSON.")
@click.option("--html", metavar="FILE", help="Write a page with the rows and plots.")
@click.option(
    "--limit-to", type=int, metavar="L", help="Longest lag + 1 of S2 in pixels. Default: 8."
)
@click.option("--seed", type=int, metavar="N", help="Of the null model. Default: 0.")
@image_options
@overwrite_option
def command(
    result: str,
    target: str | None,
    xy: str | None,
    xz: str | None,
    yz: str | None,
    truth: str | None,
    json: str | None,
    html: str | None,
    overwrite: bool,
    **given: Any,
) -> int:
    """Judge RESULT by its target, and by a true sample where there is one.

    Rows of what was prescribed and of what was not, in units of natural scatter, beside a null
    model. The options of images are those of the target and the truth. A volume that was made from
    several slices is judged by these: `mcr score volume.tif --xy a.tif --xz b.tif --yz c.tif`.
    """
    from pathlib import Path

    from rich.console import Console

    from mcr_core.cli import requests
    from mcr_core.cli.loading import load
    from mcr_core.cli.source import check_not_source
    from mcr_core.images import check_writable
    from mcr_core.scorecard.files import write_scorecard
    from mcr_core.verbs.score import score

    planes = {"xy": xy, "xz": xz, "yz": yz}
    several = any(plane is not None for plane in planes.values())
    if several == (target is not None):
        raise InputError("give a --target, or images of planes by --xy, --xz and --yz")
    for output, suffix in ((json, ".json"), (html, ".html")):
        if output is not None:
            check_not_source(output, result, target, *planes.values(), truth, given["mask"])
            check_writable(output, overwrite, (suffix,))
    own = {name: value for name in ("limit_to", "seed") if (value := given.pop(name)) is not None}
    sides: dict[str, Any] = {}
    called = Path(target).name if target is not None else ""
    if several:
        sides |= requests.planes({**given, **planes, "force": True}).load()
        called = ", ".join(f"{name}: {Path(one).name}" for name, one in planes.items() if one)
    files = {name: file for name, file in (("target", target), ("truth", truth)) if file}
    if files:
        sides |= dict(zip(files, load(list(files.values()), given), strict=True))
    names = (Path(result).name, called, Path(truth).name if truth else "")
    with Console(stderr=True).status(f"judging {names[0]} by its target"):  # in a terminal only
        card = score(result, names=names, **sides, **own)
    show_table(card)
    for sentence in (*card.windows, *card.notes):
        click.echo(f"note: {sentence}", err=True)
    for output in (json, html):
        if output is not None:
            write_scorecard(output, card, overwrite=overwrite)
    written = ", ".join(file for file in (json, html) if file is not None)
    click.echo(f"{written}: {card.summary()}" if written else card.summary())
    return 0
